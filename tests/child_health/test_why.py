"""What the engine found, in words: every verdict and forecast that there is, in the five languages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest
from django.utils.translation import override

from hera.child_health import why
from hera.config import REPOSITORY
from hera.core.languages import CODES
from hera.immunization import pack_file
from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.forecast import Because, Forecast, SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.verdicts import Reason, Status, Verdict
from hera.texts import isolation, month_names
from tests.immunization import cdsi, cdsi_adapter

D = dt.date
NAMES = {"dtap": "DaBT", "mmr": "KKK"}
DOSE = Given(D(2026, 3, 3), "dtap")
EARLIER = Given(D(2026, 2, 17), "mmr")

VERDICTS = {
    reason or grace: Verdict(
        DOSE,
        None,
        Status.NOT_VALID if reason else Status.VALID,
        reason,
        counts_from=D(2026, 3, 15) if reason in (Reason.TOO_YOUNG, Reason.TOO_SOON, Reason.LIVE_CONFLICT) else None,
        other=EARLIER if reason in (Reason.TOO_SOON, Reason.LIVE_CONFLICT) else None,
        in_grace=grace == "in grace",
        minimum_day=D(2026, 3, 19) if reason is Reason.TOO_YOUNG else None,
    )
    for reason, grace in [(None, "counts"), (None, "in grace"), *((reason, "") for reason in Reason)]
}
BECAUSE = {
    Because.AGE: (Period(weeks=6), None),
    Because.INTERVAL: (Period(months=5, weeks=4), EARLIER),
    Because.LIVE_CONFLICT: (Period(days=28), EARLIER),
    Because.SEASON: (None, None),
    Because.LAST_DOSE: (None, EARLIER),
    Because.INADVERTENT: (None, EARLIER),
}
DUE = Forecast(
    SeriesStatus.NOT_COMPLETE,
    earliest=D(2026, 4, 1),
    recommended=D(2026, 5, 1),
    past_due=D(2026, 6, 1),
    latest=D(2027, 7, 1),
    because=Because.AGE,
    wait=Period(weeks=6),
)
DAYS = [D(2026, 3, 31), D(2026, 4, 1), D(2026, 5, 1), D(2026, 5, 2), D(2026, 6, 2), D(2027, 8, 1)]
FORECASTS = [
    Forecast(status, latest=latest)
    for status, latest in itertools.product(SeriesStatus, (None, DUE.latest))
    if status is not SeriesStatus.NOT_COMPLETE
] + [
    dataclasses.replace(DUE, because=because, wait=wait, other=other, past_due=past_due, latest=latest)
    for because, (wait, other) in BECAUSE.items()
    for past_due, latest in itertools.product((None, DUE.past_due), (None, DUE.latest))
]


def _is_said(sentence: str, english: str, language: str) -> bool:
    is_translated = language == "en" or sentence != english
    has_words = bool(sentence.strip()) and not set("%{}") & set(sentence) and "  " not in sentence
    is_balanced = sentence.count(isolation.ISOLATE) == sentence.count(isolation.POP)
    return is_translated and has_words and is_balanced


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("what", VERDICTS)
def test_every_verdict_has_words(what, language):
    verdict = VERDICTS[what]
    with override("en"):
        english = why.of_verdict(verdict, NAMES)
    with override(language):
        sentence = why.of_verdict(verdict, NAMES)
    assert _is_said(sentence, english, language)
    assert f"3 {month_names.MONTHS[language][2]} 2026" in sentence
    if verdict.other:
        assert "KKK" in sentence
    if verdict.counts_from:
        day = verdict.minimum_day or verdict.counts_from
        assert f"{day.day} {month_names.MONTHS[language][2]} 2026" in sentence


@pytest.mark.parametrize("language", CODES)
def test_every_forecast_has_words_on_every_day(language):
    assert {forecast.status for forecast in FORECASTS} == set(SeriesStatus)
    assert {forecast.because for forecast in FORECASTS} >= set(Because)
    for forecast, today in itertools.product(FORECASTS, DAYS):
        with override("en"):
            english = why.of_forecast(forecast, NAMES, today)
        with override(language):
            assert _is_said(why.of_forecast(forecast, NAMES, today), english, language), (forecast, today)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("counts", "Given on 3 March 2026. It counts."),
        ("in grace", "Given on 3 March 2026, a few days early. It counts."),
        (
            Reason.TOO_YOUNG,
            (
                "Given on 3 March 2026, 16 days before the child was old enough: it does not count. "
                "The earliest day was 19 March 2026. Up to 4 days before that day, it would have counted."
            ),
        ),
        (
            Reason.TOO_SOON,
            (
                "Given on 3 March 2026, 12 days too soon after KKK of 17 February 2026: it does not count. "
                "The earliest day was 15 March 2026."
            ),
        ),
        (
            Reason.LIVE_CONFLICT,
            (
                "Given on 3 March 2026, 12 days too soon after another live vaccine, KKK of 17 February 2026: it does "
                "not count. The earliest day was 15 March 2026."
            ),
        ),
        (
            Reason.UNKNOWN_PRODUCT,
            (
                "Given on 3 March 2026. The schedule does not know DaBT: it does not count. "
                "Please find out which vaccine it was."
            ),
        ),
    ],
)
def test_a_verdict_in_english(what, sentence):
    assert why.of_verdict(VERDICTS[what], NAMES) == sentence


@pytest.mark.parametrize(
    ("forecast", "today", "sentence"),
    [
        (
            DUE,
            DAYS[0],
            (
                "May be given from 1 April 2026 on, because the child has to be at least 6 weeks old. "
                "Due on 1 May 2026, overdue after 1 June 2026. The last day for it is 1 July 2027."
            ),
        ),
        (
            dataclasses.replace(
                DUE,
                because=Because.INTERVAL,
                wait=Period(months=1),
                other=EARLIER,
                recommended=DUE.earliest,
                past_due=None,
                latest=None,
            ),
            DAYS[0],
            (
                "May be given from 1 April 2026 on, because it has to be at least 1 month after KKK of 17 February "
                "2026. Due on 1 April 2026."
            ),
        ),
        (
            dataclasses.replace(DUE, latest=None),
            DAYS[1],
            "May be given already. Due on 1 May 2026, overdue after 1 June 2026.",
        ),
        (dataclasses.replace(DUE, latest=None), DAYS[2], "Due on 1 May 2026, overdue after 1 June 2026."),
        (dataclasses.replace(DUE, latest=None), DAYS[3], "Due since 1 May 2026, overdue after 1 June 2026."),
        (dataclasses.replace(DUE, latest=None), DAYS[4], "Overdue: it was due on 1 May 2026."),
        (
            Forecast(SeriesStatus.AGED_OUT, latest=DUE.latest),
            DAYS[5],
            "Too old for it now: the last day for it was 1 July 2027.",
        ),
        (
            Forecast(SeriesStatus.AGED_OUT, latest=DUE.latest),
            DAYS[0],
            "Too late for it: the time to wait after earlier doses ends after the last day for it, 1 July 2027.",
        ),
        (Forecast(SeriesStatus.COMPLETE), DAYS[0], "Nothing more is needed."),
    ],
)
def test_a_forecast_in_english(forecast, today, sentence):
    assert why.of_forecast(forecast, NAMES, today) == sentence


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("product", ["", " "])
def test_a_product_that_nobody_named_is_called_unknown(language, product):
    dose = dataclasses.replace(DOSE, product=product)
    unknown, young, soon = (
        dataclasses.replace(VERDICTS[reason], dose=dose, other=dose)
        for reason in (Reason.UNKNOWN_PRODUCT, Reason.WRONG_PRODUCT, Reason.TOO_SOON)
    )
    for verdict in (unknown, young, soon):
        with override("en"):
            english = why.of_verdict(verdict, NAMES)
        with override(language):
            assert _is_said(why.of_verdict(verdict, NAMES), english, language)
        assert "an unknown product" in english


def test_an_unknown_product_in_english():
    verdict = dataclasses.replace(VERDICTS[Reason.UNKNOWN_PRODUCT], dose=dataclasses.replace(DOSE, product=""))
    assert why.of_verdict(verdict, NAMES) == (
        "Given on 3 March 2026, an unknown product: it does not count. Please find out which vaccine it was."
    )


def test_a_name_of_the_other_direction_is_isolated_and_one_of_its_own_is_not():
    with override("ar"):
        assert f"{isolation.ISOLATE}DaBT{isolation.POP}" in why.of_verdict(VERDICTS[Reason.WRONG_PRODUCT], NAMES)
        assert isolation.ISOLATE not in why.of_verdict(VERDICTS[Reason.WRONG_PRODUCT], {"dtap": "الثلاثي"})
    assert isolation.ISOLATE not in why.of_verdict(VERDICTS[Reason.WRONG_PRODUCT], NAMES)


def test_a_product_without_a_name_goes_by_its_code():
    assert "dtap is not meant" in why.of_verdict(VERDICTS[Reason.WRONG_PRODUCT], {})


@pytest.mark.parametrize("language", CODES)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 100])
def test_a_number_of_days_weeks_months_and_years_has_its_plural(language, count):
    forecast = dataclasses.replace(DUE, wait=Period(count, count, count, -count))
    with override(language):
        sentence = why.of_forecast(forecast, NAMES, DAYS[0])
    assert "%" not in sentence
    if count > 2:
        assert sentence.count(str(count)) >= 4


@pytest.mark.parametrize(
    ("count", "said"), [(1, "يوم واحد"), (2, "يومان"), (5, "5 أيام"), (12, "12 يومًا"), (100, "100 يوم")]
)
def test_arabic_counts_days_as_arabic_does(count, said):
    with override("ar"):
        assert said in why.of_forecast(dataclasses.replace(DUE, wait=Period(days=count)), NAMES, DAYS[0])


def test_all_that_the_engine_finds_in_published_cases_has_words():
    found = set()
    for case in cdsi.read()[::6]:
        understood = cdsi.understood(case)
        today = understood.today
        result = assess(understood.patient, cdsi_adapter.schedule(), today)
        for one in itertools.chain(*result.best.values()):
            assert "%" not in why.of_forecast(one.forecast, {}, today)
            found |= {verdict.reason for verdict in one.track.verdicts}
            for verdict in one.track.verdicts:
                assert "%" not in why.of_verdict(verdict, {})
    assert found > {None, Reason.TOO_YOUNG, Reason.TOO_SOON, Reason.SERIES_COMPLETE}


def test_a_nurse_is_told_the_minimum_and_not_the_days_of_grace():
    """W10: MMR five days before the first birthday, by the pack of Türkiye, which has four days of grace."""
    pack = pack_file.load(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
    record = (Given(D(2026, 5, 27), "mmr", key=0), Given(D(2026, 6, 12), "mmr", key=1))
    found = assess(Patient(D(2025, 6, 1), "FEMALE", record), schedule_of(pack), D(2026, 7, 1))
    young, soon = found.best["Measles"][0].track.verdicts
    assert why.of_verdict(young, {"mmr": "KKK"}) == (
        "Given on 27 May 2026, 5 days before the child was old enough: it does not count. "
        "The earliest day was 1 June 2026. Up to 4 days before that day, it would have counted."
    )
    assert (soon.reason, soon.minimum_day) == (Reason.LIVE_CONFLICT, D(2026, 6, 24))
