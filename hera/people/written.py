"""What staff have written to a person, as her page shows it: what it said to her, and who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hera.child_health.calendar import EventType
from hera.core import languages
from hera.events.content import Undeliverable, template_for
from hera.events.models import NotificationTemplate
from hera.people import told
from hera.surveys.models import SurveyTemplateOption, SurveyTemplateTranslation, option_field
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, Wanted, render, render_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import User

    from hera.events.models import NotificationEvent, NotificationType
    from hera.people.masking import Mask
    from hera.surveys.models import Survey


_ABOUT = {
    EventType.VACCINATION: _("Reminder of a vaccination"),
    EventType.PRENATAL_CHECKUP: _("Reminder of an antenatal visit"),
    EventType.EXPECTED_BIRTH: _("About the expected birth"),
    EventType.POSTNATAL_CHECKUP: _("Reminder of a visit after birth"),
}


def say(user: User, events: Iterable[NotificationEvent], mask: Mask) -> None:
    """Set `shown_what`, `shown_text` and `shown_by` of her notifications; one statement, if staff wrote any of them.

    Args:
        events: each read with its type, its staff message, who made that, and whose texts it took over.
        mask: what was written may name her.
    """
    events = list(events)
    own = {event.notification_type_id for event in events if event.notification_type.is_of_message}
    texts: dict[int, list[NotificationTemplate]] = {}
    for template in NotificationTemplate.objects.filter(notification_type__in=own) if own else ():
        texts.setdefault(template.notification_type_id, []).append(template)
    for event in events:
        title, text = _read(user, event, texts.get(event.notification_type_id, []))
        message = event.instant_notification
        if mask.is_on and message and message.texts_from:
            title = text = ""  # what a type says names nobody: its code shows, as that of any other
        event.shown_what = mask.name(title) or _what(event)  # type: ignore[attr-defined]
        event.shown_text = mask.name(text)  # type: ignore[attr-defined]
        event.shown_by = told.staff(message.created_by, mask) if message else ""  # type: ignore[attr-defined]


def _what(event: NotificationEvent) -> str:
    """What it is about, in words; the code of a type whose events are none of the calendar's."""
    about = _ABOUT.get(event.context.get("event_type", "")) if event.event_key else None
    return str(about or _type_of(event).code)


def ask(surveys: Sequence[Survey], mask: Mask) -> None:
    """Set `shown_question` and `shown_answer` of surveys: as they read in the reader's language; two statements.

    Masked, their codes, as tables have them, since a question may name a child; so where there is no text, or no time.
    """
    language, ids = get_language() or languages.FALLBACK, {survey.survey_template_id for survey in surveys}
    texts: dict[tuple[int, str], str] = {}
    if ids and not mask.is_on:
        found = SurveyTemplateTranslation.objects.filter(survey_template__in=ids)
        texts = {
            (of, code): text for of, code, text in found.values_list("survey_template", "language_code", "question")
        }
    answers = {}
    if texts:
        field = option_field(language)
        answers = {
            one.code: str(getattr(one, field) or one.option_en)
            for one in SurveyTemplateOption.objects.filter(survey_template__in=ids)
        }
    wanted = []
    for survey in surveys:
        survey.shown_answer = answers.get(survey.response or "", survey.response)  # type: ignore[attr-defined]
        code = language if (survey.survey_template_id, language) in texts else languages.FALLBACK
        wanted.append(Wanted(texts.get((survey.survey_template_id, code), ""), survey.context, code))
    for survey, result in zip(surveys, render_all(wanted) if texts else [""] * len(surveys), strict=True):
        question = result if isinstance(result, str) and result else survey.survey_template.code
        survey.shown_question = question  # type: ignore[attr-defined]


def _type_of(event: NotificationEvent) -> NotificationType:
    """Its type; of a message that took over a type's texts, that one."""
    message = event.instant_notification
    return (message and message.texts_from) or event.notification_type


def _read(user: User, event: NotificationEvent, texts: list[NotificationTemplate]) -> tuple[str, str]:
    """Title and text of a message with texts of its own; blank of one that says what a type says."""
    if not texts:
        return "", ""
    language = languages.of(user)
    try:
        template = template_for(language, texts)
        return template.push_title, render(template.in_app_content, event.context, template.language_code)
    except (Undeliverable, TemplateDoesNotRender, NoTimeToRender):
        return texts[0].push_title, ""
