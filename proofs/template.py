"""The template of each kind of environment, read by checkov, which knows other rules of AWS than cdk-nag.

Checkov brings a hundred libraries along: it has a virtual environment of its own, made here when it is missing.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from infra.configuration import Configuration
from proofs.telling import NotHere, NotProven, holds, run, says, tried

ROOT = Path(__file__).parents[1]
_WANTED = "checkov==3.3.30"
_PLACE = ROOT / ".data" / "checkov"
# Rules that do not hold, and why.
SET_ASIDE = {
    "CKV_AWS_18": "One operator reads the exports, through hera-env; CloudTrail keeps who did.",
    "CKV_AWS_21": "An export is deleted after days; an older version of it would outlive that.",
    "CKV_AWS_26": "An alarm says which figure is wrong and names nobody; a key of its own costs a dollar a month.",
    "CKV_AWS_65": "What scaling and alarms go by is free; the rest is $15 a month, and nobody looks.",
    "CKV_AWS_91": "Access logs would keep who called when and from where: personal data.",
    "CKV_AWS_118": "The figures of each minute are free, and alarms go by them; finer ones are paid by the gigabyte.",
    "CKV_AWS_149": "AWS's own key encrypts secrets; each key of one's own costs a dollar a month.",
    "CKV_AWS_157": "Staging has its database on one machine: nobody's data are in it.",
    "CKV_AWS_158": "AWS's own key encrypts logs, which name nobody; a key of one's own costs a dollar a month.",
    "CKV_AWS_161": "The service connects by a password of 40 characters that no person sees.",
}


def prove() -> None:
    checkov = _checkov()
    found: set[str] = set()
    with tempfile.TemporaryDirectory() as kept:
        for chosen in _environments():
            template = _synthesised(chosen, Path(kept))
            refused = _refused(checkov, template)
            wrong = {rule: says for rule, says in refused.items() if rule not in SET_ASIDE}
            holds(f"{chosen.name}: no rule of checkov is broken but those set aside", not wrong,
                  "mend infra/stack, or set the rule aside with its reason in proofs/template.py", wrong)  # fmt: skip
            found |= refused.keys()
    idle = SET_ASIDE.keys() - found
    holds("each rule that is set aside is one that does not hold", not idle,
          "take it out of SET_ASIDE in proofs/template.py", sorted(idle))  # fmt: skip


def _environments() -> list[Configuration]:
    """Production, staging, and production whose jobs are tasks of their own."""
    production, staging = map(_environment, ("production-turkey", "staging-turkey"))
    return [production, staging, production.with_changes(settings={"HERA_WORKER_RUNS_JOBS": "false"})]


def _environment(name: str) -> Configuration:
    return Configuration(
        name=name,
        image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/hera:1.0",
        domain=f"{name}.hera.example.org",
        zone_id="Z0123456789",
        zone_name="hera.example.org",
        alarm_email="ops@example.org",
        settings={"HERA_DEFAULT_TIMEZONE": "Europe/Istanbul"},
    )


def _synthesised(chosen: Configuration, folder: Path) -> Path:
    context = json.dumps({"configuration": chosen.to_json()})
    run(sys.executable, "-m", "infra.app", cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)},
        mend="install Debian's nodejs: the CDK's templates are made with it")  # fmt: skip
    return folder / f"{chosen.stack_name}.template.json"


def _refused(checkov: Path, template: Path) -> dict[str, str]:
    """The rules that do not hold, with what each wants."""
    done = tried(
        checkov, "--file", template, "--framework", "cloudformation", "--output", "json", "--quiet", "--skip-download"
    )
    try:
        told = json.loads(done.stdout)
    except ValueError:
        said = (done.stdout + done.stderr)[-1500:]
        raise NotProven(f"checkov read no template: {said}", f"remove {_PLACE} and run this again") from None
    says(f"      ({told['summary']['passed']} rules hold)")
    return {one["check_id"]: one["check_name"] for one in told["results"]["failed_checks"]}


def _checkov() -> Path:
    program = _PLACE / "bin" / "checkov"
    if not program.exists():
        done = tried(sys.executable, "-m", "venv", _PLACE)
        if done.returncode == 0:
            done = tried(_PLACE / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", _WANTED)
        if done.returncode:
            raise NotHere(f"checkov cannot be had here: {(done.stdout + done.stderr).strip()[-300:]}")
    return program
