"""The texts of a notification, in a person's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.core import languages
from hera.texts.rendering import TemplateDoesNotRender, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hera.events.models import NotificationTemplate


class Undeliverable(Exception):  # noqa: N818
    """There is nothing fit to be sent; the message is the reason that staff read."""


@dataclass(frozen=True)
class Content:
    push_title: str
    push_body: str
    in_app_content: str


def template_for(language: str, templates: Iterable[NotificationTemplate]) -> NotificationTemplate:
    """The template in this language, or else in English.

    Raises:
        Undeliverable: if there is neither.
    """
    by_language = {template.language_code: template for template in templates}
    template = by_language.get(language) or by_language.get(languages.FALLBACK)
    if template is None:
        raise Undeliverable(f"no template in {language} nor in English")
    return template


def content_for(language: str, templates: Iterable[NotificationTemplate], context: Mapping[str, object]) -> Content:
    """The rendered texts of one event.

    Raises:
        Undeliverable: if no template fits, one does not render, or the event lacks what it should tell.
    """
    template = template_for(language, templates)
    require_complete(context)
    try:
        return Content(
            render(template.push_title, context),
            render(template.push_body, context),
            render(template.in_app_content, context),
        )
    except TemplateDoesNotRender as problem:
        raise Undeliverable(f"the {template.language_code} template does not render: {problem}") from problem


def require_complete(context: Mapping[str, object]) -> None:
    """A vaccination must say which vaccines it is about.

    Raises:
        Undeliverable: if one of them has no name.
    """
    if context.get("event_type") == "vaccination":
        names = str(context.get("vaccine_names") or "").split(", ")
        if not all(name.strip() for name in names):
            raise Undeliverable("a dose of this event has no vaccine name")
