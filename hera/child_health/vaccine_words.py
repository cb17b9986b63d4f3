"""What a card calls a vaccine, and which of the programme that is.

A vaccine is known by its names in the programme and in the pack in use, by each part of them (`Altılı karma` of
`Altılı karma (DaBT-İPA-Hib-HepB)`), and by what people call it every day. A word that fits several, as `karma` does,
or none, is not placed: what it may be is suggested.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from hera.child_health.models import Vaccine
from hera.child_health.plan.programme import current_programme
from hera.core.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What people say, and parts of the names of what they mean by it.
EVERYDAY: Mapping[str, tuple[str, ...]] = {
    "verem": ("BCG",),
    "السل": ("BCG",),
    "سل": ("BCG",),
    "نری رنځ": ("BCG",),
    "suçiçeği": ("Varicella", "Suçiçeği"),
    "su çiçeği": ("Varicella", "Suçiçeği"),
    "chickenpox": ("Varicella",),
    "zatürre": ("Pneumococcus", "KPA", "KPA13", "KPA10", "PCV"),
    "zatürree": ("Pneumococcus", "KPA", "KPA13", "KPA10", "PCV"),
    "pnömokok": ("Pneumococcus", "KPA", "KPA13", "KPA10", "PCV"),
    "pneumonia": ("Pneumococcus", "KPA", "KPA13", "KPA10", "PCV"),
    "kızamık kızamıkçık kabakulak": ("KKK", "MMR"),
    "altılı karma": ("aBDT-IPA-Hib-HepB", "Altılı karma"),
    "6'lı karma": ("aBDT-IPA-Hib-HepB", "Altılı karma"),
    "beşli karma": ("aBDT-IPA-Hib", "Beşli karma"),
    "5'li karma": ("aBDT-IPA-Hib", "Beşli karma"),
    "dörtlü karma": ("Dörtlü karma",),
    "4'lü karma": ("Dörtlü karma",),
}
# What a child may have had one or another of: it is never placed.
SEVERAL: Mapping[str, tuple[str, ...]] = {
    "karma": ("aBDT-IPA-Hib-HepB", "aBDT-IPA-Hib", "Altılı karma", "Beşli karma", "Dörtlü karma"),
    "çocuk felci": ("OPA", "İPA", "OPV", "IPV"),
    "polio": ("OPA", "İPA", "OPV", "IPV"),
    "شلل الأطفال": ("OPA", "İPA", "OPV", "IPV"),
    "kızamık": ("KKK", "MMR", "KK", "Kızamık"),
    "measles": ("KKK", "MMR", "Measles"),
    "الحصبة": ("KKK", "MMR", "Measles"),
    "sarılık": ("Hepatitis B", "Hepatitis A"),
    "tetanoz": ("Td", "DT"),
}
_VACCINE = re.compile(r"(?:^|\s)(?:asisi|asi|vaccine|لقاح|تطعيم|واكسين|واكسن)(?=\s|$)")
_LIKE, _MOST = 0.6, 4
_SHORTEST = 3  # letters of a word that is looked for within names


@dataclass(frozen=True)
class Placed:
    """What a card's words are taken for: a name of the programme, blank if they could not be placed; else what they
    may be."""

    name: str
    perhaps: tuple[str, ...] = ()


class VaccineWords:
    """The names of the programme's vaccines and products; two statements."""

    def __init__(self) -> None:
        names: dict[str, str] = {}
        parts: defaultdict[str, set[str]] = defaultdict(set)
        for vaccine in Vaccine.objects.filter(is_active=True).order_by("pk"):
            for name in (vaccine.name, vaccine.display_name):
                names.setdefault(folded(name), vaccine.name)
                _add(parts, name, vaccine.name)
        products = set[str]()
        for several in _products():
            products.add(several[0])
            for name in several:
                names.setdefault(folded(name), several[0])
                _add(parts, name, several[0])
        self._names, self._parts, self._products = names, parts, products

    @property
    def shown(self) -> list[str]:
        """The names to choose from."""
        return sorted(set(self._names.values()))

    def of(self, text: str) -> Placed:
        """What a card's words mean; what is blank is nothing."""
        asked = " ".join(_VACCINE.sub(" ", folded(text)).split())
        whole = folded(text)
        if not asked or whole in self._names:
            return Placed(self._names.get(whole, ""))
        if asked in self._names and asked not in _NEVER_PLACED:
            return Placed(self._names[asked])
        meant = set(self._parts.get(asked, ())) | self._everyday(asked)
        meant = meant & self._products or meant  # of a vaccine of the programme it may be one product of several
        if len(meant) == 1 and asked not in _NEVER_PLACED:
            return Placed(meant.pop())
        return Placed("", tuple(sorted(meant or self._like(asked))[:_MOST]))

    def _everyday(self, asked: str) -> set[str]:
        found = set[str]()
        for name in _EVERYDAY.get(asked, ()):
            found |= self._parts.get(name, set()) | ({self._names[name]} if name in self._names else set())
        return found

    def _like(self, asked: str) -> set[str]:
        """Names that nearly read so, or in which a word begins so."""
        near = difflib.get_close_matches(asked, [*self._names, *self._parts, *_EVERYDAY], n=_MOST, cutoff=_LIKE)
        found = {self._names[name] for name in near if name in self._names}
        for name in near:
            found |= self._parts.get(name, set()) | self._everyday(name)
        if len(asked) >= _SHORTEST:
            found |= {shown for name, shown in self._names.items() if re.search(rf"\b{re.escape(asked)}", name)}
        return found


_NEVER_PLACED = frozenset(map(folded, SEVERAL))
_EVERYDAY = {folded(word): tuple(map(folded, names)) for word, names in {**EVERYDAY, **SEVERAL}.items()}


def _products() -> Iterable[list[str]]:
    """The names of each product that the pack in use gives, that of the reader's language first."""
    by_pack = current_programme().programme.by_pack
    if by_pack is None:
        return []
    given = {
        product
        for several in by_pack.pack.series.values()
        for series in several
        for target in series.doses
        for product in target.products
    }
    products = (product for key, product in by_pack.pack.products.items() if key in given)
    here = get_language() or "en"
    return [[product.names.get(here, product.names["en"]), *product.names.values()] for product in products]


def _add(parts: defaultdict[str, set[str]], name: str, shown: str) -> None:
    before, bracket, inside = name.partition("(")
    if bracket:
        for part in (before, inside.rstrip(") ")):
            parts[folded(part)].add(shown)
