"""The panel's menu: by what people come to do, in the same order in every language; a role sees what it may open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from hera.child_health.packs import views as packs
from hera.figures import rights as figures
from hera.panel import brought
from hera.people import masking
from hera.people.rights import may_correct, may_register

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Entry:
    """A line of the menu.

    `of` names models whose pages are found through this one, so that it stays marked on them.
    """

    title: str | Promise
    page: str
    may_open: Callable[[HttpRequest], bool]
    of: tuple[str, ...] = ()


def _model(label: str, *of: str) -> Entry:
    """The list of a model, called what its own page is called, as Django writes it in menus."""
    options = apps.get_model(label)._meta
    page = f"admin:{options.app_label}_{options.model_name}_changelist"
    return Entry(capfirst(options.verbose_name_plural), page, _who_sees(label), of)


def _who_sees(label: str) -> Callable[[HttpRequest], bool]:
    model = apps.get_model(label)
    return lambda request: admin.site.get_model_admin(model).has_view_permission(request)


def _one_of(*permissions: str) -> Callable[[HttpRequest], bool]:
    return lambda request: any(map(request.user.has_perm, permissions))


def _groups() -> tuple[tuple[str | Promise, tuple[Entry, ...]], ...]:
    """The whole menu. Made when it is asked for: models are there by then."""
    return (
        ("", (Entry(gettext_lazy("Overview"), "admin:index", lambda _request: True),)),
        (
            gettext_lazy("Families"),
            (
                Entry(gettext_lazy("Whom to call"), "admin:worklist", may_correct),
                _model(
                    "custom_user.CustomUser", "user_profile.UserProfile", "child_health.Pregnancy", "child_health.Child"
                ),
                Entry(gettext_lazy("Register a family without a phone app"), "admin:register_family", may_register),
                Entry(
                    gettext_lazy("Bring doses given as a table"),
                    "admin:child_health_dosegiven_import",
                    may_correct,
                ),
                Entry(gettext_lazy("Bring families as a table"), "admin:user_profile_userprofile_import", may_register),
            ),
        ),
        (
            gettext_lazy("Messages"),
            (_model("events.InstantNotification"), _model("campaigns.Segment"), _model("delivery.Message")),
        ),
        (
            gettext_lazy("Figures and files"),
            (
                Entry(gettext_lazy("Programme by month"), "admin:figures_by_month", _one_of(figures.PERMISSION)),
                Entry(gettext_lazy("Results of surveys"), "admin:survey_results", _one_of(figures.PERMISSION)),
                Entry(gettext_lazy("Monthly reports"), "admin:figures_reports", _one_of(figures.PERMISSION)),
                _model("figures.Target"),
                Entry(gettext_lazy("Figures"), "admin:figures", _one_of(figures.PERMISSION)),
                Entry(
                    gettext_lazy("Exports"), "admin:custom_user_exports", _one_of(masking.EXPORT, masking.EXPORT_MASKED)
                ),
                Entry(gettext_lazy("Studies"), "admin:studies", _one_of(masking.EXPORT)),
                Entry(gettext_lazy("Tables that were brought"), "admin:brought_tables", brought.may_bring_any),
            ),
        ),
        (
            gettext_lazy("Programme"),
            (
                Entry(gettext_lazy("Vaccination programmes"), "admin:packs", _one_of(packs.PERMISSION)),
                _model("child_health.Vaccine"),
                _model("health_center.HealthCenter"),
            ),
        ),
        (
            gettext_lazy("Reminders and surveys"),
            (
                _model("events.NotificationSchedule"),
                _model("events.NotificationType"),
                _model("surveys.SurveySchedule"),
                _model("surveys.SurveyTemplate"),
            ),
        ),
        (
            gettext_lazy("Staff"),
            (_model("custom_user.AuditEntry"), _model("auth.User"), _model("auth.Group")),
        ),
    )


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that this member of staff has something in, as Unfold's `SIDEBAR` takes them."""
    shown = [(title, [entry for entry in entries if entry.may_open(request)]) for title, entries in _groups()]
    marked = _marked(request.path, [entry for _title, entries in shown for entry in entries])
    return [
        {
            "title": title,
            "items": [
                {"title": entry.title, "link": reverse(entry.page), "active": entry.page == marked} for entry in entries
            ],
        }
        for title, entries in shown
        if entries
    ]


def _marked(path: str, entries: list[Entry]) -> str:
    """The page whose address, or whose models' addresses, this path is below; the closest one."""
    overview = reverse("admin:index")
    below = {reverse(entry.page): entry.page for entry in entries}
    below |= {f"{overview}{label.lower().replace('.', '/')}/": entry.page for entry in entries for label in entry.of}
    found = [address for address in below if path.startswith(address) and (address != overview or path == overview)]
    return below[max(found, key=len)] if found else ""
