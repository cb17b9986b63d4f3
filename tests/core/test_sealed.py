from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.core.sealed import Box, WrongKey

FORMER, LATER = "former-key" * 6, "later-key" * 6


@given(plain=st.binary())
def test_what_was_sealed_opens(plain: bytes):
    box = Box("tests.one")
    sealed = box.seal(plain)
    assert box.unseal(memoryview(sealed)) == plain


def test_another_purpose_does_not_open_it():
    with pytest.raises(WrongKey):
        Box("tests.other").unseal(Box("tests.one").seal(b"hers"))


def test_a_former_key_opens_until_all_is_sealed_anew(settings):
    box = Box("tests.one")
    settings.SECRET_KEY = FORMER
    sealed = box.seal(b"hers")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = LATER, [FORMER]
    assert box.unseal(sealed) == b"hers"
    anew = box.resealed(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert box.unseal(anew) == b"hers"
    for opens in (box.unseal, box.resealed):
        with pytest.raises(WrongKey):
            opens(sealed)


def test_whose_box_it_is_says_what_is_wrong():
    class Ours(WrongKey):
        pass

    with pytest.raises(Ours):
        Box("tests.one", Ours).unseal(b"no such thing")
