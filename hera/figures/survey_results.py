"""What a question brought: how many were asked and answered, what, and told apart by something of theirs.

For whoever may not know people small groups are merged, and what could be worked out is hidden (`small_groups`).
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hera.core import timezones
from hera.core.months import months_between, months_later
from hera.figures.dimensions import DIMENSIONS
from hera.people import small_groups
from hera.people.masking import MASKED
from hera.people.small_groups import OTHER
from hera.surveys.models import SurveyTemplate, SurveyTemplateOption, SurveyType, option_field
from hera.texts import written_dates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOBODY_ANSWERED, SOMETHING_ELSE, IN_HER_WORDS = "\1none", "\1else", "\1words"  # no codes of options
MONTH = "month"
_OF_PEOPLE = ("language", "district", "centre", "nationality")
ATTRIBUTES = {MONTH: gettext_lazy("Month"), **{key: DIMENSIONS[key].label for key in _OF_PEOPLE}}
_PEOPLE = """
    FROM surveys_survey survey
    JOIN auth_user person ON person.id = survey.user_id
    LEFT JOIN user_profile_userprofile profile ON profile.user_id = person.id
    LEFT JOIN health_center_centerofperson goes_to ON goes_to.user_id = person.id
    LEFT JOIN health_center_healthcenter centre ON centre.id = goes_to.center_id
    WHERE survey.survey_template_id = %(template)s
        AND (survey.withdrawn_at IS NULL OR survey.withdrawn_at >= %(told_before)s)
        AND survey.available_at >= %(from)s AND survey.available_at < %(until)s
"""


@dataclass(frozen=True)
class Asked:
    """A question, in some months, told apart by an attribute, or by the answers to another question.

    Args:
        told_before: what was answered or withdrawn from this moment on is left aside.
    """

    template: SurveyTemplate
    first: dt.date
    last: dt.date
    by: str = "language"
    other: SurveyTemplate | None = None
    told_before: dt.datetime | None = None


@dataclass(frozen=True)
class Line:
    """A row of the table: asked, of these answered, and how often each answer; None where it is hidden.

    How many were asked is hidden where nothing else of the row shows.
    """

    name: str
    asked: int | None
    answered: int | None
    cells: Sequence[int | None]

    @property
    def rate(self) -> float | None:
        """How many of a hundred answered."""
        return None if self.answered is None or not self.asked else self.answered / self.asked * 100


@dataclass(frozen=True)
class Results:
    """The table of a question.

    Args:
        answers: what the columns are called, the last of them "no answer".
        total: all rows together; None where nobody was asked, or too few to be shown.
        was_merged: what was merged, for whoever may not know people.
    """

    head: str
    answers: Sequence[str]
    total: Line | None
    lines: Sequence[Line]
    was_merged: Sequence[str]
    hides: bool
    is_too_few: bool


@dataclass
class _Counts:
    """How many surveys and how many people there are, by row and answer; "" stands for all."""

    surveys: dict[tuple[str, str], int]
    people: dict[tuple[str, str], int]

    def keys(self, place: int) -> list[str]:
        return list(dict.fromkeys(key[place] for key in self.surveys if key[place] != "" and key[1 - place] == ""))


def results(asked: Asked, *, masked: bool) -> Results:
    """A question's results; four queries at most, six if they are masked.

    Masked, without what was answered this month: what there is more than yesterday would be an answer of today.
    """
    asked = replace(asked, told_before=MASKED.told_before) if masked else asked
    counts = _of_answers(asked) if asked.other else _of_attribute(asked)
    row_names, answer_names = _names_of_rows(asked, counts.keys(0)), _names_of_answers(asked.template)
    answers = [key for key in answer_names if ("", key) in counts.surveys or not key.startswith("\1")]
    head = str(asked.other.code if asked.other else ATTRIBUTES[asked.by])
    if asked.other:  # of two questions, those who answered both
        answers = [key for key in answers if key != NOBODY_ANSWERED]
    total = counts.surveys.get(("", ""), 0)
    if not total:
        return Results(head, [answer_names[key] for key in answers], None, [], [], hides=False, is_too_few=False)
    rows = [key for key in row_names if key in counts.keys(0)]
    if masked and asked.other and any(0 < count < small_groups.FEWEST for count in _of_one_alone(asked, asked.other)):
        # The table of all who answered one of the two, less this one, is of those.
        names = [answer_names[key] for key in answers]
        return Results(head, names, None, [], [], hides=False, is_too_few=True)
    if masked:
        return _masked(asked, counts, rows, answers, {**row_names, OTHER: _("others")}, answer_names, head)
    lines = [_line(counts, row, row_names[row], answers, set()) for row in rows]
    all_of_it = _line(counts, "", _("All"), answers, set())
    return Results(head, [answer_names[key] for key in answers], all_of_it, lines, [], hides=False, is_too_few=False)


def _masked(
    asked: Asked,
    counts: _Counts,
    rows: list[str],
    answers: list[str],
    row_names: Mapping[str, str],
    answer_names: Mapping[str, str],
    head: str,
) -> Results:
    """The same, with small groups merged and the rest hidden; nothing where all together are too few."""
    are_apart = asked.by != MONTH or asked.other is not None
    columns = small_groups.merged({key: counts.people.get(("", key), 0) for key in answers}, are_apart=False)
    merged_rows = small_groups.merged({key: counts.people.get((key, ""), 0) for key in rows}, are_apart=are_apart)
    names = {**answer_names, OTHER: _("other answers, merged")}
    none = Results(head, [names[key] for key in answers], None, [], [], hides=False, is_too_few=True)
    if columns is None or merged_rows is None:
        return none
    shown = list(dict.fromkeys(columns[key] for key in answers if counts.people.get(("", key)) or columns[key] == key))
    while True:
        table = _grouped(counts, merged_rows, columns, are_apart=are_apart)
        kept = [key for key in dict.fromkeys(merged_rows[row] for row in rows) if key != OTHER]
        kept += [OTHER] if OTHER in merged_rows.values() else []
        hidden = small_groups.hidden(_people_of(table, kept, shown))
        if hidden is not None or len(kept) == 1:
            break
        # Not enough cells to hide the small ones behind: the smallest rows become one.
        smallest = sorted((key for key in kept if key != OTHER), key=lambda key: table.people[key, ""])
        for row in smallest[: 1 if OTHER in kept else 2]:
            merged_rows = {**merged_rows, row: OTHER}
    places = hidden if hidden is not None else {(0, column) for column in range(len(shown))}
    keys = {(kept[row], shown[column]) for row, column in places}
    lines = [_line(table, row, row_names[row], shown, keys) for row in kept]
    told = [row_names[row] for row in rows if merged_rows[row] == OTHER]
    told += [names[key] for key in answers if columns[key] == OTHER]
    total = _line(table, "", _("All"), shown, set())
    return Results(head, [names[key] for key in shown], total, lines, told, hides=bool(keys), is_too_few=False)


def _people_of(table: _Counts, rows: Sequence[str], columns: Sequence[str]) -> small_groups.Counts:
    return small_groups.Counts(
        [[table.people.get((row, column), 0) for column in columns] for row in rows],
        [table.people.get((row, ""), 0) for row in rows],
        [table.people.get(("", column), 0) for column in columns],
    )


def _grouped(counts: _Counts, rows: Mapping[str, str], columns: Mapping[str, str], *, are_apart: bool) -> _Counts:
    """Counts by what rows and columns were merged to; of people who may be in several, the fewest that there can be."""
    surveys: dict[tuple[str, str], int] = {}
    people: dict[tuple[str, str], int] = {}
    for (row, column), count in counts.surveys.items():
        key = rows.get(row, row), columns.get(column, column)
        surveys[key] = surveys.get(key, 0) + count
        of = counts.people[row, column]
        is_sum = are_apart and columns.get(column, column) == column
        people[key] = people.get(key, 0) + of if is_sum else max(people.get(key, 0), of)
    return _Counts(surveys, people)


def _line(counts: _Counts, row: str, name: str, answers: Sequence[str], hidden: set[tuple[str, str]]) -> Line:
    asked = counts.surveys.get((row, ""), 0)
    if all((row, key) in hidden for key in answers):
        return Line(name, None, None, [None for _key in answers])
    cells = [None if (row, key) in hidden else counts.surveys.get((row, key), 0) for key in answers]
    none = counts.surveys.get((row, NOBODY_ANSWERED), 0)
    # Those without an answer may be merged with others, or hidden: then nothing tells how many answered.
    is_known = NOBODY_ANSWERED not in answers or (row, NOBODY_ANSWERED) not in hidden
    is_merged = NOBODY_ANSWERED not in answers and OTHER in answers
    return Line(name, asked, asked - none if is_known and not is_merged else None, cells)


def _names_of_answers(template: SurveyTemplate) -> dict[str, str]:
    """What each answer is called, in the reader's language; all else, and no answer, last."""
    field = option_field(get_language() or "en")
    options = SurveyTemplateOption.objects.filter(survey_template=template).order_by("pk")
    names = {one.code: str(getattr(one, field, "") or one.option_en) for one in options}
    if template.survey_type == SurveyType.TEXT:
        names = {IN_HER_WORDS: _("answered in her own words")}
    return {**names, SOMETHING_ELSE: _("something else"), NOBODY_ANSWERED: _("no answer")}


def _names_of_rows(asked: Asked, keys: Sequence[str]) -> dict[str, str]:
    if asked.other:
        return _names_of_answers(asked.other)
    if asked.by == MONTH:
        return {f"{month:%Y-%m}": written_dates.month(month) for month in months_between(asked.first, asked.last)}
    values = {key: key.removeprefix(_VALUE) for key in keys}
    names = DIMENSIONS[asked.by].names(values.values())
    named = {key: names.get(value) or _("not known") for key, value in values.items()}
    return dict(sorted(named.items(), key=lambda one: one[1]))


_VALUE = "="  # before each value, so that an empty one is none of all
# An answer that is none of the options is nobody's code: what it says is not shown.
_ANSWER = """CASE WHEN survey.responded_at IS NULL OR survey.responded_at >= %(told_before)s THEN %(none)s
    WHEN %(is_text)s THEN %(words)s
    WHEN survey.response = ANY(%(options)s) THEN survey.response ELSE %(else)s END"""


def _of_attribute(asked: Asked) -> _Counts:
    row = f"'{_VALUE}' || {DIMENSIONS[asked.by].of_person}" if asked.by in DIMENSIONS else _month()
    return _counted(
        f"""
        SELECT coalesce(told.part, ''), coalesce(told.answer, ''), count(*), count(DISTINCT told.user_id)
        FROM (SELECT {row} AS part, {_ANSWER} AS answer, survey.user_id {_PEOPLE}) told
        GROUP BY GROUPING SETS ((part, answer), (part), (answer), ())
        """,  # noqa: S608  (our own text)
        _values(asked, asked.template),
    )


def _month() -> str:
    return "to_char(survey.available_at AT TIME ZONE %(zone)s, 'YYYY-MM')"


_OF_QUESTION = ("template", "is_text", "options")
# Of each person the newest answer to a question, and to the other one.
_NEWEST = f"""
    SELECT DISTINCT ON (survey.user_id) survey.user_id, {_ANSWER} AS answer {_PEOPLE}
        AND survey.responded_at < %(told_before)s
    ORDER BY survey.user_id, survey.responded_at DESC, survey.id DESC
"""
_NEWEST_OF_OTHER = functools.reduce(
    lambda statement, name: statement.replace(f"%({name})s", f"%(other_{name})s"), _OF_QUESTION, _NEWEST
)


def _of_answers(asked: Asked) -> _Counts:
    """Of each person the newest answer to both questions."""
    return _counted(
        f"""
        SELECT coalesce(other.answer, ''), coalesce(this.answer, ''), count(*), count(*)
        FROM ({_NEWEST}) this JOIN ({_NEWEST_OF_OTHER}) other ON other.user_id = this.user_id
        GROUP BY GROUPING SETS ((other.answer, this.answer), (other.answer), (this.answer), ())
        """,  # noqa: S608
        _values_of_both(asked),
    )


def _of_one_alone(asked: Asked, other: SurveyTemplate) -> list[int]:
    """How many people answered one of the two questions, and not the other, by what they answered."""
    statement = f"""
        SELECT count(*) FROM ({_NEWEST}) this
        WHERE NOT EXISTS (SELECT FROM ({_NEWEST_OF_OTHER}) other WHERE other.user_id = this.user_id) GROUP BY answer
    """  # noqa: S608
    found: list[int] = []
    with connection.cursor() as cursor:
        for one in (asked, replace(asked, template=other, other=asked.template)):
            cursor.execute(statement, _values_of_both(one))
            found += [count for (count,) in cursor.fetchall()]
    return found


def _values_of_both(asked: Asked) -> dict[str, Any]:
    assert asked.other is not None
    of_other = _values(asked, asked.other)
    return {**_values(asked, asked.template), **{f"other_{name}": of_other[name] for name in _OF_QUESTION}}


def _values(asked: Asked, template: SurveyTemplate) -> dict[str, Any]:
    zone = timezones.default()
    after = months_later(asked.last, 1)
    options = SurveyTemplateOption.objects.filter(survey_template=template).values_list("code", flat=True)
    return {
        "template": template.pk,
        "from": dt.datetime.combine(asked.first, dt.time(), zone),
        "until": dt.datetime.combine(after, dt.time(), zone),
        "zone": zone.key,
        "told_before": asked.told_before or "infinity",
        "none": NOBODY_ANSWERED,
        "else": SOMETHING_ELSE,
        "words": IN_HER_WORDS,
        "is_text": template.survey_type == SurveyType.TEXT,
        "options": list(options),
    }


def _counted(statement: str, values: dict[str, Any]) -> _Counts:
    found = _Counts({}, {})
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for row, answer, surveys, people in cursor.fetchall():
            found.surveys[row, answer], found.people[row, answer] = surveys, people
    return found
