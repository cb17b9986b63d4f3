"""What keeps a notification type's texts from going out wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from hera.core import languages
from hera.events.models import LockScreen, NotificationTemplate
from hera.scheduling.event_fields import fields_of
from hera.texts import template_checks
from hera.texts.rendering import OLD_SPELLINGS
from hera.texts.template_checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hera.events.models import NotificationTemplateVariable, NotificationType

TEXTS = ("push_title", "push_body", "in_app_content")
SHOWN_ON_LOCK_SCREENS = ("push_title", "push_body")
# Variables that tell a bystander who somebody is, or that she is pregnant or has a child.
PRIVATE = frozenset({"person_name", "vaccine_names", "weeks_pregnant", "week_pregnant", "event_type", "week_age"})


LINK = "link"  # of any type: to the notification in the web app; in what is sent, since in the app she is there already


def examples_with_link(field: str, examples: Mapping[str, str]) -> Mapping[str, str]:
    """The examples for this text: what is sent may have a link as well."""
    if field not in SHOWN_ON_LOCK_SCREENS:
        return examples
    return {**examples, LINK: f"{settings.HERA.public_url or 'https://hera.example.org'}/l/AbCdEfGhIjKl/"}


def errors_of(texts: Mapping[str, str], examples: Mapping[str, str], lock_screen: str) -> Iterator[tuple[str, Problem]]:
    """What must be mended before the texts of one language are saved, by field."""
    language = texts.get("language_code") or languages.FALLBACK
    for field in TEXTS:
        source = texts.get(field) or ""
        shown = examples_with_link(field, examples)
        for problem in template_checks.problems_of(source, shown, _longest(field), language):
            yield field, problem
        if not settings.HERA.public_url and LINK in shown:
            for name, (line, column) in template_checks.uses(source, frozenset({LINK})):
                yield field, Problem(_no_address(name), line, column)
        if field in SHOWN_ON_LOCK_SCREENS and lock_screen == LockScreen.DISCREET:
            for name, (line, column) in template_checks.uses(source, PRIVATE):
                yield field, Problem(_private(name), line, column)


def texts_of(kind: NotificationType) -> list[str]:
    """All texts of a type, in all languages."""
    return [getattr(template, field) for template in kind.templates.all() for field in TEXTS]


def variables_for(variable: NotificationTemplateVariable) -> set[str]:
    """What a variable of this type may be called: its fields, or what these were called earlier."""
    known = fields_of(variable.notification_type.schedules if variable.notification_type_id else None)
    return known | {old for name, old in OLD_SPELLINGS.items() if name in known}


def warnings_of(kind: NotificationType) -> Iterator[str]:
    """What staff should know of a type that is saved: languages without texts, and lock screens."""
    templates = list(kind.templates.all())
    yield from template_checks.languages_missing({template.language_code for template in templates})
    if kind.lock_screen == LockScreen.AS_WRITTEN:
        named = {
            name
            for template in templates
            for field in SHOWN_ON_LOCK_SCREENS
            for name, _place in template_checks.uses(getattr(template, field), PRIVATE)
        }
        yield _(
            "The push texts come from an earlier database and go out as written (%(variables)s)."
            " Look at what they show on a lock screen, and mark the type."
        ) % {"variables": ", ".join(sorted(named)) or "-"}


def _longest(field: str) -> int:
    length: int = NotificationTemplate._meta.get_field(field).max_length  # type: ignore[union-attr,assignment]
    return length


def _private(name: str) -> str:
    shown = _("%(name)s would show on a lock screen that others see: say it in the app's text, or mark the type safe.")
    return shown % {"name": name}


def _no_address(name: str) -> str:
    told = _("%(name)s leads nowhere: whoever runs this server has to set HERA_PUBLIC_URL first.")
    return told % {"name": name}
