"""P5: the text of a code says what it is for, and not to tell it to anybody, and fits into one segment."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

from hera.core import one_time_codes

TEXTS = [
    "%(code)s is your code to sign in to HERA. Tell it to nobody.",
    "%(code)s moves a HERA account to this number. Tell it to nobody.",
    "%(code)s deletes all your data in HERA. Tell it to nobody.",
]
ONE_SEGMENT_OF_UCS2 = 70


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ps", "prs"])
def test_p5_each_text_says_its_purpose_in_one_segment(language):
    with translation.override(language):
        texts = [gettext(text) % {"code": "123456"} for text in TEXTS]
    assert len(set(texts)) == len(texts)
    endings = {text.removesuffix(".").rsplit(". ", 1)[1] for text in texts}
    assert len(endings) == 1, "the same warning in each"
    assert all(len(text) <= ONE_SEGMENT_OF_UCS2 for text in texts)
    assert all("123456" in text for text in texts)


def test_f3_a_code_is_made_again_from_its_seed():
    seeds = [one_time_codes.generate_seed() for _ in range(1000)]
    codes = [one_time_codes.from_seed(seed, "+905321234567") for seed in seeds]
    assert codes == [one_time_codes.from_seed(seed, "+905321234567") for seed in seeds]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 990
    assert one_time_codes.from_seed(seeds[0], "+905321234568") != codes[0]
