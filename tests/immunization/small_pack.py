"""A small pack that is right, as tests change it to be wrong."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


def names(name: str) -> Json:
    """One name in five languages."""
    return dict.fromkeys(("en", "tr", "ar", "ps", "prs"), name)


def _product(antigens: list[str], *, live: bool) -> Json:
    called = f"a product against {', '.join(antigens)}"
    return {"antigens": antigens, "live": live, "names": names(called), "source": ["law"]}


def _vaccine(identity: int, key: str, doses: list[int]) -> Json:
    return {
        "id": identity,
        "key": key,
        "name": key,
        "male": True,
        "female": True,
        "doses": [
            {"id": one, "key": f"{key}-{number}", "name": f"Dose {number}"} for number, one in enumerate(doses, 1)
        ],
    }


_PACK: Json = {
    "pack": "XX-2025-01-01",
    "country": "XX",
    "valid_from": "2025-01-01",
    "draft": True,
    "authority": "Nobody's",
    "sources": {"law": {"what": "The law", "by": "the king", "seen": "on paper"}},
    "grace_days": 4,
    "live_gap_days": 28,
    "catch_up_days": 7,
    "source": {"grace_days": ["law"], "live_gap_days": ["law"], "catch_up_days": ["law"]},
    "products": {
        "dtp": _product(["DTP"], live=False),
        "mmr": _product(["Measles"], live=True),
        "var": _product(["Varicella"], live=True),
    },
    "antigens": {antigen: {"names": names(antigen)} for antigen in ("DTP", "Measles", "Varicella")},
    "vaccines": [
        _vaccine(1000, "dtp", [1007, 1008]),
        _vaccine(1001, "mmr", [1001, 1002]),
        _vaccine(1002, "var", [1003]),
    ],
    "series": {
        "DTP": [
            {
                "id": "standard",
                "doses": [
                    {
                        "dose": "dtp-1",
                        "products": ["dtp"],
                        "due": "2 months",
                        "minimum": "6 weeks",
                        "overdue": "3 months",
                        "source": ["law"],
                    },
                    {
                        "dose": "dtp-2",
                        "products": ["dtp"],
                        "due": "4 months",
                        "minimum": "10 weeks",
                        "interval": "4 weeks",
                        "maximum": "7 years",
                        "source": {"due": ["law"], "minimum": ["law"], "interval": ["law"], "maximum": ["law"]},
                    },
                ],
            }
        ],
        "Measles": [
            {
                "id": "standard",
                "max_age_to_start": "4 years",
                "source": ["law"],
                "doses": [
                    {
                        "dose": "mmr-1",
                        "products": ["mmr"],
                        "due": "12 months",
                        "minimum": "12 months",
                        "source": ["law"],
                    },
                    {
                        "dose": "mmr-2",
                        "products": ["mmr"],
                        "due": "4 years",
                        "minimum": "13 months",
                        "interval": "4 weeks",
                        "source": ["law"],
                    },
                ],
            },
            {
                "id": "late",
                "doses": [
                    {"dose": "mmr-1", "products": ["mmr"], "due": "4 years", "minimum": "4 years", "source": ["law"]}
                ],
            },
        ],
        "Varicella": [
            {
                "id": "standard",
                "doses": [
                    {
                        "dose": "var-1",
                        "products": ["var"],
                        "due": "12 months",
                        "minimum": "12 months",
                        "source": ["law"],
                    }
                ],
            }
        ],
    },
    "antenatal": {
        "weeks": [12, 20, 36],
        "catch_up": "none",
        "source": ["law"],
        "td": [{"dose": 1, "when": "at once", "source": ["law"]}],
    },
    "postnatal": {"contacts": [{"since": "0 days", "until": "1 day"}], "source": ["law"]},
    "cases": [
        {
            "what": "a child",
            "born": "2025-01-01",
            "today": "2025-02-01",
            "doses": [{"product": "dtp", "date": "2025-01-31"}],
            "expect": {"DTP": {"next": 1, "earliest": "2025-02-12", "due": "2025-03-01", "status": "later"}},
        }
    ],
}


def small_pack() -> Json:
    """A copy of it."""
    return copy.deepcopy(_PACK)


def write(folder: Path, data: Json) -> Path:
    """The file of a pack."""
    path = folder / f"{_PACK['pack']}.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path
