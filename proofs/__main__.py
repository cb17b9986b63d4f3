"""`python -m proofs [template|image|machine]`: run one proof or all; ends with 1 if something did not hold."""

from __future__ import annotations

import importlib
import importlib.util
import signal
import sys

from proofs.telling import NotHere, says

PROOFS = ("template", "image", "machine")


def main(arguments: list[str]) -> int:
    """Run the proofs with these names, or all that this copy has; returns the exit status."""
    known = [name for name in PROOFS if importlib.util.find_spec(f"proofs.{name}")]
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
    except Exception as wrong:  # noqa: BLE001  (each proof has words of its own for what does not hold)
        says(f"NOT PROVEN: {wrong}")
        return "NOT PROVEN"
    return "proven"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # what was started is ended
    sys.exit(main(sys.argv[1:]))
