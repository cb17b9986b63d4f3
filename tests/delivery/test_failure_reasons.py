"""Why a message is in its state is said in the reader's language, whatever HERA kept of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

import hera
from hera.delivery import caps, claims, gates, reasons, text_gate
from hera.delivery.channels import http
from hera.delivery.channels.messagebird.settings import NO_LETTERS
from hera.delivery.channels.onesignal.channel import NO_SUCH_SUBSCRIBER
from hera.delivery.channels.webpush.channel import GONE, NO_BROWSER
from hera.delivery.worker import TOO_SLOW
from hera.scheduling.still_true import SENTENCES

KEPT = [
    *SENTENCES.values(), claims.LOST_WITH_IT, claims.MOVED, claims.NEVER_TRIED, TOO_SLOW.error, NO_LETTERS,
    NO_SUCH_SUBSCRIBER, NO_BROWSER, GONE, text_gate.UNKNOWN, text_gate.NOT_SERVED, "quiet hours",
    "3 texts have gone to this person today",
    "internal error: ValueError", "no template in ar nor in English", "the tr template does not render: unexpected end",
    "other texts take long", "a dose of this event has no vaccine name", "the person has no profile",
    "its text was sealed with another secret key", "the answer has no id", "no whole answer within 15 seconds",
    "no answer from the provider (ConnectError)", "the gateway does not take this number",
    "the gateway did not take it", "OneSignal is used for push only", "MessageBird is used for text messages only",
    "delivery_failed 101", "expired", *(f"HTTP {status}: {said}" for status, said in http._SAID.items()),
    "HTTP 503: the provider has a problem of its own", "HTTP 400: the provider does not take this message (its code 9)",
    # as figures cut them
    NO_LETTERS[:80], "HTTP 400: the provider does not take this message (its code …)",
]  # fmt: skip


@pytest.mark.parametrize("kept", KEPT)
def test_everything_that_hera_keeps_is_known(kept, settings):
    assert not reasons.said(kept).startswith("not known")
    with override("ar"):
        assert any("\u0600" <= letter <= "\u06ff" for letter in reasons.said(kept))


def test_what_texts_wait_for_is_known(settings):
    assert [kept for kept in caps.in_force() if reasons.said(kept).startswith("not known")] == []


def test_what_the_gates_say_is_known():
    tree = ast.parse(Path(gates.__file__).read_text(encoding="utf-8"))
    said = {
        keyword.value.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    assert said
    assert [kept for kept in said if reasons.said(kept).startswith("not known")] == []


def test_what_nobody_knows_is_shown_as_it_was_kept():
    assert reasons.said("") == ""
    assert reasons.said("a word of an older release") == "not known to this release: a word of an older release"
    assert reasons.said("HTTP 418: short and stout") == "the provider refuses this message (HTTP 418)"


def test_sentences_of_channels_are_looked_for_where_they_are_written():
    """A new sentence of a channel belongs into the table, and above."""
    folder = Path(hera.__file__).parent / "delivery" / "channels"
    said = {
        call.args[0].value
        for path in folder.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in ("Refused", "TryAgain")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert said
    assert [kept for kept in said if reasons.said(str(kept)).startswith("not known")] == []
