"""The rows of a table of doses, understood: which child's, which dose, and when; or why it cannot be brought."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from hera.child_health import doses, services
from hera.child_health.doses import Entry, Wanted
from hera.child_health.models import Child, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.core import countries, digits, phone_numbers, table_days
from hera.core.whole_tables import Row, RowRefused, is_yes, plain

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
    for row in rows:
        try:
            child = people.child_of(row)
            lines.append(Line(Wanted(child, _entry(row, programme), services.today_of(child.user))))
        except RowRefused as why:
            lines.append(Line(refusal=str(why)))
    places = [place for place, line in enumerate(lines) if line.wanted]
    refused = doses.refusals([lines[place].wanted for place in places])  # type: ignore[misc]
    for number, refusal in refused.items():
        lines[places[number]] = Line(refusal=refusal)
    return lines


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
            born = _date(text)
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
            for name in map(plain, doses.names_of(dose.vaccine)):
                self.named.setdefault(name, dose.vaccine.name)
                self.by_name.setdefault((name, plain(dose.name)), dose)


def _entry(row: Row, programme: _Programme) -> Entry:
    """What a row is to record. Of a vaccine without its dose it is the earliest that no record has.

    Raises:
        RowRefused: if there is no such dose, or something else cannot be read.
    """
    vaccine, name, dose_id, product = plain(row.get("vaccine", "")), plain(row.get("dose", "")), None, ""
    if row.get("dose_id"):
        dose_id = int(_id(row["dose_id"]) or 0)
        dose = programme.by_id.get(dose_id)
        if dose is None or (vaccine and vaccine not in map(plain, doses.names_of(dose.vaccine))):
            raise RowRefused(_("The programme has no dose with this id, or it is of another vaccine."))
    elif vaccine and vaccine not in programme.named:
        raise RowRefused(_("The programme has no vaccine of this name."))
    elif vaccine and name:
        found = programme.by_name.get((vaccine, name))
        if found is None:
            raise RowRefused(_("This vaccine has no dose of this name."))
        dose_id = found.pk
    else:
        product = programme.named.get(vaccine, "")[:64]
    for column, longest in _LONGEST.items():
        if len(row.get(column, "")) > longest:
            raise RowRefused(_("Its %(column)s is too long.") % {"column": column})
    date, is_campaign = _date(row.get("date", "")), is_yes(row, "campaign")
    said = f"{dose_id or product}|{date}|{is_campaign}"
    return Entry(
        vaccine_dose_id=dose_id,
        product=product,
        date=date,
        place=row.get("place", "").strip(),
        country=countries.typed(row.get("country", "")),
        lot=row.get("lot", "").strip(),
        campaign=is_campaign,
        client_key=f"import/{hashlib.sha256(said.encode()).hexdigest()[:32]}",
    )


def _date(text: str) -> PartialDate:
    try:
        return PartialDate.typed(table_days.unserialised(text))
    except ValueError as refusal:
        raise RowRefused(str(refusal)) from None


def _id(text: str) -> str:
    plain = digits.only(text)
    return plain if plain.isascii() and plain.isdigit() and len(plain) <= _LONGEST_ID else ""
