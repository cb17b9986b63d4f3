"""What the web app makes of an answer: which are tried again, which are told, which sign her out; run by Node.js."""

from __future__ import annotations

import pytest

CALL = """import { call } from "./api.js";
globalThis.fetch = async () => { if (!STATUS) throw new TypeError(); return new Response('BODY', { status: STATUS }); };
const said = await call({ path: "/", token: TOKEN }).catch((problem) => problem);
console.log(said instanceof Error ? `${said.constructor.name} ${said.message}`.trim() : JSON.stringify(said));
"""


@pytest.fixture
def call(node):
    def answered(status: int, body: str, token: str) -> str:
        return node(CALL.replace("STATUS", str(status)).replace("BODY", body).replace("TOKEN", token))

    return answered


@pytest.mark.parametrize(
    ("status", "body", "token", "said"),
    [
        (200, '{"a": 1}', '"t"', '{"a":1}'),
        (0, "", '"t"', "Unreachable"),
        (200, "<html>", '"t"', "Unreachable"),  # a network that wants her to sign in first
        (503, "<html>", '"t"', "Busy"),
        (500, "", "null", "Busy"),
        (429, '{"detail": "Wait."}', '"t"', "Busy"),
        (429, '{"detail": "Wait."}', "null", "Refused Wait."),  # who asks for a code is told for how long
        (401, "", '"t"', "SignedOut"),
        (401, '{"detail": "No."}', "null", "Refused No."),
        (400, '{"name": ["Too long."]}', '"t"', "Refused Too long."),
    ],
)
def test_an_answer_is_one_of_five(call, status, body, token, said):
    assert call(status, body, token) == said
