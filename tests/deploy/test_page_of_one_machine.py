"""The proof of one machine pastes docs/one-machine.md: what it takes from the page, and that it takes all of it."""

from __future__ import annotations

import re
import subprocess

import pytest

from hera.config import REPOSITORY
from proofs.page import ELSEWHERE, FILLED_IN, NOT_RUN, PAGE, Block, Page, blocks, filled_in

TEXT = PAGE.read_text()
SMALL = """# A page

## First

```sh
one
two
```

<!-- another computer -->
```sh
three
```

## Second

<!-- not run by the proof: it asks -->
```sh
four
```

Some `words`.

```sh
curl https://hera.example.org/
```
"""


def test_blocks_are_read_with_their_section_and_marker():
    assert list(blocks(SMALL)) == [
        Block("First", 0, "", "one\ntwo\n"),
        Block("First", 1, "another computer", "three\n"),
        Block("Second", 0, "not run by the proof: it asks", "four\n"),
        Block("Second", 1, "", "curl https://hera.example.org/\n"),
    ]
    assert [(block.is_run, block.folder) for block in blocks(SMALL)] == [
        (True, "/root"),
        (True, "/root/elsewhere"),
        (False, "/root"),
        (True, "/root"),
    ]


def test_the_proof_knows_what_it_has_not_pasted():
    page = Page(SMALL)
    assert page.left() == ["First: one", "First: three", "Second: curl https://hera.example.org/"]
    assert [block.code for block in page.section("First")] == ["one\ntwo\n", "three\n"]
    assert page.left() == ["Second: curl https://hera.example.org/"]
    assert page.block("Second", 1).code == "curl https://hera.localhost/\n"
    assert page.left() == []
    assert page.section("First"), "a second machine is made by the same page"


def test_every_block_of_the_page_is_pasted_by_the_proof_or_says_why_not():
    proof = (REPOSITORY / "proofs" / "machine.py").read_text()
    whole = set(re.findall(r'(?:paste\(\w+, |section = )"([^"]+)"', proof))
    single = {(section, int(number)) for section, number in re.findall(r'PAGE\.block\("([^"]+)", (\d+)\)', proof)}
    run = [block for block in blocks(TEXT) if block.is_run]
    assert [
        (block.section, block.number)
        for block in run
        if block.section not in whole and (block.section, block.number) not in single
    ] == []
    assert whole | {section for section, _ in single} == {block.section for block in run}
    for block in blocks(TEXT):
        reason = block.marker.removeprefix(NOT_RUN)
        assert block.marker in {"", ELSEWHERE} or 0 < len(reason) < len(block.marker), block


def test_no_block_of_the_page_escapes_the_proof():
    assert TEXT.count("```sh\n") * 2 == TEXT.count("```") == 2 * len(list(blocks(TEXT)))
    assert "..." not in "".join(block.code for block in blocks(TEXT))


def test_what_the_page_leaves_to_its_reader_is_filled_in():
    code = "".join(block.code for block in blocks(TEXT) if block.is_run)
    assert [what for what in FILLED_IN if what not in code] == []
    pasted = filled_in(code)
    assert "hera.example.org" not in pasted
    # In capitals stands what a reader writes; the fork is the proof's own repository, by git's configuration.
    assert re.findall(r"=\"?([A-Z]+_[A-Z_]+)$|YOUR-\w+", pasted, re.MULTILINE) == [""]


@pytest.mark.parametrize("block", [block for block in blocks(TEXT) if block.is_run], ids=lambda block: block.code[:20])
def test_what_the_proof_pastes_is_a_script(block):
    subprocess.run(["bash", "-n"], input=filled_in(block.code), text=True, check=True)


@pytest.mark.parametrize(
    ("last", "made", "ends"),
    [
        ("image: proven; machine: proven", 0, 0),
        ("image: proven; machine: NOT PROVEN", 1, 1),
        ("image: left out; machine: proven", 0, 1),
        ("", 2, 1),
    ],
)
def test_what_was_left_out_is_not_proven(tmp_path, last, made, ends):
    """Where nobody looks at what it says, as in CI."""
    (tmp_path / "make").write_text(f"#!/bin/sh\n[ $1 = install ] && exit\necho '{last}'\nexit {made}\n")
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")  # nothing is installed by a test
    for program in ("make", "apt-get"):
        (tmp_path / program).chmod(0o755)
    command = ["env", f"PATH={tmp_path}:/usr/bin:/bin", "bash", REPOSITORY / ".ci" / "prove"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (min(done.returncode, 1), last in done.stdout) == (ends, True), done.stderr
