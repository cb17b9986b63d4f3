"""docs/environments.md is run from its own text, docs/copilot.md is read as its programs would read it."""

from __future__ import annotations

import ast
import datetime as dt
import re
import time

import pytest

from tests.environments.conftest import AGE_KEY, ROOT, export_arrives, last_night, push_image
from tests.environments.page_commands import MARK, Command, commands, unknown
from tests.environments.test_ways_back import _database, _snapshot

ENVIRONMENTS, COPILOT = ROOT / "docs" / "environments.md", ROOT / "docs" / "copilot.md"
PAGES = (ENVIRONMENTS, COPILOT)
NAME = "production-turkey"
# Programs that the pages name between their words, or in a marked block, and that no test runs: of each, why.
NOT_RUN = {
    "aws": "no AWS",
    "copilot": "no Copilot",
    "copilot/prepare_database": "test_copilot.py runs it",
    "docker": "no Docker",
    "gpg": "no program of AWS's here",
    "make": "CI runs both",
    "minisign": "test_backup.py signs",
    "npm": "the image of the tests has the CDK command or its fake",
    "sudo": "the machine of the tests keeps its clock",
}


def program(command: Command) -> str:
    return next(word for word in command.words if not re.match(r"[A-Z_]+=", word))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_is_one_that_its_program_knows(page):
    found = commands(page)
    assert len(found) > 20
    wrong = {f"{page.name}:{each.line}: {each.text}": unknown(each.words) for each in found}
    assert {text: what for text, what in wrong.items() if what} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_block_is_run_or_says_why_not(page):
    left = [
        f"{page.name}:{each.line}: {each.text}"
        for each in commands(page)
        if not (page == ENVIRONMENTS and program(each) == "./hera-env")
        and not (each.why if not each.inline else program(each) in {*NOT_RUN, "./hera-env"})
    ]
    assert left == []
    text = page.read_text()
    assert not re.search(r"^    \S", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE), (
        "a block is fenced: sh is run, console is what a run looks like"
    )
    assert set(re.findall(r"^```(\w+)$", text, re.MULTILINE)) <= {"sh", "console"}
    assert text.count("not run by a test") == len(MARK.findall(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("./hera-env deploi NAME", "deploi"),
        ("./hera-env deploy NAME --imagee 1.1", "--imagee"),
        ("aws secretsmanager put-secret --secret-id x", "put-secret"),
        ("aws secretsmanager put-secret-value --secret x", "secret"),
        ("copilot svc execute --name x", "svc execute"),
        ("copilot svc logs --name x --last 1h", "last"),
        ("HERA_X=... ./hera-env exec NAME -- python manage.py check --deploy", None),
    ],
)
def test_a_word_that_its_program_does_not_know_is_found(text, says):
    found = unknown(Command(text, 1, inline=True, why=None).words)
    assert found is None if says is None else says in found


def test_the_commands_that_operators_are_told_are_known_too():
    """What hera-env and Copilot's scripts print or call, as far as it stands in one piece."""
    texts = {
        path: path.read_text()
        for folder in ("infra/hera_env", "copilot")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {"", ".py"}
    }
    told = {
        (path.name, " ".join([program, *words.split()]))
        for path, text in texts.items()
        for program, words in re.findall(r"\b(aws|copilot) ([a-z0-9-]+ [a-z-]+(?: --[a-z-]+)*)", text)
    }
    assert len(told) > 8
    assert {each: what for each in told if (what := unknown(each[1].split()))} == {}


def said_by_hera_env() -> list[str]:
    """Each string of the program, as a pattern: what is filled in is anything."""
    nodes = [
        node
        for path in (*(ROOT / "infra" / "hera_env").glob("*.py"), ROOT / "hera" / "operations" / "take_over.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr | ast.Constant)
    ]
    parts = [node.values if isinstance(node, ast.JoinedStr) else [node] for node in nodes]
    return [
        "".join(re.escape(each.value) if isinstance(each, ast.Constant) else ".+" for each in row)
        for row in parts
        if all(isinstance(getattr(each, "value", None), str | ast.AST) for each in row)
    ]


def test_the_page_says_what_it_was_checked_with():
    locked = "".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))
    named = dict(re.findall(r"(aws-cdk-lib|cfn-lint|cdk-nag|moto|boto3) (\d[\d.]*\d)", ENVIRONMENTS.read_text()))
    assert len(named) == 5
    for name, version in named.items():
        assert re.search(rf"^{name}(\[[^]]*\])?=={re.escape(version)}\b", locked, re.MULTILINE), name


def is_said(phrase: str) -> bool:
    """Whether the program has such a string: `...` is what it fills in."""
    begins = re.compile(re.escape(phrase).replace(re.escape("..."), ".+"))
    return any(
        re.fullmatch(pattern, phrase) or begins.search(re.sub(r"\\(.)", r"\1", pattern))
        for pattern in said_by_hera_env()
        if len(pattern.replace(".+", "")) > 10  # or a pattern that is anything would say all
    )


def test_what_the_page_says_that_hera_env_says_it_says():
    text = ENVIRONMENTS.read_text()
    table = text[text.index("| it says |") : text.index("## By day")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]
    assert len(rows) > 10
    assert all(len(row) == 3 and all(row) for row in rows), "what happened, what it means for mothers, what to do"
    unsaid = [phrase for says, *_rest in rows for phrase in says.split(", or: ") if not is_said(phrase)]
    assert unsaid == []
    assert not is_said("The moon is in ...")


# What the page calls the rights to each service that hera-env asks; None where asking wants none.
RIGHTS = {
    "acm": "ACM", "application-autoscaling": "Application Auto Scaling", "ce": "Cost Explorer",
    "cloudformation": "CloudFormation", "cloudwatch": "CloudWatch", "ec2": "EC2", "ecr": "ECR", "ecs": "ECS",
    "elbv2": "ELB", "events": "EventBridge, whose rules", "logs": "Logs", "rds": "RDS",
    "resourcegroupstaggingapi": "`tag:GetResources`", "route53": "Route 53", "s3": "S3",
    "secretsmanager": "Secrets Manager", "service-quotas": "`servicequotas:GetServiceQuota`", "sns": "SNS",
    "ssm": "SSM parameters", "sts": None,
}  # fmt: skip


def test_the_rights_of_an_operator_are_those_of_what_hera_env_asks_and_the_stack_is_made_of():
    texts = [path.read_text() for path in (ROOT / "infra" / "hera_env").glob("*.py")]
    asked = {service for text in texts for service in re.findall(r'client\(\s*"([a-z0-9-]+)"', text)}
    assert asked == RIGHTS.keys()
    page = ENVIRONMENTS.read_text()
    listed = page[page.index("## What the operator's role may do") :]
    assert [word for word in RIGHTS.values() if word and word not in listed] == []
    made = (ROOT / "tests" / "environments" / "snapshots" / "production-turkey.json").read_text()
    assert ('"TaskRoleArn"' in made) is ("`iam:PassRole`" in listed)
    assert ('"AWS::ECS::Service"' in made) is ("`iam:CreateServiceLinkedRole`" in listed)
    assert ('"ManageMasterUserPassword": true' in made) is ("`kms:DescribeKey`" in listed)


@pytest.fixture
def night(aws):
    """The pretended AWS after some days: versions pushed, a backup of last night, keys put by; an export arrives."""
    push_image(aws, "1.1")
    export_arrives(aws)
    return aws


def masked(text: str) -> list[str]:
    """What a run says, without its times, its link's secret half and the ends of its lines."""
    text = re.sub(r"\[\d+\.\ds\]", "[0.0s]", text)
    text = re.sub(r"(/set_up/MQ/abc-123~)\S+", r"\1...", text)
    return [line.rstrip() for line in text.strip().splitlines()]


def sample() -> tuple[list[str], list[str]]:
    """The command of the page's run, and what it says."""
    [block] = re.findall(r"```console\n\$ \./hera-env (.*?)```", ENVIRONMENTS.read_text(), re.DOTALL)
    command, said = block.split("\n", 1)
    return command.split(), masked(said)


@pytest.mark.slow
def test_the_page_is_run_in_its_order(night):
    create, says = sample()
    code, said = night.run(*create)
    assert (code, masked(said)) == (0, says)
    last_night(night, _database(night))
    time.sleep(2)  # a moment at which the database was there already
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(seconds=1)
    filled = {"NAME": NAME, "ID": _snapshot(night), "age1...": AGE_KEY, "2026-11-27T02:15Z": moment.isoformat()}
    run = 0
    for each in commands(ENVIRONMENTS):
        if program(each) != "./hera-env" or each.why:
            continue
        words = [filled.get(word, word) for word in each.words]
        more = dict(word.split("=") for word in words[: words.index("./hera-env")])
        arguments = words[words.index("./hera-env") + 1 :]
        if arguments[0] in {"deploy", "restore"} and "--yes" not in arguments:
            arguments.append("--yes")  # nobody is here to be asked
        code, said = night.run(*arguments, **more)
        assert code == 0, (each.line, each.text, said)
        run += 1
    assert run > 20
