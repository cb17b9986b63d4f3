"""Doses given, as a table: one row a dose, of a child known by its id, or by the person's number and what it is called.

A table is read as a whole, in a fixed number of queries, and is brought all or not at all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import phonenumbers
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import RowResult

from hera.child_health import doses, services
from hera.child_health.doses import Entry, PartialDate, Wanted
from hera.child_health.models import Child, DoseGiven, VaccineDose
from hera.core import countries, digits, languages, table_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from import_export.results import Result

COLUMNS = (
    "number", "child_id", "child", "born", "vaccine", "dose", "dose_id", "date", "place", "country", "lot", "campaign",
)  # fmt: skip
_LONGEST_ID = 18  # digits
_LONGEST = {"place": 255, "lot": 64}
_YES, _NO = {"1", "true", "yes", "x"}, {"", "0", "false", "no"}
Row = dict[str, str]


class Unreadable(ValueError):  # noqa: N818  (named as the fact)
    """A table that cannot be brought; its arguments are sentences for whoever brought it.

    Where lines of it are refused, `counts` says how many others are new, and how many are there already.
    """

    def __init__(self, *told: str, counts: Mapping[str, int] | None = None) -> None:
        super().__init__(*told)
        self.counts = counts


def headings() -> dict[str, str]:
    """What the columns may be called, in any of the five languages, and as the code has them; casefolded."""
    names = {name: name for name in COLUMNS}
    for code in languages.CODES:
        with translation.override(code):
            shown = {
                _("Number"): "number", _("Child's id"): "child_id", _("Child"): "child", _("Born"): "born",
                _("Vaccine"): "vaccine", _("Dose"): "dose", _("Dose's id"): "dose_id", _("Date"): "date",
                _("Place"): "place", _("Country"): "country", _("Lot"): "lot", _("Campaign"): "campaign",
            }  # fmt: skip
            names |= {text.casefold(): name for text, name in shown.items()}
    return names


def understood(table: Sequence[Sequence[str]], lines: Sequence[int] = ()) -> list[list[str]]:
    """A table with the columns' names of the code, all of whose rows can be brought.

    Args:
        lines: the number of each row's line in the file; none: they are the first ones.

    Raises:
        Unreadable: if a column is not known, or a row is of nobody or of no dose; with a sentence for each.
    """
    head, *rows = table or [[]]
    names = headings()
    columns = [names.get(" ".join(cell.split()).casefold(), "") for cell in head]
    known = {"known": ", ".join(COLUMNS)}
    if unknown := [cell or "–" for cell, name in zip(head, columns, strict=True) if not name]:
        told = _("These columns are not known: %(unknown)s. Known are: %(known)s.")
        raise Unreadable(told % {**known, "unknown": ", ".join(unknown)})
    if len(set(columns)) < len(columns):
        raise Unreadable(_("A column comes twice."))
    if not {"number", "child_id"} & set(columns) or not {"vaccine", "dose_id"} & set(columns):
        told = _("It wants a column number or child_id, and a column vaccine or dose_id. Known are: %(known)s.")
        raise Unreadable(told % known)
    numbers = lines[1:] or range(2, len(rows) + 2)
    long = [number for number, row in zip(numbers, rows, strict=True) if len(row) > len(columns)]
    if long:
        raise Unreadable(_("Line %(number)d has more cells than the first one has names.") % {"number": long[0]})
    read_lines = read([dict(zip(columns, row, strict=False)) for row in rows])
    if refused := [
        _("Line %(number)d: %(refusal)s") % {"number": number, "refusal": line.refusal}
        for number, line in zip(numbers, read_lines, strict=True)
        if line.refusal
    ]:
        raise Unreadable(*refused, counts=_counts([line.wanted for line in read_lines if line.wanted]))
    return [columns, *map(list, rows)]


def _counts(wanted: Sequence[Wanted]) -> dict[str, int]:
    """How many of these entries are new, and how many are there already."""
    records = {id(record): record for record in doses.matched(wanted, DoseGiven.Source.IMPORT)}.values()
    new = sum(record.pk is None for record in records)
    return {"new": new, "same": len(wanted) - new}


@dataclass(frozen=True)
class Line:
    """A row as it was understood: what it is to record, or why it cannot."""

    wanted: Wanted | None = None
    refusal: str = ""


class _Refused(Exception):  # noqa: N818
    """The message is for whoever brought the table."""


def read(rows: Sequence[Row]) -> list[Line]:
    """What rows are to record, or why they cannot, in their order."""
    people = _People(rows)
    programme = _Programme()
    lines: list[Line] = []
    for row in rows:
        try:
            child = people.child_of(row)
            lines.append(Line(Wanted(child, _entry(row, programme), services.today_of(child.user))))
        except _Refused as why:
            lines.append(Line(refusal=str(why)))
    places = [place for place, line in enumerate(lines) if line.wanted]
    refused = doses.refusals([lines[place].wanted for place in places])  # type: ignore[misc]
    for number, refusal in refused.items():
        lines[places[number]] = Line(refusal=refusal)
    return lines


class _People:
    """The children of whoever is in the table."""

    def __init__(self, rows: Sequence[Row]) -> None:
        numbers = {number for row in rows for number in numbers_meant(row.get("number", ""))}
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
            _Refused: if there is none, or several.
        """
        found = self._by_its_id(row) if row.get("child_id") else self._of_the_number(row)
        if name := _plain(row.get("child", "")):
            found = [child for child in found if _plain(child.name) == name]
        if text := row.get("born", ""):
            born = _date(text)
            found = [child for child in found if PartialDate(child.date_of_birth, doses.Precision.DAY) == born]
        if not found:
            raise _Refused(_("She has no child of this name and birth date."))
        if len(found) > 1:
            raise _Refused(_("Several of her children are meant by this; give the child's id."))
        return found[0]

    def _by_its_id(self, row: Row) -> list[Child]:
        child = self.by_id.get(int(_id(row["child_id"]) or 0))
        if child is None:
            raise _Refused(_("There is no child with this id."))
        if row.get("number") and child.user.username not in numbers_meant(row["number"]):
            raise _Refused(_("The child with this id is not hers who has this number."))
        return [child]

    def _of_the_number(self, row: Row) -> list[Child]:
        if not row.get("number"):
            raise _Refused(_("It says neither a number nor the child's id."))
        known = [number for number in numbers_meant(row["number"]) if number in self.known]
        if not known:
            raise _Refused(_("Nobody has this number. Write it with + and the country's code."))
        return [child for number in known for child in self.by_number[number]]


class _Programme:
    """The doses of the programme, by id and by what they are called."""

    def __init__(self) -> None:
        found = list(VaccineDose.objects.select_related("vaccine").order_by("-is_active", "-vaccine__is_active", "pk"))
        self.by_id = {dose.pk: dose for dose in found}
        self.named: dict[str, str] = {}
        self.by_name: dict[tuple[str, str], VaccineDose] = {}
        for dose in found:
            for name in map(_plain, doses.names_of(dose.vaccine)):
                self.named.setdefault(name, dose.vaccine.name)
                self.by_name.setdefault((name, _plain(dose.name)), dose)


def _entry(row: Row, programme: _Programme) -> Entry:
    """What a row is to record. Of a vaccine without its dose it is the earliest that no record has.

    Raises:
        _Refused: if there is no such dose, or something else cannot be read.
    """
    vaccine, name, dose_id, product = _plain(row.get("vaccine", "")), _plain(row.get("dose", "")), None, ""
    if row.get("dose_id"):
        dose_id = int(_id(row["dose_id"]) or 0)
        dose = programme.by_id.get(dose_id)
        if dose is None or (vaccine and vaccine not in map(_plain, doses.names_of(dose.vaccine))):
            raise _Refused(_("The programme has no dose with this id, or it is of another vaccine."))
    elif vaccine and vaccine not in programme.named:
        raise _Refused(_("The programme has no vaccine of this name."))
    elif vaccine and name:
        found = programme.by_name.get((vaccine, name))
        if found is None:
            raise _Refused(_("This vaccine has no dose of this name."))
        dose_id = found.pk
    else:
        product = programme.named.get(vaccine, "")[:64]
    campaign = digits.plain(row.get("campaign", "")).casefold()
    if campaign not in _YES | _NO:
        raise _Refused(_("Write 1 or 0 for campaign."))
    for column, longest in _LONGEST.items():
        if len(row.get(column, "")) > longest:
            raise _Refused(_("Its %(column)s is too long.") % {"column": column})
    date, is_campaign = _date(row.get("date", "")), campaign in _YES
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
        raise _Refused(str(refusal)) from None


def _id(text: str) -> str:
    plain = digits.only(text)
    return plain if plain.isascii() and plain.isdigit() and len(plain) <= _LONGEST_ID else ""


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def numbers_meant(text: str) -> list[str]:
    """The numbers that somebody may mean: a spreadsheet drops the plus, and at home the country's code is left out."""
    plain = digits.only(text)
    bare = "".join(filter(str.isdigit, plain))
    if plain.startswith("+"):
        return [f"+{bare}"]
    found = [f"+{bare.removeprefix('00')}"] if bare else []
    for region in settings.HERA.otp_allowed_countries:
        try:
            number = phonenumbers.parse(bare, region)
        except phonenumbers.NumberParseException:
            continue
        found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return list(dict.fromkeys(found))


class Shown(Field):  # type: ignore[misc]
    """A column of the preview."""

    def __init__(self, column_name: str, shown: Any) -> None:
        super().__init__(column_name=column_name)
        self.shown = shown

    def export(self, instance: DoseGiven, **_kwargs: Any) -> str:
        return str(self.shown(instance))


def _dose(given: DoseGiven) -> str:
    dose = given.vaccine_dose
    return f"{dose.vaccine.name} · {dose.name}" if dose else given.product or given.text


class DoseResource(ModelResource):  # type: ignore[misc]
    """One row a dose. What is there already is left out, and so is what was brought once and retracted since."""

    understood = staticmethod(understood)
    hold = staticmethod(doses.hold)
    states = staticmethod(doses.states)
    remove = staticmethod(doses.remove)
    sample = (
        ("number", "child", "born", "vaccine", "dose", "date", "place", "country", "lot", "campaign"),
        ("905321234567", "Leyla", "2026-01-05", "BCG", "Dose 1", "03.03.2026", "Besni", "TR", "A123", "0"),
        ("905321234567", "Leyla", "2026-01-05", "Hepatitis B (BHA)", "Dose 1", "2026-01", "", "", "", "0"),
    )
    child_id = Shown("child_id", lambda given: given.child_id)
    child = Shown("child", lambda given: given.child.name)
    born = Shown("born", lambda given: given.child.date_of_birth)
    dose = Shown("dose", _dose)
    date = Shown("date", lambda given: PartialDate(given.date, doses.Precision(given.precision)))
    place = Shown("place", lambda given: given.place)
    country = Shown("country", lambda given: given.country)
    lot = Shown("lot", lambda given: given.lot)
    campaign = Shown("campaign", lambda given: int(given.campaign))

    _wanted: list[Wanted]
    _records: list[DoseGiven]
    _retracted: set[int]
    _seen: set[int]
    _place = 0

    class Meta:
        model = DoseGiven
        fields = ("child_id", "child", "born", "dose", "date", "place", "country", "lot", "campaign")
        import_id_fields = ()
        use_transactions = True
        report_skipped = True
        use_bulk = True  # no savepoint for each row

    def get_user_visible_fields(self) -> list[Field]:
        """The columns that a table may have."""
        return [Field(column_name=name) for name in COLUMNS]

    def get_diff_headers(self) -> list[str]:
        """The columns of the preview, in the language of whoever looks."""
        return [
            _("Child's id"), _("Child"), _("Born"), _("Dose"), _("Date"), _("Place"), _("Country"), _("Lot"),
            _("Campaign"),
        ]  # fmt: skip

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Reads the whole table.

        Raises:
            Unreadable: if it is no longer what it was when it was looked at.
        """
        rows = [dict(zip(dataset.headers or (), map(str, row), strict=False)) for row in dataset]
        self._wanted, self._records, self._retracted, self._seen = [], [], set(), set()
        self._places = iter(range(len(rows)))
        lines = read(rows)
        if refused := [line.refusal for line in lines if line.refusal]:
            raise Unreadable(*refused)
        self._wanted = [line.wanted for line in lines if line.wanted]
        doses.lock(one.child.pk for one in self._wanted)
        self._records = doses.matched(self._wanted, DoseGiven.Source.IMPORT)
        _read_with_doses(self._records)
        self._retracted = _retracted(self._wanted)

    def get_or_init_instance(self, _instance_loader: Any, _row: Any) -> tuple[DoseGiven, bool]:
        self._place = next(self._places)
        return self._records[self._place], self._records[self._place].pk is None

    def import_instance(self, instance: DoseGiven, row: Any, **_kwargs: Any) -> None:
        """All of it was read with the table."""

    def skip_row(self, instance: DoseGiven, *_row: Any, **_kwargs: Any) -> bool:
        is_again = id(instance) in self._seen  # the same dose in two rows
        self._seen.add(id(instance))
        return is_again or instance.pk is not None or self._place in self._retracted

    def validate_instance(self, *_args: Any, **_kwargs: Any) -> None:
        """It was, with the table."""

    def save_instance(self, *_args: Any, **_kwargs: Any) -> None:
        """All are kept at once, after the last row."""

    def save_m2m(self, *_args: Any, **_kwargs: Any) -> None:
        """There is none."""

    def after_import_row(self, _row: Any, row_result: Any, **_kwargs: Any) -> None:
        given = self._records[self._place]
        row_result.object_repr = f"{given.child.name}, {_dose(given)}"
        is_left_out = self._place in self._retracted
        row_result.told = _("It was brought once and retracted since, so it is left out.") if is_left_out else ""

    def after_import(self, _dataset: Any, result: Result, **kwargs: Any) -> None:
        if kwargs.get("dry_run") or result.has_errors():
            return
        places = [place for place in range(len(self._wanted)) if place not in self._retracted]
        records = doses.record_all(
            [self._wanted[place] for place in places], DoseGiven.Source.IMPORT, by=kwargs.get("user")
        )
        for place, record in zip(places, records, strict=True):
            if result.rows[place].import_type == RowResult.IMPORT_TYPE_NEW:
                result.rows[place].instance = record


def _read_with_doses(records: Iterable[DoseGiven]) -> None:
    """Read the vaccines and doses of records in one query."""
    records = list(records)
    found = VaccineDose.objects.select_related("vaccine").in_bulk({row.vaccine_dose_id for row in records} - {None})
    for row in records:
        if row.vaccine_dose_id is not None:
            row.vaccine_dose = found[row.vaccine_dose_id]


def _retracted(wanted: Sequence[Wanted]) -> set[int]:
    """The places of entries that were brought before, and retracted since."""
    keys = {one.entry.client_key for one in wanted}
    gone = DoseGiven.objects.filter(child__in={one.child.pk for one in wanted}, client_key__in=keys)
    pairs = set(gone.exclude(retracted_at=None).values_list("child_id", "client_key"))
    live = set(gone.filter(retracted_at=None).values_list("child_id", "client_key"))
    return {place for place, one in enumerate(wanted) if (one.child.pk, one.entry.client_key) in pairs - live}
