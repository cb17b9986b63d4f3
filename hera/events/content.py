"""The texts of a notification, in a person's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hera.core import languages
from hera.texts import segments
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, Wanted, render_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hera.events.models import NotificationTemplate


DOES_NOT_RENDER = " template does not render"  # in the reason of what a broken text kept from going out


class Undeliverable(Exception):  # noqa: N818
    """There is nothing fit to be sent; the message is the reason that staff read."""


@dataclass(frozen=True)
class Content:
    push_title: str
    push_body: str
    in_app_content: str

    def as_text_message(self) -> str:
        """What the push said, and no more: a text message shows on the same lock screen."""
        return segments.without_needless_marks(f"{self.push_title}\n{self.push_body}")


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


class Asked(NamedTuple):
    """Whose texts are wanted: the language to say them in, those that there are, and what they are about."""

    language: str
    templates: Iterable[NotificationTemplate]
    context: Mapping[str, object]


def content_for(language: str, templates: Iterable[NotificationTemplate], context: Mapping[str, object]) -> Content:
    """The rendered texts of one event.

    Raises:
        Undeliverable: if no template fits, one does not render, or the event lacks what it should tell.
        NoTimeToRender: if other texts took the time.
    """
    (result,) = contents_for([Asked(language, templates, context)])
    if isinstance(result, Content):
        return result
    raise result


def contents_for(asked: Sequence[Asked]) -> list[Content | Undeliverable | NoTimeToRender]:
    """The texts of many events, rendered at once, in the same order; why not, where there are none."""
    chosen: list[NotificationTemplate | Undeliverable] = [_chosen(each) for each in asked]
    wanted = [
        Wanted(source, each.context, template.language_code)
        for each, template in zip(asked, chosen, strict=True)
        if not isinstance(template, Undeliverable)
        for source in (template.push_title, template.push_body, template.in_app_content)
    ]
    texts = iter(render_all(wanted))
    return [
        template
        if isinstance(template, Undeliverable)
        else _content(template.language_code, next(texts), next(texts), next(texts))
        for template in chosen
    ]


def _chosen(asked: Asked) -> NotificationTemplate | Undeliverable:
    try:
        template = template_for(asked.language, asked.templates)
        require_complete(asked.context)
    except Undeliverable as reason:
        return reason
    return template


def _content(
    language: str, *texts: str | TemplateDoesNotRender | NoTimeToRender
) -> Content | Undeliverable | NoTimeToRender:
    for text in texts:
        if isinstance(text, TemplateDoesNotRender):
            return Undeliverable(f"the {language}{DOES_NOT_RENDER}: {text}")
    for text in texts:
        if isinstance(text, NoTimeToRender):
            return text
    return Content(*map(str, texts))


def require_complete(context: Mapping[str, object]) -> None:
    """A vaccination must say which vaccines it is about.

    Raises:
        Undeliverable: if one of them has no name.
    """
    if context.get("event_type") == "vaccination":
        names = str(context.get("vaccine_names") or "").split(", ")
        if not all(name.strip() for name in names):
            raise Undeliverable("a dose of this event has no vaccine name")
