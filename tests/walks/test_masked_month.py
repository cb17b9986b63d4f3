"""Who sees people masked, and looks every day, never learns on which day something was of one family.

One family lives through a month among a crowd. After each day every page, table and file that a researcher can open is
looked at again: all of it has to stay as it was when the month began, to the byte, whatever has happened. What shows
all the same is listed, with why. A new page or table of the panel, a new filter and a new measure are looked at by
themselves.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.campaigns import to_one
from hera.child_health import doses, endings, not_given, services
from hera.child_health.models import (
    Child,
    ChildEnd,
    DoseGiven,
    PastVaccination,
    PlannedVisit,
    PregnancyOutcome,
    Vaccine,
    VaccineDose,
)
from hera.child_health.partial_dates import PartialDate
from hera.core import clock
from hera.events import checks
from hera.events.services import announce_due, announce_to, mark_all_as_read
from hera.exports import studies, tables
from hera.figures import counting
from hera.figures import urls as figures_urls
from hera.figures.measures import MEASURES
from hera.figures.survey_results import ATTRIBUTES
from hera.health_center.models import HealthCenter
from hera.health_center.services import set_center
from hera.panel import roles
from hera.people import contacts
from hera.people.filter import IDENTIFYING, PeopleFilter
from hera.privacy.services import erase
from hera.surveys.models import Survey, SurveyTemplate
from hera.surveys.services import answer, ask_due
from hera.user_profile.models import UserProfile
from hera.user_profile.services import record_sign_in, set_channels, withdraw_consent
from tests.families import make_user
from tests.staff import make_staff, sign_in
from tests.walks.test_masked_means_masked import NUMBER, OWN, filled, routes, said

pytestmark = pytest.mark.django_db

MONTH = dt.date(2026, 10, 1)
CROWD = 24
EVERY = dt.timedelta(days=5)
BORN = dt.date(2026, 6, 3)  # eight weeks and more are over when the month begins
DUE = dt.date(2026, 10, 9)
ASKED_SINCE = dt.date(2026, 8, 30)
LIVES_SINCE = dt.date(2026, 9, 20)
PEOPLE = "/admin/custom_user/customuser/"


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


def known(number: str | None, born: dt.date, due: dt.date, gender: str) -> User:
    """A mother with a child, and pregnant once more, known as of the child's birth."""
    mother = make_user(number=number)
    UserProfile.objects.filter(user=mother).update(agree_to_terms_at=clock.now())
    child = services.save_child(Child(user=mother, name="Leyla", date_of_birth=born, gender=gender), [])
    services.declare_pregnancy(mother, services.Declaration(None, due - dt.timedelta(days=280), 0))
    bcg, *_others = VaccineDose.objects.filter(vaccine__is_active=True).order_by("week_age", "pk")
    record(child, bcg, DoseGiven.Source.CARD, born)
    return mother


def record(child: Child, dose: VaccineDose, source: str, day: dt.date) -> DoseGiven:
    entry = doses.Entry(vaccine_dose_id=dose.pk, date=PartialDate(day, doses.Precision.DAY))
    return doses.record(child, [entry], source, today=day)[0]


class Family:
    """The family that lives through the month."""

    def __init__(self, mother: User, staff: User, centres: list[HealthCenter]) -> None:
        self.mother, self.staff, self.centres = mother, staff, centres
        self.child = mother.children.get()

    @property
    def today(self) -> dt.date:
        return clock.now().date()

    def next_dose(self) -> VaccineDose:
        missing = PlannedVisit.objects.filter(child=self.child, is_open=True).order_by("due").first()
        return VaccineDose.objects.get(pk=missing.left[0])

    def lives_before(self) -> None:
        """What there is to be changed: of earlier months."""
        mother, active = self.mother, Vaccine.objects.filter(is_active=True).order_by("pk")
        set_center(mother, self.centres[0])
        services.save_child(self.child, [active[0].pk, active[1].pk])
        services.save_child(Child(user=mother, name="Deniz", date_of_birth=BORN, gender="FEMALE"), [active[2].pk])
        another = mother.children.latest("pk")
        endings.end_child(another, ChildEnd.Reason.MOVED, endings.By(), date=BORN)
        third = services.save_child(Child(user=mother, name="Ada", date_of_birth=BORN, gender="FEMALE"), None)
        endings.pause_child(third, self.today + dt.timedelta(days=300), endings.By())
        record(self.child, self.next_dose(), DoseGiven.Source.CARD, self.today)
        self.writes("Before")
        set_channels(mother, {"sms": False})
        record_sign_in(mother, typed_number=NUMBER, language_code="en")

    def declares_a_birth(self) -> None:
        newborn = endings.Newborn("Defne", "FEMALE", self.today)
        endings.end_pregnancy(
            self.mother.pregnancies.get(), PregnancyOutcome.Kind.BIRTH, endings.By(), date=self.today,
            gestation_weeks=40, newborns=[newborn],
        )  # fmt: skip

    def is_given_a_dose_by_card(self) -> None:
        record(self.child, self.next_dose(), DoseGiven.Source.CARD, self.today)

    def is_given_a_dose_as_she_says(self) -> None:
        record(self.child, self.next_dose(), DoseGiven.Source.MOTHER, self.today)

    def has_a_dose_retracted(self) -> None:
        before = DoseGiven.objects.filter(child=self.child, source=DoseGiven.Source.CARD, retracted_at=None)
        doses.retract(before.earliest("pk"), "it was another child's", by=self.staff)

    def says_what_was_not_given(self) -> None:
        not_given.tell(self.child, [self.next_dose().pk], self.today)

    def ticks(self) -> None:
        there = set(PastVaccination.objects.filter(child=self.child).values_list("vaccine_id", flat=True))
        another = Vaccine.objects.filter(is_active=True).exclude(pk__in=there).earliest("pk")
        services.save_child(self.child, there | {another.pk})

    def unticks(self) -> None:
        services.untick(self.child, PastVaccination.objects.filter(child=self.child).earliest("pk").vaccine_id)

    def answers_what_she_was_asked_last_month(self) -> None:
        for kind in ("vaccination", "prenatal"):
            asked = Survey.objects.filter(user=self.mother, event_key__startswith=kind, responded_at=None)
            survey = asked.filter(available_at__lt=noon(MONTH)).latest("available_at")
            offered = survey.survey_template.options.order_by("pk").first()
            answer(survey, offered.code)

    def answers_what_she_is_asked_now(self) -> None:
        survey = Survey.objects.filter(user=self.mother, available_at__gte=noon(MONTH), responded_at=None).latest("pk")
        answer(survey, survey.survey_template.options.order_by("pk").first().code)

    def declares_a_pregnancy(self) -> None:
        services.declare_pregnancy(self.mother, services.Declaration(8, None, 0))

    def loses_it(self) -> None:
        running = services.running_pregnancies(self.mother, self.today).first()
        endings.end_pregnancy(running, PregnancyOutcome.Kind.LOSS, endings.By(), date=self.today, gestation_weeks=9)

    def takes_the_loss_back(self) -> None:
        endings.take_outcome_back(self.mother.pregnancies.latest("pk"), endings.By())

    def goes_to_another_centre(self) -> None:
        set_center(self.mother, self.centres[1])

    def mutes(self) -> None:
        set_channels(self.mother, {"push": False, "sms": True})

    def is_sent_a_campaign(self) -> None:
        self.writes("News")

    def writes(self, text: str) -> None:
        letter = to_one.Letter(None, dict.fromkeys(checks.TEXTS, text))
        announce_to(to_one.send(self.mother, letter, self.staff), [self.mother.pk])

    def reads_all(self) -> None:
        mark_all_as_read(self.mother)

    def is_called(self) -> None:
        contacts.note(self.mother, contacts.Outcome.OTHER, self.staff, words="She comes")

    def adds_a_child(self) -> None:
        services.add_child(Child(user=self.mother, name="Can", date_of_birth=BORN, gender="FEMALE"), None)

    def moves_away_with_a_child(self) -> None:
        endings.end_child(self.child, ChildEnd.Reason.MOVED, endings.By(), date=self.today)

    def comes_back(self) -> None:
        endings.take_end_back(self.child, endings.By())

    def takes_an_older_end_back(self) -> None:
        ended = ChildEnd.objects.filter(child__user=self.mother, taken_back_at=None).earliest("pk")
        ChildEnd.objects.filter(pk=ended.pk).update(taken_back_at=clock.now())
        Child.objects.filter(pk=ended.child_id).update(ended_at=None)

    def pauses(self) -> None:
        endings.pause_child(self.child, self.today + dt.timedelta(days=400), endings.By())

    def takes_the_older_pause_back(self) -> None:
        paused = Child.objects.filter(user=self.mother, name="Ada").get()
        endings.take_pause_back(paused, endings.By())

    def signs_in(self) -> None:
        record_sign_in(self.mother, typed_number=NUMBER, language_code="tr")

    def withdraws_consent(self) -> None:
        withdraw_consent(self.mother)

    def has_a_name_corrected(self) -> None:
        self.child.name = "Lale"
        services.save_child(self.child, None)

    def has_a_birth_date_corrected(self) -> None:
        self.child.date_of_birth -= dt.timedelta(days=5)
        services.save_child(self.child, None)

    def has_a_friend_who_joins(self) -> None:
        known(None, BORN, DUE, "FEMALE")

    def deletes_the_added_child(self) -> None:
        services.delete_child(Child.objects.get(user=self.mother, name="Can"))

    def deletes_an_older_child(self) -> None:
        services.delete_child(Child.objects.get(user=self.mother, name="Ada"))

    def asks_to_be_erased(self) -> None:
        erase(self.mother)


# What happens, some days apart: the last of it when the month is over. Nothing of a day undoes another deed of it.
LIFE: list[tuple[Callable[[Family], None], ...]] = [
    (),
    (
        Family.says_what_was_not_given, Family.answers_what_she_was_asked_last_month, Family.declares_a_birth,
        Family.is_given_a_dose_by_card, Family.ticks, Family.mutes, Family.is_sent_a_campaign,
    ),
    (
        Family.is_given_a_dose_as_she_says, Family.unticks, Family.has_a_dose_retracted,
        Family.answers_what_she_is_asked_now, Family.declares_a_pregnancy, Family.reads_all, Family.is_called,
        Family.has_a_friend_who_joins,
    ),
    (
        Family.loses_it, Family.adds_a_child, Family.moves_away_with_a_child, Family.takes_an_older_end_back,
        Family.takes_the_older_pause_back, Family.signs_in,
    ),
    (
        Family.takes_the_loss_back, Family.comes_back, Family.pauses, Family.has_a_name_corrected,
        Family.withdraws_consent, Family.deletes_the_added_child,
    ),
    (Family.goes_to_another_centre,),
    (Family.has_a_birth_date_corrected,),
    (Family.deletes_an_older_child,),
    (Family.asks_to_be_erased,),
]  # fmt: skip
# What shows on its day all the same: after which deed, at which addresses, and why.
SHOWS: dict[str, tuple[str, str]] = {
    "goes_to_another_centre": (
        r"surveys/.*by=district",
        "Nothing keeps where she went before. A table of at least five people a cell moves by one, and says not who.",
    ),
    "has_a_birth_date_corrected": (
        r"customuser/(\d+/change|export/(people-wide|children|doses)/|\?child_born)",
        "Nothing keeps what was there before: her age is another one. The day is that of a mistake found.",
    ),
    "deletes_an_older_child": (
        r"customuser/",
        "What she has deleted is nowhere any more, as she was promised.",
    ),
    "asks_to_be_erased": (r"", "Who asks to be erased is nowhere any more, as she was promised."),
}

# Of a page what is of the viewer, or of the moment, and of nobody's record.
_OF_THE_MOMENT = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"')


class Addresses:
    """All that a researcher can open: each by how it is asked."""

    def __init__(self, client, study: int) -> None:
        self._client = client
        asked = [("GET", f"/admin/{address}", {}) for address in self._pages()]
        asked += [("POST", f"/admin/{address}", {}) for address in self._pages() if "export/" in address]
        asked += [("POST", f"{PEOPLE}export/{kind}/?format=csv", {"study": study}) for kind in tables.KINDS]
        asked += [("GET", f"{PEOPLE}?{query}", {}) for query in self._filters()]
        asked += [("GET", f"/admin/figures/{query}", {}) for query in self._figures()]
        period = "from=2026-01-01&to=2026-12-31"
        asked += [("GET", f"/admin/figures/?{period}", {})]
        asked += [("GET", f"/{one.pattern}?{period}", {}) for one in figures_urls.urlpatterns]
        self.opened = [one for one in asked if self._get(*one).status_code == 200]

    def look(self) -> dict[str, str]:
        """What each says now, by its address."""
        return {f"{address} {sent or ''}".strip(): self._read(how, address, sent) for how, address, sent in self.opened}

    def _read(self, method: str, address: str, sent: dict[str, int]) -> str:
        found = self._get(method, address, sent)
        _head, body = said(found).split("\n", 1)
        return f"{found.status_code}\n{_OF_THE_MOMENT.sub('', body)}"

    def _get(self, method: str, address: str, sent: dict[str, int]):
        return self._client.get(address) if method == "GET" else self._client.post(address, sent)

    def _pages(self) -> Iterator[str]:
        for route, _name in routes():
            if route not in OWN and not route.startswith(("second_factor/", "login/")):
                addresses = (one for one in filled(route) if "format=" not in one or "format=csv" in one)
                # The page of figures has the dates of today, where it is asked for none.
                yield from (one for one in addresses if one != "figures/")

    def _filters(self) -> Iterator[str]:
        for name, field in PeopleFilter.base_fields.items():
            if name not in IDENTIFYING:
                values = [value for value, _label in getattr(field, "choices", ()) if value]
                values = values or ["2026" if "born" in name else "1" if "children" in name else "Europe/Istanbul"]
                yield from (f"{name}={value}" for value in values)
        yield "children_from=3"
        yield "children_from=4"

    def _figures(self) -> Iterator[str]:
        for key, measure in MEASURES.items():
            for by in ("", *measure.dimensions):
                yield f"by_month/file/?file=csv&measure={key}&by={by}"
            yield f"by_month/?measure={key}"
        templates = list(SurveyTemplate.objects.order_by("pk").values_list("pk", flat=True))
        for template in templates:
            others = [f"question-{other}" for other in templates if other != template]
            for by in (*ATTRIBUTES, *others):
                yield f"surveys/file/?of={template}&by={by}"
            yield f"surveys/?of={template}"


@pytest.fixture
def centres(programme) -> list[HealthCenter]:
    for more in ("antenatal_survey", "pregnancy_surveys", "vaccination_reminders", "after_birth_reminders"):
        call_command("loaddata", more, verbosity=0)
    return [
        HealthCenter.objects.create(name=name, address=name, district=name, geolocation="41.0,28.9")
        for name in ("Fatih", "Kadıköy")
    ]


@pytest.fixture
def family(centres) -> Iterator[Family]:
    """The crowd, and the family in it, when the month begins: asked, answered and told of since summer."""
    with time_machine.travel(noon(BORN), tick=False) as moment:
        staff = make_staff(roles.PROGRAMME_ADMIN, "colleague@example.org")
        crowd = []
        for number in range(CROWD):
            later = dt.timedelta(days=number % 4)
            crowd.append(known(None, BORN + later, DUE + later, "FEMALE"))
            set_center(crowd[-1], centres[number % 2])
        found = Family(known(NUMBER, BORN, DUE, "FEMALE"), staff, centres)
        day = ASKED_SINCE
        while day < MONTH:
            moment.move_to(noon(day))
            jobs()
            if day == LIVES_SINCE:
                found.lives_before()
            for survey in Survey.objects.filter(user__in=crowd, responded_at=None):
                answer(survey, survey.survey_template.options.order_by("pk")[survey.user_id % 2].code)
            day += dt.timedelta(days=1)
        yield found


def jobs() -> None:
    announce_due(clock.now())
    ask_due(clock.now())


def test_a_month_of_one_family_shows_on_none_of_its_days(client, family):
    viewer = make_staff(roles.RESEARCHER, "viewer@example.org")
    study, _key = studies.make("Growth", family.staff)
    with time_machine.travel(noon(MONTH), tick=False) as moment:
        sign_in(client, viewer)
        jobs()
        addresses = Addresses(client, study.pk)
        before = addresses.look()
        assert len(before) > 100
        for number, deeds in enumerate(LIFE):
            day = MONTH + number * EVERY
            is_over = clock.now().month != day.month
            moment.move_to(noon(day))
            sign_in(client, viewer)
            jobs()
            counting.count_all()
            if is_over:
                before = told_when_it_is_over(before, addresses.look())
            for deed in deeds:
                deed(family)
            counting.count_all()
            shown = addresses.look()
            may = [SHOWS[deed.__name__][0] for deed in deeds if deed.__name__ in SHOWS]
            told = {
                address: difference(before[address], text)
                for address, text in shown.items()
                if text != before[address] and not any(re.search(one, address) for one in may)
            }
            assert not told, f"{[deed.__name__ for deed in deeds]}: {told}"
            before = shown


def told_when_it_is_over(before: dict[str, str], shown: dict[str, str]) -> dict[str, str]:
    """What there is to see from now on: if there were nothing, the walk would have looked for nothing."""
    tidy = {f"{PEOPLE}export/{kind}/?format=csv" for kind in tables.KINDS}
    assert {address for address in tidy if shown[address] != before[address]} == tidy
    page = next(text for address, text in shown.items() if address.endswith("/change/") and "birth, " in text)
    assert "told by the mother" in page
    assert "October 2026" in page
    return shown


def difference(before: str, after: str) -> str:
    """The first line that is another one."""
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        if old != new:
            return f"{old.strip()[:300]} -> {new.strip()[:300]}"
    return f"{len(before)} -> {len(after)} characters"
