"""What a browser is given of the web app: by which headers, how much of it, and whose it is."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest
from django.utils.translation import get_language_bidi, override

from hera.config import LANGUAGES
from hera.user_profile.models import CHANNELS
from hera.web import files, views

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip"}
BUDGET = 100_000  # bytes over the wire of a first visit, with what the service worker keeps for later
PAGES = ["/", "/app/", "/app/tables/"]
TEXTS = [name for name in files.app().files if name.endswith(".js") and not name.startswith("vendor/")]


def of(name: str) -> str:
    return files.app().files[name].plain.decode()


def address(name: str) -> str:
    return f"/app/{files.app().version}/{name}"


def read(answer) -> str:
    return gzip.decompress(answer.content).decode() if answer.get("Content-Encoding") == "gzip" else answer.text


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_visitor_reads_in_her_language_what_hera_is_and_where_it_opens(client, language):
    answer = client.get("/", headers={**BROWSER, "Accept-Language": language})
    with override(language):
        assert f'lang="{language}" dir="{"rtl" if get_language_bidi() else "ltr"}"' in read(answer)
    for part in ('href="/app/"', 'href="/my_data/"', 'href="/admin/"'):
        assert part in read(answer)
    assert "<script" not in read(answer)


@pytest.mark.parametrize("page", [*PAGES, "/app/sw.js", "/app/manifest.webmanifest", address("app.js")])
def test_nothing_of_it_asks_the_database_or_sets_a_cookie(client, django_assert_num_queries, db, page):
    with django_assert_num_queries(0):
        answer = client.get(page, headers=BROWSER)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.post(page).status_code == 405


@pytest.mark.parametrize("page", PAGES)
def test_pages_run_nothing_that_stands_in_them(client, page):
    answer = client.get(page, headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:|data:|blob:", policy)
    markup = read(answer)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", markup)
    assert all(
        "src=" in tag and tag.endswith("</script>") for tag in re.findall(r"<script.*?</script>", markup, re.DOTALL)
    )
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", markup)


def test_the_app_is_under_trusted_types_and_may_call_its_own_server_alone(client):
    policy = client.get("/app/", headers=BROWSER).headers["Content-Security-Policy"]
    for part in ("script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types hera"):
        assert part in policy.split("; ")
    assert policy == views.POLICY
    for name in TEXTS:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|localStorage|cookie", of(name)
        ), name
        assert not re.search(r"https?://", of(name)), name


def test_a_version_has_a_folder_and_no_page_mixes_two(client):
    answer = client.get(address("app.js"), headers=BROWSER)
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/app/0123456789abcdef/app.js", headers=BROWSER).status_code == 404
    assert client.get(address("sw.js"), headers=BROWSER).status_code == 404
    assert client.get(address("../views.py"), headers=BROWSER).status_code == 404
    for page in ("/app/", "/app/sw.js", "/app/manifest.webmanifest"):
        assert client.get(page, headers=BROWSER).headers["Cache-Control"] == "no-cache"


def test_the_worker_keeps_every_file_of_its_version(client):
    worker = read(client.get("/app/sw.js", headers=BROWSER))
    assert worker.startswith(f'const VERSION = "{files.app().version}";')
    kept = json.loads(re.search(r"const KEPT = (\[.*?\]);", worker)[1])
    assert {one.removeprefix(f"/app/{files.app().version}/") for one in kept} == {
        "/app/", "/app/tables/", *(name for name in files.app().files if name != "sw.js"),
    }  # fmt: skip
    assert all(client.get(one, headers=BROWSER).status_code == 200 for one in kept)


def test_what_is_sent_packed_is_what_is_sent_plain(client):
    plain = client.get(address("styles.css"))
    assert "Content-Encoding" not in plain.headers
    assert read(client.get(address("styles.css"), headers=BROWSER)) == plain.content.decode()


def test_all_of_it_in_five_languages_is_within_the_budget(client):
    """More than a first visit needs: it loads one language."""
    every = ["/app/", "/app/tables/", "/app/sw.js", "/app/manifest.webmanifest", *map(address, files.app().files)]
    assert sum(len(client.get(one, headers=BROWSER).content) for one in every) < BUDGET


def test_the_manifest_names_icons_that_are_there(client):
    manifest = json.loads(client.get("/app/manifest.webmanifest").content)
    assert manifest["start_url"] == manifest["scope"] == "/app/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert all(client.get(icon["src"]).status_code == 200 for icon in manifest["icons"])


def test_the_library_is_the_one_whose_checksum_is_kept():
    folder = files.FOLDER / "vendor"
    wanted, name = (folder / "preact.sha256").read_text().split()
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == wanted
    assert "MIT License" in (folder / "LICENSE.preact").read_text()
    assert "Apache License" in (folder / "LICENSE.htm").read_text()


def words(language: str) -> dict[str, str]:
    return dict(re.findall(r'\b(\w+): "((?:[^"\\]|\\.)*)"', of(f"words/{language}.js")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_every_language_with_the_same_places(language):
    english, hers = words("en"), words(language)
    assert list(hers) == list(english)
    assert all(hers.values())
    for name, text in english.items():
        assert re.findall(r"\{\w+\}", hers[name]) == re.findall(r"\{\w+\}", text), name


def test_every_word_is_used_and_every_word_that_is_used_is_there():
    said = "\n".join(of(name) for name in TEXTS if not name.startswith("words/"))
    used = {name for call in re.findall(r"\bt\(([^)]*)", said) for name in re.findall(r'"(\w+)"', call)}
    channels = {f"channel_{channel}" for channel in CHANNELS}  # by the name of the channel
    assert used - {"FEMALE"} - set(words("en")) == set()
    assert channels <= set(words("en"))
    assert set(words("en")) - used - channels == set()


def test_the_stylesheet_names_no_side_that_does_not_turn_with_the_writing():
    assert not re.search(r"[-\s:](?:left|right)\b", of("styles.css"))


@pytest.mark.parametrize("project", ["tsconfig.json", "tsconfig.worker.json"])
def test_the_types_hold(project):
    tsc = shutil.which("tsc")
    if tsc is None:
        if os.environ.get("CI"):
            pytest.fail("no tsc: .ci/run installs it")
        pytest.skip("no tsc on this machine: install Debian's package node-typescript to check the app's types")
    found = subprocess.run([tsc, "-p", str(files.FOLDER / project)], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert found.returncode == 0
