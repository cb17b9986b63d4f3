"""What is told late, twice or wrongly of a child's doses, by a pack: nothing is lost by it, and nothing asked twice."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.card import Standing, card_of
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.doses_told import doses_told
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.subject import Record, Silence, TakenBack, subject_of
from hera.config import REPOSITORY
from hera.immunization import pack_file

D = dt.date
DAY = dt.timedelta(days=1)


def by_pack(name: str) -> ByPack:
    return ByPack(pack_file.load(REPOSITORY / "packs" / f"{name}.yaml"), D(2020, 1, 1), DueAges({}))


TR, DE = by_pack("TR-2025-04-14"), by_pack("DE-2026-01-22")
ID = {key: dose.id for key, (_, dose) in TR.pack.doses().items()}
VACCINE = {key: vaccine.id for key, (vaccine, _) in TR.pack.doses().items()}
_PK = iter(range(1, 1_000_000))


def told(key: str | None, day: D | None, **changed: object) -> Record:
    """A record; entered on the day that it is of, unless it says otherwise."""
    record = Record(
        ID.get(key or ""), None, None, day, "day" if day else "unknown", "", "", "card", False, day or D(2026, 1, 1),
        next(_PK),
    )  # fmt: skip
    return record._replace(**changed)


def subject(born: D, *records: Record, known_on: D | None = None, **more: object):
    return subject_of(born, "FEMALE", known_on or born, records, **more)


def left(child, key: str, pack: ByPack = TR) -> list[tuple[int, D]]:
    """Try and day of each visit at which a dose is missing."""
    ids = {name: dose.id for name, (_, dose) in pack.pack.doses().items()}
    return sorted((visit.attempt, visit.due) for visit in pack.of_child(child) if ids[key] in visit.left)


class TestOneNumberTwice:
    def test_a_number_that_the_plan_asks_for_again_is_another_dose(self):
        """Known too late for the dose of the day of birth: four of hepatitis B, and there are three names for them."""
        born = D(2026, 1, 10)
        days = [D(2026, 3, 10), D(2026, 5, 10), D(2026, 7, 10)]
        three = [told(f"hexa-{number}", day) for number, day in enumerate(days, 1)]
        again = max(due for _, due in left(subject(born, *three, known_on=D(2026, 3, 1)), "hexa-3"))
        assert again > days[-1]
        four = [*three, told("hexa-3", again, source="survey")]
        assert left(subject(born, *four, known_on=D(2026, 3, 1)), "hexa-3") == []

    def test_two_accounts_of_one_dose_are_one(self):
        heard, seen = told("mmr-1", D(2026, 1, 12), source="mother"), told("mmr-1", D(2026, 1, 10))
        said = doses_told([heard, seen], TR.product, D(2025, 1, 1), ID.values())
        assert [one.key for one in said.given] == [seen.pk]

    def test_a_dose_that_did_not_count_does_not_hide_the_one_that_does(self):
        born = D(2025, 1, 10)
        early = told("mmr-1", D(2025, 9, 12))
        assert left(subject(born, early), "mmr-1")
        repeated = told("mmr-1", D(2026, 1, 10), source="mother")
        assert left(subject(born, early, repeated), "mmr-1") == []


class TestCampaigns:
    BORN = D(2025, 1, 10)

    def test_one_does_not_hide_the_dose_of_the_schedule(self):
        routine = told("mmr-1", D(2026, 1, 10))
        later = told("mmr-1", D(2026, 3, 20), campaign=True)
        assert left(subject(self.BORN, routine, later), "mmr-1") == []

    @pytest.mark.parametrize("precision", ["unknown", "year"])
    def test_one_without_a_day_silences_nothing(self, precision):
        day = D(2026, 1, 1) if precision == "year" else None
        there = told("mmr-1", day, precision=precision, campaign=True, entered_on=D(2026, 1, 2))
        assert left(subject(self.BORN, there), "mmr-1") == left(subject(self.BORN), "mmr-1") != []


class TestWords:
    BORN = D(2025, 1, 10)
    EARLY = told("mmr-1", D(2025, 9, 12), entered_on=D(2026, 3, 1))

    def test_a_card_is_believed_before_a_word_without_a_day(self):
        word = told("mmr-1", None, source="mother", entered_on=D(2026, 2, 1))
        assert left(subject(self.BORN, word), "mmr-1") == []
        by_card = left(subject(self.BORN, self.EARLY), "mmr-1")
        assert left(subject(self.BORN, word, self.EARLY), "mmr-1") == by_card != []

    def test_and_before_a_tick_that_was_set_earlier(self):
        tick = told(None, None, vaccine_id=VACCINE["mmr-1"], due_by=D(2026, 2, 20), source="tick")
        assert left(subject(self.BORN, tick), "mmr-1") == []
        assert left(subject(self.BORN, tick, self.EARLY), "mmr-1")
        assert left(subject(self.BORN, tick._replace(due_by=D(2026, 3, 5)), self.EARLY), "mmr-1") == []

    @pytest.mark.parametrize("day", [D(2024, 12, 31), D(2031, 1, 1)], ids=["before birth", "to come"])
    def test_what_cannot_have_been_is_asked_about_and_plans_nothing(self, day):
        wrong = told("mmr-1", day, source="mother", entered_on=D(2026, 1, 20))
        assert TR.of_child(subject(self.BORN, wrong)) == TR.of_child(subject(self.BORN))
        card = card_of(TR, subject(self.BORN, wrong), D(2026, 2, 1))
        assert card.impossible == (wrong,)
        assert {row.standing for row in card.rows if row.dose_id == ID["mmr-1"]} == {Standing.DUE}


class TestTakenBack:
    BORN = D(2025, 1, 10)

    @pytest.mark.parametrize(
        "word",
        [
            TakenBack(ID["mmr-1"], None, None, D(2026, 6, 5)),
            TakenBack(None, VACCINE["mmr-1"], D(2026, 2, 1), D(2026, 6, 5)),
        ],
        ids=["a record", "a tick"],
    )
    def test_a_dose_that_is_missing_since_is_asked_for_soon(self, word):
        child = subject(self.BORN, taken_back=[word])
        assert left(child, "mmr-1") == [(1, D(2026, 1, 10)), (2, D(2026, 6, 12))]

    def test_said_on_its_very_day_it_is_asked_for_soon(self):
        on_the_day, a_day_later = (TakenBack(ID["mmr-1"], None, None, D(2026, 1, day)) for day in (10, 11))
        again = left(subject(self.BORN, taken_back=[on_the_day]), "mmr-1")
        assert again == left(subject(self.BORN, taken_back=[a_day_later]), "mmr-1")
        assert again[-1] < left(subject(self.BORN), "mmr-1")[-1]

    def test_a_tick_taken_off_after_an_adoption_is_asked_for_soon(self):
        """Ticked while there was no pack: what it reminded of is taken as given, but for what she takes back."""
        pack = ByPack(TR.pack, D(2026, 6, 1), DueAges({ID["mmr-1"]: 52}))
        assert left(subject(self.BORN), "mmr-1", pack) == []
        word = TakenBack(None, VACCINE["mmr-1"], D(2026, 2, 1), D(2026, 7, 5))
        attempt, due = left(subject(self.BORN, taken_back=[word]), "mmr-1", pack)[-1]
        assert attempt == 2
        assert D(2026, 7, 12) <= due <= D(2026, 7, 19)

    def test_nothing_else_moves(self):
        word = TakenBack(ID["mmr-1"], None, None, D(2026, 6, 5))
        before = {one for one in TR.of_child(subject(self.BORN)) if ID["mmr-1"] not in one.doses}
        assert before <= set(TR.of_child(subject(self.BORN, taken_back=[word])))

    def test_before_its_day_nothing_follows(self):
        word = TakenBack(ID["mmr-1"], None, None, D(2025, 12, 1))
        assert TR.of_child(subject(self.BORN, taken_back=[word])) == TR.of_child(subject(self.BORN))

    def test_what_is_told_again_holds(self):
        word = TakenBack(ID["mmr-1"], None, None, D(2026, 6, 5))
        given = told("mmr-1", D(2026, 1, 10), entered_on=D(2026, 6, 5))
        assert left(subject(self.BORN, given, taken_back=[word]), "mmr-1") == []


class TestSilences:
    BORN = D(2025, 1, 10)
    PAUSED = Silence(D(2025, 12, 20), D(2026, 3, 1))

    def test_what_was_due_in_a_pause_is_asked_for_after_it(self):
        assert left(subject(self.BORN, silences=[self.PAUSED]), "mmr-1") == [(1, D(2026, 1, 10)), (2, D(2026, 3, 8))]

    @pytest.mark.parametrize("before", ["by weeks", "by a pack"])
    def test_nor_does_a_pack_that_is_adopted_meanwhile_take_it_as_given(self, before):
        earlier = DueAges({ID["mmr-1"]: 52}) if before == "by weeks" else TR
        pack = ByPack(TR.pack, D(2026, 2, 1), earlier)
        child = subject(self.BORN, silences=[self.PAUSED])
        assert left(child, "mmr-1", pack)[-1] == (2, D(2026, 3, 8))

    def test_nor_one_that_is_left_meanwhile(self):
        child = subject(self.BORN, silences=[self.PAUSED])
        assert ID["mmr-1"] not in TR.told(child, D(2026, 2, 1))
        assert ID["mmr-1"] in TR.told(child, D(2026, 3, 9))

    def test_a_pause_that_was_made_longer_is_one(self):
        longer = Silence(D(2026, 2, 1), D(2026, 5, 1))
        assert left(subject(self.BORN, silences=[longer, self.PAUSED]), "mmr-1")[-1] == (2, D(2026, 5, 8))

    def test_nobody_is_asked_to_come_in_the_next_pause(self):
        following = Silence(D(2026, 3, 5), D(2026, 4, 1))
        silences = [self.PAUSED, following]
        assert left(subject(self.BORN, silences=silences), "mmr-1")[-1] == (2, D(2026, 4, 8))

    def test_a_second_try_comes_after_it_too(self):
        """Due before it, and planned again while nobody may be told."""
        [_, (attempt, due)] = left(subject(self.BORN), "mmr-1")
        pause = Silence(due - DAY, due + 30 * DAY)
        assert (attempt, left(subject(self.BORN, silences=[pause]), "mmr-1")[-1]) == (2, (2, due + 37 * DAY))

    def test_a_pause_in_which_nothing_is_due_changes_nothing(self):
        pause = Silence(D(2026, 9, 20), D(2026, 9, 25))
        assert TR.of_child(subject(self.BORN, silences=[pause])) == TR.of_child(subject(self.BORN))


class TestReviewed:
    """Told late where little time is left, or where the rest was kept."""

    ROTAVIRUS = next(dose.id for key, (_, dose) in DE.pack.doses().items() if key == "rv-1")
    TOO_LATE = TakenBack(ROTAVIRUS, None, None, D(2026, 12, 1))

    def in_germany(self, known_on: D, *keys: str, **more: object):
        ids = {key: dose.id for key, (_, dose) in DE.pack.doses().items()}
        records = [told(None, D(2026, 3, 12), source="mother")._replace(dose_id=ids[key]) for key in keys]
        return subject(D(2026, 1, 10), *records, known_on=known_on, **more)

    @pytest.mark.parametrize("until", [D(2026, 6, 20), D(2026, 8, 1), D(2027, 1, 1)])
    def test_a_pause_until_it_is_too_late_ends_no_plan(self, until):
        child = self.in_germany(D(2026, 6, 15), silences=[Silence(D(2026, 6, 16), until)])
        assert DE.of_child(child)
        bcg = subject(D(2020, 5, 5), known_on=D(2026, 5, 1), silences=[Silence(D(2026, 5, 2), until)])
        assert TR.of_child(bcg)

    def test_one_that_is_too_late_moves_no_other(self):
        keys = ("hexa-1", "pcv-1", "menb-1")
        child = self.in_germany(D(2026, 4, 1), *keys)
        assert DE.of_child(child._replace(taken_back=(self.TOO_LATE,))) == DE.of_child(child)
        late = self.in_germany(D(2026, 6, 10))
        assert DE.of_child(late._replace(taken_back=(self.TOO_LATE,))) == DE.of_child(late)

    def test_what_was_told_without_a_day_is_not_missing_after_a_pause(self):
        tick = told(None, None, vaccine_id=VACCINE["mmr-1"], due_by=D(2026, 5, 1), source="tick")
        child = subject(D(2025, 1, 10), tick, silences=[Silence(D(2025, 12, 20), D(2026, 3, 1))])
        assert left(child, "mmr-1") == []
        at_birth = subject(D(2026, 3, 10), silences=[Silence(D(2026, 3, 9), D(2026, 4, 1))])
        assert left(at_birth, "hepb-1") == []

    def test_a_pause_of_the_day_of_a_visit_does_not_ask_for_it_again(self):
        child = subject(D(2025, 1, 10), silences=[Silence(D(2026, 1, 10), D(2026, 1, 20))])
        assert TR.of_child(child) == TR.of_child(subject(D(2025, 1, 10)))

    def test_what_was_due_on_one_day_of_a_pause_is_one_visit(self):
        child = subject(D(2026, 1, 10), silences=[Silence(D(2026, 3, 1), D(2026, 3, 20))])
        assert len([one for one in TR.of_child(child) if one.due == D(2026, 3, 10)]) == 1

    def test_two_days_of_one_number_that_she_tells_at_once_are_two_accounts(self):
        both = [
            told("hexa-1", day, source="mother", entered_on=D(2026, 6, 1)) for day in (D(2026, 3, 10), D(2026, 5, 10))
        ]
        assert len(doses_told(both, TR.product, D(2026, 1, 10), ID.values()).given) == 1


class TestOneCardTwice:
    BORN = D(2026, 1, 10)
    DAYS = D(2026, 3, 10), D(2026, 8, 10)

    def card(self, **changed: object):
        return [told("hexa-1", day, entered_on=D(2026, 9, 1), **changed) for day in self.DAYS]

    def test_two_days_of_one_number_are_asked_about(self):
        first, second = self.card()
        [row] = [row for row in card_of(TR, subject(self.BORN, first, second), D(2026, 9, 2)).rows if row.contradicted]
        assert {row.record, *row.contradicted} == {first, second}

    def test_not_where_the_first_did_not_count(self):
        early, again = (told("mmr-1", day, entered_on=D(2026, 9, 1)) for day in (D(2025, 9, 12), D(2026, 1, 10)))
        card = card_of(TR, subject(D(2025, 1, 10), early, again), D(2026, 9, 2))
        assert not [row for row in card.rows if row.contradicted]


class TestTooOldSoon:
    def test_one_dose_whose_time_ends_today_takes_no_other_with_it(self):
        """She hears of it too late, perhaps: then she comes for all others in a week."""
        ids = {key: dose.id for key, (_, dose) in DE.pack.doses().items()}
        born = D(2026, 1, 10)
        last = next(visit.latest for visit in DE.of_child(subject(born)) if ids["rv-1"] in visit.left)
        ahead = [one for one in DE.of_child(subject(born, known_on=last)) if one.due >= last and one.left]
        assert (ahead[0].due, ahead[0].left) == (last, (ids["rv-1"],))
        assert ids["hexa-1"] in next(one.left for one in ahead if one.due == last + 7 * DAY)

    def test_a_child_comes_while_it_may_be_given(self):
        """BCG until six years; registered four days before."""
        child = subject(D(2020, 5, 5), known_on=D(2026, 5, 1))
        assert (2, D(2026, 5, 4)) in left(child, "bcg-1")

    @pytest.mark.parametrize("pack", [TR, DE], ids=["TR", "DE"])
    def test_nobody_is_asked_to_come_when_it_is_too_late(self, pack):
        for born in (D(2020, 5, 5), D(2026, 1, 1)):
            for days in range(0, 2400, 19):
                for visit in pack.of_child(subject(born, known_on=born + days * DAY)):
                    assert visit.latest is None or visit.attempt == 1 or visit.due <= visit.latest, (born, days, visit)


def test_due_ages_had_told_nothing_to_a_child_of_six_that_came_late():
    due_ages = DueAges({1: 8, 2: 52, 3: 600})
    child = subject_of(D(2017, 1, 1), "FEMALE", D(2025, 2, 1), ())
    assert due_ages.told(child, D(2026, 6, 1)) == frozenset()
    younger = subject_of(D(2024, 1, 1), "FEMALE", D(2025, 2, 1), ())
    assert due_ages.told(younger, D(2026, 6, 1)) == {1, 2}
