"""Exports in the panel: a small one is the answer, a large one is made in the background and downloaded from a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hera.core import clock
from hera.core.ports import Action, audit_trail
from hera.exports import codebook as meanings
from hera.exports import formats, services, studies, tables
from hera.exports.models import Study
from hera.exports.pseudonyms import WrongKey
from hera.exports.services import State, TooFew, TooMany
from hera.people import masking
from hera.people.filter import filter_for
from hera.people.offers import Offer
from hera.people.selectors import page_of, people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

PAGE = "admin:custom_user_exports"


def may_export(request: HttpRequest) -> bool:
    """Whether whoever looks may have files at all, masked ones or others."""
    return request.user.has_perm(masking.EXPORT) or request.user.has_perm(masking.EXPORT_MASKED)


def _offered(request: HttpRequest) -> dict[str, Any] | None:
    if not may_export(request):
        return None
    return {"kinds": tables.KINDS, "studies": list(Study.objects.order_by("name"))}


OFFER = Offer("exports/export_found.html", _offered)


@require_POST
def ask(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A file of whom the filter finds: itself where they are few, a place in the list of files where they are many."""
    if not may_export(request):
        raise PermissionDenied
    form, written = filter_for(request.user, request.GET), request.GET.get("format", "csv")
    if kind not in tables.KINDS or written not in formats.FORMATS or not form.is_valid():
        raise Http404
    study = _study(request)
    mask = masking.for_viewer(request.user, masking.EXPORT)
    criteria = form.criteria()
    of_study = {"study": study.pk} if study else {}
    is_masked = mask.is_on or study is not None
    form.mask = masking.MASKED if is_masked else form.mask
    found = page_of(form)
    try:
        if is_masked:
            services.refuse_so_few(found)
        key = studies.key_of(study)
    except (WrongKey, TooFew) as reason:
        messages.error(request, str(reason))
        return redirect(PAGE)
    if services.is_small(found):
        _note(request, f"people, {kind}", masked=is_masked, criteria=criteria, **of_study)
        chosen = people().filter(form.condition())
        return _download(tables.as_file(kind, written, chosen, mask, study_key=key), kind, written)
    try:
        file = services.ask(request.user, kind, written, criteria, is_masked=is_masked, study=study)  # type: ignore[arg-type]
    except TooMany as reason:
        messages.error(request, str(reason))
    else:
        _note(request, f"people, {kind}", masked=is_masked, criteria=criteria, file=file.pk, **of_study)
    return redirect(PAGE)


def _study(request: HttpRequest) -> Study | None:
    """The study that was chosen; None where none was."""
    asked = request.POST.get("study", "")
    found = next((study for study in Study.objects.all() if str(study.pk) == asked), None) if asked else None
    if asked and found is None:
        raise Http404
    return found


def listed(request: HttpRequest) -> HttpResponse:
    """The viewer's own files; while one is being made, the page reads itself again."""
    if not may_export(request):
        raise PermissionDenied
    files = list(services.files_of(request.user)[:50])  # type: ignore[arg-type]
    context = {
        **admin.site.each_context(request),
        "title": _("Exports"),
        "files": files,
        "is_any_unfinished": any(file.state in (State.WAITING, State.MAKING) for file in files),
    }
    return render(request, "exports/files.html", context)


def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file that is ready: for whoever asked for it, if she may still have such."""
    file = get_object_or_404(services.files_of(request.user), pk=pk, state=State.READY)  # type: ignore[arg-type]
    if not request.user.has_perm(masking.EXPORT) and not (
        file.is_masked and request.user.has_perm(masking.EXPORT_MASKED)
    ):
        raise PermissionDenied
    _note(request, f"people, {file.kind}, downloaded", masked=file.is_masked, file=file.pk)
    return _download(services.content(file), file.kind, file.format)


def codebook(request: HttpRequest) -> HttpResponseBase:
    """What the columns of the tables mean, as a table; it is about nobody."""
    if not may_export(request):
        raise PermissionDenied
    rows = list(meanings.rows())  # while her language is that of the request: the answer is written after it
    return _download(formats.FORMATS["csv"].write(iter(rows)), "codebook", "csv")


def _note(request: HttpRequest, about: str, **detail: Any) -> None:
    audit_trail().record(request, Action.EXPORT, about=about, **detail)


def _download(pieces: Iterator[bytes], kind: str, written: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=formats.FORMATS[written].content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="hera-{kind}-{clock.now():%Y%m%d-%H%M}.{written}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
