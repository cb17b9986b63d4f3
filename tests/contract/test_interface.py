"""What others hold on to, kept as files: the calls, the addresses, the commands, the settings, the rights of each role.

Phones, bookmarks, scripts and timers know these by name. A change that means to change one writes its file anew
(`INTERFACE=write make test ARGS="tests/contract/test_interface.py"`), and whoever reviews it sees what moved.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from hera.config import REPOSITORY

KEPT = Path(__file__).parent / "interface"


def schema() -> str:
    return OpenApiYamlRenderer().render(SchemaGenerator().get_schema(public=True), renderer_context={}).decode()


def addresses() -> str:
    return "\n".join(sorted(set(_addresses(get_resolver(), "", "")))) + "\n"


def _addresses(resolver: URLResolver, path: str, names: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = path + re.sub(r"(?<=app_label>)[a-z_|]+", _in_order, str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, here, f"{names}{entry.namespace}:" if entry.namespace else names)
        elif isinstance(entry, URLPattern):
            yield f"{here}  {names}{entry.name or ''}".rstrip()


def _in_order(labels: re.Match[str]) -> str:
    return "|".join(sorted(labels[0].split("|")))


def commands() -> str:
    ours = sorted(name for name, app in get_commands().items() if str(app).startswith("hera."))
    return "".join(_usage(name, load_command_class(get_commands()[name], name)) for name in ours)


def _usage(name: str, command) -> str:
    parser: argparse.ArgumentParser = command.create_parser("manage.py", name)
    lines = [
        f"  {' '.join(action.option_strings) or action.dest}"
        for action in parser._actions
        if not {"--settings", "--help"} & set(action.option_strings)
    ]
    return f"{name}\n" + "\n".join(sorted(lines)) + "\n"


def settings() -> str:
    page = (REPOSITORY / "docs" / "settings.md").read_text()
    return "\n".join(sorted(set(re.findall(r"`((?:HERA_|SENTRY_|PG|DATABASE_)[A-Z_0-9]+)`?", page)))) + "\n"


def rights() -> str:
    lines = []
    for role in Group.objects.order_by("name").prefetch_related("permissions__content_type"):
        for right in role.permissions.all():
            kind = right.content_type
            lines.append(f"{role.name}: {kind.app_label}.{right.codename}")
    return "\n".join(sorted(lines)) + "\n"


@pytest.mark.parametrize(
    ("file", "now"),
    [
        ("openapi.yaml", schema),
        ("addresses.txt", addresses),
        ("commands.txt", commands),
        ("settings.txt", settings),
        ("rights.txt", rights),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_that_others_hold_on_to_has_moved(db, file, now):
    found = now()
    if os.environ.get("INTERFACE") == "write":
        (KEPT / file).write_text(found)
    assert found == (KEPT / file).read_text()
