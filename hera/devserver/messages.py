"""Gather translatable text into hera/locale and compile it: `make messages`. Needs no gettext programs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.contrib import admin
from django.utils.translation import override

from hera.config import LANGUAGES, REPOSITORY
from hera.panel import verbose_names

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALE = REPOSITORY / "hera" / "locale"
SOURCE_LANGUAGE = "en"
# Babel has no data for Dari; plurals and direction are those of Persian.
_BABEL_NAMES = {"prs": "fa_AF"}
_METHODS = [("**.py", "python"), ("**.html", "hera.devserver.messages:extract_html")]
_KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2)}
_KEYWORDS |= {"pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2)}  # type: ignore[dict-item]


def po_file(language: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def extract_html(file: IO[bytes], *_keywords_and_tags: object, options: object) -> Iterator[tuple[Any, ...]]:  # noqa: ARG001  (as Babel calls it)
    """What Django's templates mark by `translate` or, on one line, by `blocktranslate`, for Babel."""
    for number, line in enumerate(file, start=1):
        for text in re.findall(r'{% translate "([^"]+)"', line.decode()):
            yield number, "gettext", text, []
        for text in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", line.decode()):
            yield number, "gettext", re.sub(r"{{ *(\w+) *}}", r"%(\1)s", text), []


def gather() -> Catalog:
    """All translatable text of the sources."""
    template = Catalog(project="HERA", charset="utf-8", fuzzy=False)
    found = extract_from_dir(REPOSITORY / "hera", method_map=_METHODS, keywords=_KEYWORDS)
    for filename, _line, text, comments, context in sorted(found, key=lambda item: (item[0], item[1])):
        template.add(text, locations=[(f"hera/{filename}", 0)], auto_comments=comments, context=context)
    for text, model in _labels():
        template.add(text, locations=[(f"hera/{model}", 0)])
    return template


def _labels() -> Iterator[tuple[str, str]]:
    """What the panel calls HERA's own models and their fields, and whose it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hera.settings")
    django.setup()
    admin.autodiscover()  # its pages say which models have labels
    with override(None):
        for model in sorted(verbose_names.translated, key=lambda model: model._meta.label):
            yield from ((text, model._meta.label) for text in verbose_names.labels_of(model))


def update(language: str, template: Catalog) -> Catalog:
    """The catalogue of a language, brought in step with the sources."""
    path = po_file(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=_BABEL_NAMES.get(language, language))
    else:
        catalog = Catalog(locale=_BABEL_NAMES.get(language, language))
    catalog.fuzzy = False
    template.creation_date = catalog.creation_date  # a date that changes on each run would hide what did
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def write(language: str, catalog: Catalog) -> None:
    """Keep a catalogue, and compile it beside."""
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def untranslated(catalog: Catalog) -> list[str]:
    """The texts of a catalogue that have no translation."""
    return [str(message.id) for message in catalog if message.id and not _is_translated(message.string)]


def _is_translated(translation: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether there are words for it, in each plural form."""
    return all(translation) if translation else False


def main() -> int:
    """Bring all catalogues in step; returns 1 if a translation is missing, and says which."""
    template = gather()
    missing = 0
    for language in LANGUAGES:
        if language == SOURCE_LANGUAGE:
            continue
        catalog = update(language, template)
        write(language, catalog)
        for text in untranslated(catalog):
            missing += 1
            print(f"{language}: not translated: {text}", file=sys.stderr)  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
