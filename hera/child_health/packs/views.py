"""The panel's pages of packs: which there are, and one with its chart, its numbers and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hera.child_health.packs import adopting, chart, differing, preview, reading, selectors, words
from hera.child_health.packs.reading import NotAdoptedError
from hera.child_health.packs.shown import Shown
from hera.core.ports import Action, audit_trail
from hera.immunization import pack_table
from hera.texts import written_dates

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from hera.child_health.packs.reading import Read
    from hera.immunization.pack import Pack

PERMISSION = "child_health.view_vaccine"
MAY_ADOPT = ("child_health.change_vaccine", "child_health.change_child")  # it moves the visits of every child
LIMIT = 500  # children, and as many pregnancies, whose plans are worked out while somebody waits for the page
_TABLES = "tables"
_LONGEST_NAME = 40


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """All packs, also the files that are none."""
    _refuse_others(request)
    rows = [
        {
            "file": file,
            "pack": file.pack,
            "valid_from": written_dates.day(file.pack.valid_from) if file.pack else "",
            "state": words.state(file.pack) if file.pack else "",
            "questions": len(dict.fromkeys(asked for _where, asked in file.pack.open_questions())) if file.pack else "",
            "cases": len(file.pack.cases) if file.pack else "",
        }
        for file in selectors.files()
    ]
    return _page(request, "child_health/packs.html", _("Packs"), rows=rows, in_use=adopting.in_use_for(request))


@require_GET
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A pack: its chart, tables, visits, worked cases, and its difference from the one before or the one asked for."""
    _refuse_others(request)
    file = selectors.file(name)
    if file is None:
        return _no_pack(request, name)
    if file.pack is None:
        return _page(request, "child_health/no_pack.html", name, findings=file.findings)
    asked = request.GET.get("against", "")
    if asked in {"", _TABLES}:
        before = None if asked else selectors.the_one_before(file.pack)
    else:
        other = selectors.file(asked)
        if other is None or other.pack is None:
            return _no_pack(request, asked)
        before = other.pack
    in_use = adopting.in_use_for(request)
    return _page(
        request,
        "child_health/pack.html",
        file.name,
        pack=file.pack,
        shown=Shown(file.pack, is_in_use=in_use is not None and in_use.name == file.pack.name),
        chart=chart.draw(pack_table.bars(file.pack), from_right=get_language_bidi()),
        differences=_differences(before, file.pack),
        against=before.name if before else _TABLES,
        others=[other.name for other in selectors.files() if other.pack],
        in_use=in_use,
        may_adopt=request.user.has_perms(MAY_ADOPT),
    )


@require_http_methods(["GET", "POST"])
def adopt(request: HttpRequest, name: str) -> HttpResponse:
    """What adopting a pack changes; and after that was read, the adoption."""
    if not request.user.has_perms(MAY_ADOPT):
        raise PermissionDenied
    path = selectors.path_of(name)
    if path is None:
        return _no_pack(request, name)
    context: dict[str, Any] = {"name": path.stem, "in_use": adopting.in_use_for(request)}
    try:
        read = reading.read(path)
        if context["in_use"] and context["in_use"].digest == read.digest:
            messages.info(request, _("%(name)s is in use already.") % {"name": path.stem})
            return redirect("admin:pack", path.stem)
        if request.method == "POST":
            _refuse_another_file(request, read)
            with transaction.atomic():
                adopting.adopt(read, by=cast("User", request.user))
                audit_trail().record(request, Action.CHANGE, about=f"pack {path.stem}", adopted=True)
            messages.success(request, _("%(name)s is in use. Visits are planned anew by and by.") % {"name": path.stem})
            return redirect("admin:pack", path.stem)
    except NotAdoptedError as problem:
        return _page(request, "child_health/adopt_pack.html", path.stem, status=409, problem=str(problem), **context)
    found = preview.of(read, LIMIT)
    try:
        reading.refuse_what_must_wait(read.pack)
        waits = ""
    except NotAdoptedError as reason:
        waits = str(reason)
    return _page(
        request,
        "child_health/adopt_pack.html",
        path.stem,
        pack=read.pack,
        digest=read.digest,
        preview=found,
        waits=waits,
        **context,
    )


@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, name: str) -> HttpResponse:
    """What leaving the pack in use changes; and after that was read and its name typed, the leaving."""
    if not request.user.has_perms(MAY_ADOPT):
        raise PermissionDenied
    present = adopting.in_use_for(request)
    if present is None or present.name != name:
        messages.info(request, _("%(name)s is not in use.") % {"name": words.isolated(name[:_LONGEST_NAME])})
        return redirect("admin:packs")
    context: dict[str, Any] = {"in_use": present, "first": adopting.first_of(present), "status": 200}
    if request.method == "POST":
        if request.POST.get("typed", "").strip() == present.name:
            with transaction.atomic():
                adopting.leave()
                audit_trail().record(request, Action.CHANGE, about=f"pack {present.name}", left=True)
            messages.success(
                request, _("%(name)s is not in use any more. Visits are planned anew by and by.") % {"name": name}
            )
            return redirect("admin:packs")
        context |= {"problem": _("That is not the name of the pack: nothing has changed."), "status": 409}
    return _page(request, "child_health/leave_pack.html", name, preview=preview.of_leaving(present, LIMIT), **context)


def _refuse_another_file(request: HttpRequest, read: Read) -> None:
    if request.POST.get("digest") != read.digest:
        raise NotAdoptedError(_("The file has changed since you looked. Look at what it changes again, then adopt it."))


def _differences(before: Pack | None, after: Pack) -> list[differing.Section]:
    if before is not None:
        return differing.sections(pack_table.difference(before, after), before, after)
    return differing.sections(pack_table.difference_from_tables(*selectors.tables(), after), None, after)


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _no_pack(request: HttpRequest, name: str) -> HttpResponse:
    says = _("There is no pack called %(name)s.") % {"name": words.isolated(name[:_LONGEST_NAME])}
    return _page(request, "child_health/no_pack.html", _("Packs"), status=404, says=says)


def _page(request: HttpRequest, template: str, title: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context}, status=status)
