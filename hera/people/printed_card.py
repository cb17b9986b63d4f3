"""The vaccination cards of a person's children on paper: in her language, then in the country's, if that is another.

Whoever vaccinates a child reads the one, and she the other. What a card says is what her page says (`person`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from hera.core import languages
from hera.core.pdf import Document
from hera.people import masking, told
from hera.people.person import record_of

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import User

    from hera.people.person import ChildRecord, PersonRecord

_MARKS = str.maketrans("", "", "\u2066\u2067\u2068\u2069")  # a document turns words by itself


class NoChildren(ValueError):  # noqa: N818
    """There is no card to print; the message is for staff."""


def printed(user: User) -> bytes:
    """The cards of all her children who were not ended, as PDF. All names stand in it: for who may see them.

    Raises:
        NoChildren: if she has none.
    """
    document: Document | None = None
    for language in dict.fromkeys([languages.of(user), languages.default()]):
        with override(language):
            record = record_of(user, masking.OPEN)
            children = [row for row in (*record.children, *record.silent_children) if row.child.ended_at is None]
            if not children:
                raise NoChildren(gettext_lazy("She has no child whose card could be printed."))  # said to who asked
            title = _("Vaccination card")
            if document is None:
                document = Document(language, title)
            else:
                document.turn_to(language, title)
            _write(document, record, children)
    assert document is not None, "there is a language of the country"
    return document.content()


def _write(document: Document, record: PersonRecord, children: list[ChildRecord]) -> None:
    day = _written(told.day(record.today, masking.OPEN))
    document.text(_("Mother: %(name)s %(number)s") % {"name": record.name, "number": record.number})
    document.text(_("As HERA knows it on %(day)s.") % {"day": day})
    head = [_("Dose"), _("Status"), _("When, where, and by whose word")]
    for row in children:
        document.heading(row.name)
        document.text(_("Born on %(day)s") % {"day": _written(row.age)})
        document.table(head, _rows(row, record.today), widths=(2, 1, 3))
        for question in [*row.questions, *(row.table.questions if row.table else ())]:
            document.text(_written(question))


def _rows(row: ChildRecord, today: dt.date) -> list[tuple[str, ...]]:
    """Each dose: given, due or overdue; by the pack in use, or by due ages."""
    if row.table is not None:
        found = [(one.dose, one.standing, "; ".join([*one.details, *one.reasons])) for one in row.table.rows]
    else:
        given = [
            (
                one.what,
                _("given") if one.stands or one.is_campaign else _("not counted"),
                ", ".join(filter(None, [one.date, one.where, one.by])),
            )
            for one in row.doses
        ]
        missing = [
            (
                vaccines,
                _("overdue") if late else _("due") if day <= today else _("to come"),
                told.day(day, masking.OPEN),
            )
            for day, vaccines, late in row.due
        ]
        found = given + missing
    return [tuple(_written(str(part)) for part in line) for line in found]


def _written(text: str) -> str:
    return capfirst(text.translate(_MARKS))
