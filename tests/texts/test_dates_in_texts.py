"""F16: dates in the language of the text, in three calendars."""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale

from hera.texts import calendars, month_names
from hera.texts.rendering import TemplateDoesNotRender, render
from hera.texts.template_checks import problems_of

CLDR = {"en": "en", "tr": "tr", "ar": "ar", "ps": "ps", "prs": "fa_AF"}
DAY = "2026-11-25"  # a Wednesday


@pytest.mark.parametrize("language", CLDR)
def test_names_are_those_of_cldr(language):
    cldr = Locale.parse(CLDR[language])
    months, days = cldr.months["format"], cldr.days["format"]
    assert month_names.MONTHS[language] == [months["wide"][month] for month in range(1, 13)]
    assert month_names.WEEKDAYS[language] == [days["wide"][day] for day in range(7)]
    if language in ("en", "tr"):  # the others have hardly any short forms that differ
        assert month_names.SHORT_MONTHS[language] == [months["abbreviated"][month] for month in range(1, 13)]
        assert month_names.SHORT_WEEKDAYS[language] == [days["abbreviated"][day] for day in range(7)]
    for names in (month_names.SOLAR_MONTHS, month_names.ISLAMIC_MONTHS):
        assert len(set(names[language])) == 12


@pytest.mark.parametrize(
    ("form", "language", "shown"),
    [
        ("%-d %B %Y", "en", "25 November 2026"),
        ("%-d %B %Y", "tr", "25 Kasım 2026"),
        ("%-d %B %Y", "ar", "25 نوفمبر 2026"),
        ("%-d %B %Y", "ps", "25 نومبر 2026"),
        ("%-d %B %Y", "prs", "25 نومبر 2026"),
        ("%A, %d %b", "en", "Wednesday, 25 Nov"),
        ("%A, %d %b", "tr", "Çarşamba, 25 Kas"),
        ("%a %h", "tr", "Çar Kas"),
        ("%^B %^a", "tr", "KASIM ÇAR"),
        ("%A", "prs", "چهارشنبه"),
        ("100%% %B", "tr", "100% Kasım"),
        ("%%B", "tr", "%B"),
        *(("%d/%m/%Y %H:%M", language, "25/11/2026 00:00") for language in CLDR),
    ],
)
def test_date_in_the_language_of_the_text(form, language, shown):
    assert render(f"{{{{ date | date: '{form}' }}}}", {"date": DAY}, language) == shown


@pytest.mark.parametrize(
    ("day", "solar", "islamic"),
    [
        ("2024-03-19", (1402, 12, 29), (1445, 9, 9)),
        ("2024-03-20", (1403, 1, 1), (1445, 9, 10)),
        ("2025-03-20", (1403, 12, 30), (1446, 9, 20)),  # a leap year
        ("2025-03-21", (1404, 1, 1), (1446, 9, 21)),
        ("2025-03-01", (1403, 12, 11), (1446, 9, 1)),
        ("2026-02-18", (1404, 11, 29), (1447, 9, 1)),
        ("2026-03-21", (1405, 1, 1), (1447, 10, 2)),
        ("2026-06-16", (1405, 3, 26), (1448, 1, 1)),
        ("2026-11-25", (1405, 9, 4), (1448, 6, 15)),
        ("2018-09-11", (1397, 6, 20), (1440, 1, 1)),
        ("2018-09-10", (1397, 6, 19), None),
        ("2077-11-16", (1456, 8, 26), (1500, 12, 30)),
        ("2077-11-17", (1456, 8, 27), None),
        ("1700-01-01", None, None),
    ],
)
def test_worked_dates(day, solar, islamic):
    date = dt.date.fromisoformat(day)
    assert calendars.solar_hijri(date) == solar
    assert calendars.islamic(date) == islamic


def test_every_day_has_the_date_after_that_of_the_day_before():
    day = dt.date(2018, 9, 11)
    for calendar in (calendars.solar_hijri, calendars.islamic):
        dates = [calendar(day + dt.timedelta(days=number)) for number in range(20_000)]
        for before, after in zip(dates, dates[1:], strict=False):
            assert after.day == before.day + 1 or (after.day == 1 and before.day >= 29)
            assert after > before


@pytest.mark.parametrize(
    ("output", "language", "shown"),
    [
        ("date | solar_date", "prs", "۴ قوس ۱۴۰۵"),
        ("date | solar_date", "ps", "۴ لیندۍ ۱۴۰۵"),
        ("date | solar_date", "en", "4 Qaws 1405"),
        ("date | solar_date: '%A %d/%m'", "prs", "چهارشنبه ۰۴/۰۹"),
        ("date | solar_date: '%-m%%'", "tr", "9%"),
        ("date | hijri_date", "ar", "15 جمادى الآخرة 1448"),
        ("date | hijri_date", "tr", "15 Cemaziyelahir 1448"),
        ("date | hijri_date", "prs", "۱۵ جمادی\u200cالثانی ۱۴۴۸"),
        ("'1700-01-01' | solar_date", "prs", "1700-01-01"),  # not of our time
        ("'soon' | hijri_date", "tr", "soon"),
        ("gone | solar_date", "tr", ""),
        ("'now' | solar_date | size", "en", None),
    ],
)
def test_other_calendars(output, language, shown):
    text = render(f"{{{{ {output} }}}}", {"date": DAY}, language)
    assert text == shown or (shown is None and text)


def test_a_directive_that_a_calendar_has_not_is_said_before_it_is_saved():
    [problem] = problems_of("{{ date | solar_date: '%H:%M' }}", {"date": DAY}, 100, "prs")
    assert "%H" in str(problem)
    with pytest.raises(TemplateDoesNotRender):
        render("{{ date | hijri_date: '%j' }}", {"date": DAY}, "ar")


def test_the_check_counts_what_the_text_will_say():
    source = "{{ date | date: '%A' }}"
    assert problems_of(source, {"date": DAY}, 8, "tr") == []
    assert problems_of(source, {"date": DAY}, 8, "en"), "Wednesday has nine letters"
