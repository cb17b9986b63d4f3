"""What a dose is called on pages for staff."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from hera.child_health.dose_names import dose_name


@pytest.mark.parametrize(
    ("language", "name", "wanted"),
    [
        ("en", "Dose 1", "Dose 1"),
        ("tr", "Dose 3", "3. doz"),
        ("ar", "Dose 12", "الجرعة 12"),
        ("ps", "Dose 2", "دوز 2"),
        ("prs", "Dose 4 (R)", "دوز 4 (R)"),
        ("ar", "dT (R)", "dT (R)"),
        ("tr", "Dose one", "Dose one"),
        ("tr", "Dose 1 of 2", "Dose 1 of 2"),
        ("tr", "", ""),
    ],
)
def test_a_number_is_said_in_the_reader_s_language_and_a_name_as_it_is(language, name, wanted):
    with override(language):
        assert dose_name(name) == wanted
