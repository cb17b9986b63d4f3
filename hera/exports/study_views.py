"""Studies in the panel: who may export people makes one, sees its key once, and goes back from a pseudonym with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.api.errors import TooManyRequests
from hera.core.digits import plain
from hera.core.limits import LimitReached
from hera.core.ports import Action, audit_trail
from hera.exports import pseudonyms, studies
from hera.exports.models import Study
from hera.people import masking

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The studies there are; after one was made its key, which no page shows again."""
    _only_for_who_sees_people(request)
    made: dict[str, Any] = {}
    if request.method == "POST":
        try:
            study, key = studies.make(request.POST.get("name", ""), request.user)  # type: ignore[arg-type]
        except studies.Refused as reason:
            messages.error(request, str(reason))
        else:
            audit_trail().record(request, Action.ADD, about=f"study {study.pk}")
            made = {"made": study, "key": pseudonyms.written(key)}
    found = list(Study.objects.order_by("name"))
    context = {**admin.site.each_context(request), "title": _("Studies"), "studies": found, **made}
    return render(request, "exports/studies.html", context)


@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """Asks for a pseudonym and its study's key, and leads to the person; each try is in the trail."""
    _only_for_who_sees_people(request)
    found = list(Study.objects.order_by("name"))
    if request.method == "POST":
        study = next((one for one in found if str(one.pk) == request.POST.get("study")), None)
        person = _person_behind(request, study) if study else None
        if person is not None:
            return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[person]))
    context = {
        **admin.site.each_context(request),
        "title": _("From a pseudonym to a person"),
        "studies": found,
        "pseudonym": request.POST.get("pseudonym", "")[:40],
    }
    return render(request, "exports/study_back.html", context, status=400 if request.method == "POST" else 200)


def _person_behind(request: HttpRequest, study: Study) -> int | None:
    person = None
    written = plain(request.POST.get("pseudonym", ""))[:40]
    try:
        person = studies.person_behind(study, request.POST.get("key", "")[:200], written, by=request.user)  # type: ignore[arg-type]
    except (studies.Refused, pseudonyms.WrongKey) as reason:
        messages.error(request, str(reason))
    except LimitReached as reached:
        messages.error(request, str(TooManyRequests(reached.retry_after, reached.says).detail))
    about = f"study {study.pk}, pseudonym led back"
    audit_trail().record(request, Action.VIEW, about=about, person=person, found=person is not None)
    return person


def _only_for_who_sees_people(request: HttpRequest) -> None:
    """Who is behind a pseudonym is for who sees people as they are; and no key is for a researcher (ADR 33)."""
    if not request.user.has_perms([masking.SEE, masking.EXPORT]):
        raise PermissionDenied
