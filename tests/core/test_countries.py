from __future__ import annotations

import pytest

from hera.core import countries


def test_they_are_those_of_iso_3166():
    assert {"TR", "SY", "IQ", "AF", "DE", "SS", "PS"} <= countries.codes()
    assert not {"XX", "UK", "EU", "ZZ", "XK", ""} & countries.codes()
    assert len(countries.codes()) == 249


@pytest.mark.parametrize("typed", ["tr", " TR ", "t r"])
def test_a_code_as_it_is_typed(typed):
    assert countries.typed(typed) == "TR"
