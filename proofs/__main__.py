"""`python -m proofs [image|machine]`: run one proof or all; ends with 1 if something did not hold."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import proofs
from proofs.telling import NotHere, NotProven, says

_NO_PROOFS = {"__main__", "telling", "debian", "engine"}


def main(arguments: list[str]) -> int:
    """Run the proofs with these names, or all; returns the exit status."""
    known = sorted(module.name for module in pkgutil.iter_modules(proofs.__path__) if module.name not in _NO_PROOFS)
    if unknown := sorted(set(arguments) - set(known)):
        says(f"There is no proof {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    results = {name: _run(name) for name in arguments or known}
    says("; ".join(f"{name}: {result}" for name, result in results.items()))
    return int("NOT PROVEN" in results.values())


def _run(name: str) -> str:
    says(f"== {name}")
    try:
        importlib.import_module(f"proofs.{name}").prove()
    except NotHere as missing:
        says(f"left out: {missing}")
        return "left out"
    except NotProven as wrong:
        says(f"NOT PROVEN: {wrong}")
        return "NOT PROVEN"
    return "proven"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
