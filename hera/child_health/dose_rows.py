"""The rows of a table of doses, understood: which child's, which dose, and when; or why it cannot be brought."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from hera.child_health import dose_numbers, doses, services
from hera.child_health.doses import Entry, Wanted
from hera.child_health.models import Child, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.core import countries, digits, phone_numbers, table_days
from hera.core.whole_tables import Row, RowRefused, each_of, is_yes, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_ID = 18  # digits
_LONGEST = {"place": 255, "lot": 64}


@dataclass(frozen=True)
class Line:
    """A row as it was understood: what it is to record, or why it cannot."""

    wanted: Wanted | None = None
    refusal: str = ""


def read(rows: Sequence[Row]) -> list[Line]:
    """What rows are to record, or why they cannot, in their order."""
    people = _People(rows)
    programme = _Programme()
    lines: list[Line] = []
    said: Counter[tuple[int, str]] = Counter()
    for row in rows:
        try:
            wanted = _wanted(row, people, programme)
        except RowRefused as why:
            lines.append(Line(refusal=str(why)))
        else:
            lines.append(Line(_told_apart(wanted, said)))
    places = [place for place, line in enumerate(lines) if line.wanted]
    refused = doses.refusals([lines[place].wanted for place in places])  # type: ignore[misc]
    for number, refusal in refused.items():
        lines[places[number]] = Line(refusal=refusal)
    return lines


def _told_apart(wanted: Wanted, said: Counter[tuple[int, str]]) -> Wanted:
    """The same with a key of its own where a card has a vaccine several times with its year alone, or with no date."""
    child, entry = wanted.child, wanted.entry
    if not entry.product or entry.date.is_known_to_the_month:
        return wanted
    before = said[child.pk, entry.client_key or ""]
    said[child.pk, entry.client_key or ""] += 1
    key = f"{entry.client_key}/{before + 1}" if before else entry.client_key
    return replace(wanted, entry=replace(entry, client_key=key))


def _wanted(row: Row, people: _People, programme: _Programme) -> Wanted:
    """What a row is to record.

    Raises:
        RowRefused: with all that is wrong with it.
    """
    read = each_of(
        {
            "child": lambda: people.child_of(row),
            "which": lambda: _which(row, programme),
            "date": lambda: _date(row.get("date", ""), _("Date")),
            "campaign": lambda: is_yes(row, "campaign"),
            **{column: functools.partial(_text, row, column, longest) for column, longest in _LONGEST.items()},
        }
    )
    dose_id, product = read["which"]
    said = f"{dose_id or product}|{read['date']}|{read['campaign']}"
    entry = Entry(
        vaccine_dose_id=dose_id,
        product=product,
        date=read["date"],
        place=read["place"],
        country=countries.typed(row.get("country", "")),
        lot=read["lot"],
        campaign=read["campaign"],
        client_key=f"import/{hashlib.sha256(said.encode()).hexdigest()[:32]}",
    )
    return Wanted(read["child"], entry, services.today_of(read["child"].user))


class _People:
    """The children of whoever is in the table."""

    def __init__(self, rows: Sequence[Row]) -> None:
        numbers = {number for row in rows for number in phone_numbers.meant(row.get("number", ""))}
        ids = {int(text) for row in rows if (text := _id(row.get("child_id", "")))}
        users = dict(User.objects.filter(username__in=numbers, is_staff=False).values_list("pk", "username"))
        self.known = set(users.values())
        found = Child.objects.select_related("user__profile").filter(user__is_staff=False)
        children = list(found.filter(pk__in=ids) | found.filter(user__in=list(users)))
        self.by_id = {child.pk: child for child in children}
        self.by_number: defaultdict[str, list[Child]] = defaultdict(list)
        for child in sorted(children, key=lambda child: child.pk):
            self.by_number[child.user.username].append(child)

    def child_of(self, row: Row) -> Child:
        """The child that a row is of.

        Raises:
            RowRefused: if there is none, or several.
        """
        found = self._by_its_id(row) if row.get("child_id") else self._of_the_number(row)
        if name := plain(row.get("child", "")):
            found = [child for child in found if plain(child.name) == name]
        if text := row.get("born", ""):
            born = _date(text, _("Born"))
            found = [child for child in found if PartialDate(child.date_of_birth, doses.Precision.DAY) == born]
        if not found:
            raise RowRefused(_("She has no child of this name and birth date."))
        if len(found) > 1:
            raise RowRefused(_("Several of her children are meant by this; give the child's id."))
        return found[0]

    def _by_its_id(self, row: Row) -> list[Child]:
        child = self.by_id.get(int(_id(row["child_id"]) or 0))
        if child is None:
            raise RowRefused(_("There is no child with this id."))
        if row.get("number") and child.user.username not in phone_numbers.meant(row["number"]):
            raise RowRefused(_("The child with this id is not hers who has this number."))
        return [child]

    def _of_the_number(self, row: Row) -> list[Child]:
        if not row.get("number"):
            raise RowRefused(_("It says neither a number nor the child's id."))
        known = [number for number in phone_numbers.meant(row["number"]) if number in self.known]
        if not known:
            raise RowRefused(_("Nobody has this number. Write it with + and the country's code."))
        return [child for number in known for child in self.by_number[number]]


class _Programme:
    """The doses of the programme, by id and by what they are called."""

    def __init__(self) -> None:
        found = list(VaccineDose.objects.select_related("vaccine").order_by("-is_active", "-vaccine__is_active", "pk"))
        self.by_id = {dose.pk: dose for dose in found}
        self.named: dict[str, str] = {}
        self.by_name: dict[tuple[str, str], VaccineDose] = {}
        for dose in found:
            for name in map(plain, dose_numbers.names_of(dose.vaccine)):
                self.named.setdefault(name, dose.vaccine.name)
                self.by_name.setdefault((name, plain(dose.name)), dose)


def _which(row: Row, programme: _Programme) -> tuple[int | None, str]:
    """The dose of a row, by its id; or a product alone: of a vaccine without its dose it is the earliest that no record
    has.

    Raises:
        RowRefused: if there is no such dose.
    """
    vaccine, name = plain(row.get("vaccine", "")), plain(row.get("dose", ""))
    if row.get("dose_id"):
        dose_id = int(_id(row["dose_id"]) or 0)
        dose = programme.by_id.get(dose_id)
        if dose is None or (vaccine and vaccine not in map(plain, dose_numbers.names_of(dose.vaccine))):
            raise RowRefused(_("The programme has no dose with this id, or it is of another vaccine."))
        return dose_id, ""
    if vaccine and vaccine not in programme.named:
        raise RowRefused(_("The programme has no vaccine of this name."))
    if vaccine and name:
        found = programme.by_name.get((vaccine, name))
        if found is None:
            raise RowRefused(_("This vaccine has no dose of this name."))
        return found.pk, ""
    return None, programme.named.get(vaccine, "")[:64]


def _text(row: Row, column: str, longest: int) -> str:
    text = row.get(column, "")
    if len(text) > longest:
        raise RowRefused(_("Its %(column)s is too long.") % {"column": column})
    return text.strip()


def _date(text: str, column: str) -> PartialDate:
    try:
        return PartialDate.typed(table_days.unserialised(text))
    except ValueError as refusal:
        raise RowRefused(f"{column}: {refusal}") from None


def _id(text: str) -> str:
    plain = digits.only(text)
    return plain if plain.isascii() and plain.isdigit() and len(plain) <= _LONGEST_ID else ""
