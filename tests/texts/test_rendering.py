"""S4: no template can hold up whoever renders it, and plain ones do not leave the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hera.texts import renderer, rendering
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, TextStopped, render, render_all
from hera.texts.rendering_process import compiled
from hera.texts.template_checks import problems_of
from tests.texts.hostile import HOSTILE, SLOW


@pytest.fixture(autouse=True)
def no_strikes():
    """Nothing is known of any text."""
    rendering._strikes.clear()


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_S4_a_hostile_text_is_stopped_and_renders_nothing(source):
    with pytest.raises(TemplateDoesNotRender):
        render(source, {"person_name": "Leyla"})
    assert len(source) <= 1000, "no field has room for it"


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_S4_a_hostile_text_is_refused_when_it_is_saved_even_if_the_examples_hide_it(source):
    with rendering.drafts(60):
        assert problems_of(source, {"person_name": "Amal"}, 1000)


@pytest.mark.parametrize(
    "source",
    [
        "{{ person_name }}",
        "Dear {{person_name}}, {{ date }}!",
        "{{ person_name }} } {{ date }}",
        "{{{ person_name }}}",
        "{{- person_name }}  {{ date -}}  ",
        "{{ true }}{{ nil }}{{ empty }}",
        "{{ unknown }}",
        "{{ week_pregnant }}",
        "{{ date | date: '%d/%m' }}",
        "{% if weeks_pregnant %}{{ weeks_pregnant }}{% endif %}",
        "{ person_name }",
        "{{ person_name.size }}{{ PERSON }}",
    ],
)
def test_what_is_filled_in_here_reads_as_python_liquid_has_it(source):
    context = {"person_name": "{{ date }} <b>", "date": "2026-11-25", "weeks_pregnant": 24, "gone": None}
    values = rendering._values(context)
    try:
        expected = compiled(source).render(values)
    except Exception:
        with pytest.raises(TemplateDoesNotRender):
            render(source, context)
    else:
        assert render(source, context) == expected


def test_plain_texts_do_not_leave_the_process(monkeypatch):
    monkeypatch.setattr(rendering, "_ask", lambda jobs: pytest.fail("asked") if jobs else [])
    assert render("Dear {{ person_name }}", {"person_name": "Leyla"}) == "Dear Leyla"
    assert render("Open HERA", {}) == "Open HERA"


def test_many_are_rendered_at_once_and_one_that_hurts_stops_no_other():
    names = [f"woman {number}" for number in range(100)]
    wanted = [("{{ person_name | upcase }}", {"person_name": name}) for name in names]
    wanted.insert(50, (SLOW, {}))
    *results, _last = [*render_all(wanted), None]
    assert isinstance(results.pop(50), TextStopped)
    assert results == [name.upper() for name in names]


def test_a_text_that_was_stopped_three_times_is_not_tried_again():
    for _ in range(rendering.STRIKES):
        with pytest.raises(TextStopped):
            render(SLOW, {})
    began = time.monotonic()
    for _ in range(1000):
        with pytest.raises(TextStopped, match="too much time"):
            render(SLOW, {})
    assert time.monotonic() - began < 0.5


def test_many_texts_that_hurt_take_no_longer_than_the_time_for_all(monkeypatch):
    render("{{ x | upcase }}", {})
    monkeypatch.setattr(rendering, "SECONDS_AT_ONCE", 2.0)
    wanted = [(SLOW + str(number), {}) for number in range(100)]
    began = time.monotonic()
    results = render_all(wanted)
    assert time.monotonic() - began < 15, "each its own time: that would be half a minute"
    assert {type(result) for result in results} <= {TextStopped, NoTimeToRender}
    assert isinstance(results[-1], NoTimeToRender)


def test_a_text_that_is_in_the_way_each_time_is_not_tried_for_ever(monkeypatch):
    """As where the machine has so much to do that the wall clock comes before the processor's."""
    for _ in range(rendering.STRIKES):
        render("{{ x | upcase }}", {})
        monkeypatch.setattr(rendering, "SECONDS_AT_ONCE", 0.03)
        with pytest.raises(NoTimeToRender):
            render(SLOW, {})
        monkeypatch.setattr(rendering, "SECONDS_AT_ONCE", 20.0)
    with pytest.raises(TextStopped):
        render(SLOW, {})


def test_memory_that_runs_out_is_the_reason(monkeypatch):
    process = renderer.Renderer()
    try:
        [answer] = process.ask([{"source": "{% for i in (1..1000) %}{% assign a = b | append: b %}{% endfor %}",
                                 "values": {"b": "x" * 5_000_000}}], 5)  # fmt: skip
    finally:
        process.close()
    assert "error" in answer or "stopped" in answer


def test_texts_of_staff_do_not_make_those_of_mothers_wait():
    def write():
        with rendering.drafts(20.0):
            render_all([(SLOW + str(number), {}) for number in range(60)])

    writer = threading.Thread(target=write)
    render("{{ x | upcase }}", {})
    writer.start()
    assert render("{{ x | upcase }}", {"x": "a"}) == "A"
    assert writer.is_alive(), "nothing was in the way"
    writer.join()


def test_a_process_that_was_killed_from_outside_is_started_anew():
    render("{{ x | upcase }}", {})
    os.kill(renderer.live()._process.pid, signal.SIGTERM)  # ignored: it is meant for the worker
    assert render("{{ x | upcase }}", {"x": "a"}) == "A"
    os.kill(renderer.live()._process.pid, signal.SIGKILL)
    renderer.live()._process.wait()
    assert render("{{ x | upcase }}", {"x": "a"}) == "A"


def test_it_knows_no_secret_and_ends_with_whoever_asks():
    script = (
        "import os, time; os.environ['HERA_DJANGO_SECRET_KEY'] = 'secret'\n"
        "from hera.texts import renderer\n"
        "renderer.live().ask([{'source': '{{ 1 }}', 'values': {}}], 20)\n"
        "print(renderer.live()._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as asking:
        pid = int(asking.stdout.readline())
        process = Path(f"/proc/{pid}")
        assert b"HERA" not in (process / "environ").read_bytes()
        asking.kill()
    deadline = time.monotonic() + 60
    while process.exists():
        assert time.monotonic() < deadline, "it outlives its worker"
        time.sleep(0.05)
