from __future__ import annotations

import pytest

from hera.delivery.channels.base import Accepted
from tests.delivery.channels.conftest import KEY, push, text


@pytest.mark.parametrize(
    ("role", "message", "line"),
    [
        ("push", push(), "PUSH to +905321234567, 05321234567: Hatırlatma | HERA'yı aç\n"),
        ("sms", text(), "SMS to +905321234567: 123456\n"),
    ],
)
def test_a_message_is_a_line_that_a_developer_reads(ask, capsys, role, message, line):
    assert ask(role, {}, "send", message) == Accepted(f"console-{KEY}")
    assert capsys.readouterr().out == line
