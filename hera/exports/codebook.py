"""What each column of each table means: the codebook that goes with an export, made of the tables themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.child_health.calendar import Status
from hera.child_health.models import ChildEnd, DoseGiven, PregnancyOutcome
from hera.child_health.models.told import Source
from hera.core import languages
from hera.exports import dose_level
from hera.exports.coarser import KNOWN_BY, MERGED
from hera.exports.tables import HEADS
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise

    from hera.exports.formats import Row

ID, NUMBER, DAY, OPEN_DAY, MOMENT, OPEN_MOMENT, WHETHER, CODE, TEXT, YES_NO = (
    gettext_lazy("id"),
    gettext_lazy("whole number"),
    gettext_lazy("date, 2026-03-09; masked, its month"),
    gettext_lazy("date, 2026-03-09; masked, nothing"),
    gettext_lazy("moment, UTC; masked, its month"),
    gettext_lazy("moment, UTC; masked, nothing"),
    gettext_lazy("moment, UTC; masked, yes"),
    gettext_lazy("one of the values"),
    gettext_lazy("text; masked, *** or nothing"),
    gettext_lazy("1 for yes, 0 for no"),
)


class Column(NamedTuple):
    """A column: what kind of value stands in it, what that means, and which values there are, where they are few."""

    kind: StrOrPromise
    meaning: StrOrPromise
    values: Iterable[str] = ()


# A column means the same in each table, unless a table says otherwise below.
_COLUMNS: Mapping[str, Column] = {
    "person_id": Column(ID, gettext_lazy("The person; the same in all tables.")),
    "child_id": Column(ID, gettext_lazy("The child; the same in all tables.")),
    "pregnancy_id": Column(ID, gettext_lazy("The pregnancy; the same in all tables.")),
    "dose_given_id": Column(ID, gettext_lazy("The record.")),
    "survey_id": Column(ID, gettext_lazy("The question to one person.")),
    "notification_id": Column(ID, gettext_lazy("The message to one person.")),
    "number": Column(TEXT, gettext_lazy("Her number, as +905321234567; masked, its first digits.")),
    "name": Column(TEXT, gettext_lazy("The name.")),
    "gender": Column(CODE, gettext_lazy("The gender, as it was told."), Gender.values),
    "born": Column(OPEN_DAY, gettext_lazy("The date of birth; masked, nothing.")),
    "age_months": Column(NUMBER, gettext_lazy("The age in months on the day of the export; 0 in the month of birth.")),
    MERGED: Column(
        TEXT,
        gettext_lazy(
            "Masked alone: which columns are coarser in this row, as fewer than 5 would share what they said. An age"
            " becomes a band of months (24-35) or nothing, all else “other”. In the table of doses its months are left"
            " out with the age, which would follow from them."
        ),
    ),
    "language": Column(CODE, gettext_lazy("The language that she reads."), languages.CODES),
    "time_zone": Column(TEXT, gettext_lazy("Her time zone, by its IANA name. It shows masked, too.")),
    "joined_on": Column(DAY, gettext_lazy("When the account was made.")),
    "agreed_at": Column(MOMENT, gettext_lazy("When she agreed to the terms.")),
    "declared_on": Column(OPEN_DAY, gettext_lazy("When the pregnancy was declared; masked, nothing.")),
    "declared_week": Column(NUMBER, gettext_lazy("The week of pregnancy that she told; empty if she told a day.")),
    "start": Column(
        OPEN_DAY, gettext_lazy("The first day of the pregnancy, estimated from what she told; masked, nothing.")
    ),
    "due_date": Column(DAY, gettext_lazy("The estimated day of birth.")),
    "visits_before": Column(NUMBER, gettext_lazy("Antenatal visits that she had before she declared the pregnancy.")),
    "last_menstrual_period": Column(
        OPEN_DAY, gettext_lazy("The first day of her last period, if she told it; masked, nothing.")
    ),
    "vaccines_given": Column(TEXT, gettext_lazy("The vaccines that are ticked, by name. It shows masked, too.")),
    "vaccine": Column(TEXT, gettext_lazy("The vaccine, by its name in the programme. It shows masked, too.")),
    "dose": Column(TEXT, gettext_lazy("The dose, by its name in the programme. It shows masked, too.")),
    "ticked_at": Column(
        MOMENT, gettext_lazy("When the vaccine was ticked; masked, nothing if she said it in a survey.")
    ),
    "due_age_weeks": Column(NUMBER, gettext_lazy("The age in completed weeks at which the dose was due first.")),
    "due": Column(OPEN_DAY, gettext_lazy("The day on which the dose was due first; masked, nothing.")),
    "status": Column(
        CODE,
        gettext_lazy(
            "How the dose stands; masked, on the first of the month, as if the child were born on the last day of its."
        ),
        [*Status, dose_level.TAKEN_AS_GIVEN],
    ),
    "given": Column(
        DAY, gettext_lazy("When the dose was given, as far as it is known; masked, nothing if she said it in a survey.")
    ),
    "precision": Column(CODE, gettext_lazy("How exactly the date is known."), DoseGiven.Precision.values),
    "source": Column(CODE, gettext_lazy("Who told it."), DoseGiven.Source.values),
    "age_months_at_dose": Column(
        NUMBER, gettext_lazy("The age in months at the dose; empty where the month is not known.")
    ),
    "days_late": Column(
        NUMBER,
        gettext_lazy(
            "Days from the day on which the dose was due to that of the dose; below 0: early. Masked, nothing."
        ),
    ),
    "ticked_as_of": Column(DAY, gettext_lazy("Of a tick: it means the doses that were due by this day.")),
    "product": Column(TEXT, gettext_lazy("The code of the product.")),
    "text": Column(TEXT, gettext_lazy("What the card says.")),
    "date": Column(
        DAY, gettext_lazy("The day that was told, as far as it is known; masked, nothing if she said it in a survey.")
    ),
    "country": Column(CODE, gettext_lazy("The country of the dose, by its ISO 3166 code. It shows masked, too.")),
    "place": Column(TEXT, gettext_lazy("Where the dose was given.")),
    "lot": Column(TEXT, gettext_lazy("The lot of the product.")),
    "campaign": Column(YES_NO, gettext_lazy("Whether the dose was given in a campaign.")),
    "entered_at": Column(MOMENT, gettext_lazy("When it was recorded; masked, nothing if she said it in a survey.")),
    "retracted_at": Column(MOMENT, gettext_lazy("When the record was retracted; empty while it counts.")),
    "retraction": Column(TEXT, gettext_lazy("Why it was retracted.")),
    "outcome": Column(CODE, gettext_lazy("How the pregnancy ended."), PregnancyOutcome.Kind.values),
    "gestation_weeks": Column(
        NUMBER, gettext_lazy("The week of pregnancy in which it ended, if it was told; masked, nothing.")
    ),
    "children": Column(ID, gettext_lazy("The children of the birth, with commas between them.")),
    "reason": Column(CODE, gettext_lazy("Why reminders of the child ended."), ChildEnd.Reason.values),
    "told_at": Column(MOMENT, gettext_lazy("When it was told.")),
    "taken_back_at": Column(MOMENT, gettext_lazy("When it was taken back; empty while it holds.")),
    "paused_until": Column(DAY, gettext_lazy("The first day on which the child is reminded of again.")),
    "question": Column(TEXT, gettext_lazy("The code of the question. It shows masked, too.")),
    "asked_at": Column(
        OPEN_MOMENT, gettext_lazy("When it was asked; masked, nothing. Of this month nothing is in a masked table.")
    ),
    "answer": Column(TEXT, gettext_lazy("The code of the answer; masked, *** for what she wrote herself.")),
    "answered_at": Column(WHETHER, gettext_lazy("When it was answered; empty while it was not. Masked, yes.")),
    "question_text": Column(TEXT, gettext_lazy("The question in her language, as it reads now; masked, nothing.")),
    "type": Column(TEXT, gettext_lazy("The code of the type of message. It shows masked, too.")),
    "available_at": Column(
        OPEN_MOMENT,
        gettext_lazy("From when it was in her app; masked, nothing. Of this month nothing is in a masked table."),
    ),
    "pushed_at": Column(WHETHER, gettext_lazy("When it was handed over to be sent; empty if it was not. Masked, yes.")),
    "read_at": Column(WHETHER, gettext_lazy("When she read it; empty while she did not. Masked, yes.")),
    "push_title": Column(TEXT, gettext_lazy("Its title in her language, as it reads now; masked, nothing.")),
    "push_body": Column(TEXT, gettext_lazy("Its text in her language, as it reads now; masked, nothing.")),
}
_OF_TABLES: Mapping[tuple[str, str], Column] = {
    ("outcomes", "source"): Column(CODE, gettext_lazy("Who told it."), Source.values),
    ("child-ends", "source"): Column(CODE, gettext_lazy("Who told it."), Source.values),
    ("child-pauses", "source"): Column(CODE, gettext_lazy("Who told it."), Source.values),
}


def column(table: str, name: str) -> Column:
    """What a column of a table means.

    Raises:
        KeyError: if nobody has said so.
    """
    return _OF_TABLES.get((table, name)) or _COLUMNS[name]


def rows() -> Iterable[Row]:
    """The codebook as a table, in the reader's language."""
    yield [_("Table"), _("Column"), _("Kind of value"), _("Meaning"), _("Values")]
    for table, head in HEADS.items():
        for name in (*head, *([MERGED] if table in KNOWN_BY else [])):
            known = column(table, name)
            yield [table, name, str(known.kind), str(known.meaning), ", ".join(map(str, known.values))]
