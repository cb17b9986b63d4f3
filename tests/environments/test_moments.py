"""Any moment of the last 14 days, also of a database that a restore has replaced, or of a country that is gone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from moto.rds.models import RDSBackend

from infra.hera_env import moments
from infra.hera_env.cloud import Cloud
from infra.hera_env.errors import Stop
from tests.environments.conftest import REGION, SIGN_IN

pytestmark = pytest.mark.slow

NAME = "production-turkey"
CREATE = ("create", NAME, "--region", REGION, "--image", "1.0")
RESTORE = ("restore", NAME, "--region", REGION)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OURS = f"hera-{NAME}-databaseinstance-a1b2c3"


def backups_of(
    identifier: str, earliest: dt.datetime, latest: dt.datetime, *, status: str = "retained", tag: str | None = None
) -> SimpleNamespace:
    """What RDS says of the backups of a database; without a tag, as it makes them."""
    return SimpleNamespace(
        db_instance_identifier=identifier, dbi_resource_id=f"db-OF-{identifier}", status=status, allocated_storage=50,
        restore_window={"EarliestTime": earliest, "LatestTime": latest},
        tag_list=[{"Key": "hera-environment", "Value": tag}] if tag else [],
    )  # fmt: skip


@pytest.fixture
def kept(aws, monkeypatch) -> list[SimpleNamespace]:
    """The backups that are kept, as a test fills them in: moto knows no windows."""
    for name, value in {**SIGN_IN, "AWS_ENDPOINT_URL": aws.endpoint}.items():
        monkeypatch.setenv(name, value)
    rows: list[SimpleNamespace] = []
    monkeypatch.setattr(RDSBackend, "describe_db_instance_automated_backups", lambda _self, **_asked: rows)
    return rows


@pytest.fixture
def asked(monkeypatch) -> list[dict]:
    """What RDS is asked for: moto makes no database of backups whose own database is gone."""
    calls: list[dict] = []
    make = RDSBackend.restore_db_instance_to_point_in_time

    def restore(self, source, target, given):
        calls.append(given)
        return make(self, source or next(iter(self.databases)), target, given)

    monkeypatch.setattr(RDSBackend, "restore_db_instance_to_point_in_time", restore)
    return calls


def test_after_a_restore_the_moments_before_it_can_still_be_had(aws, kept, asked):
    assert aws.run(*CREATE)[0] == 0
    [own] = aws.client("rds").describe_db_instances()["DBInstances"]
    kept.append(backups_of(OURS, NOW - 10 * DAY, NOW - HOUR))
    kept.append(backups_of(f"{OURS}9", NOW - 20 * DAY, NOW - 11 * DAY))
    moment = NOW - 5 * HOUR
    code, said = aws.run(*RESTORE, "--at", moment.isoformat(), "--yes")
    assert code == 0, said
    [call] = asked
    assert call["SourceDbiResourceId"] == f"db-OF-{OURS}"
    assert "SourceDBInstanceIdentifier" not in call
    assert call["DBInstanceClass"] == own["DBInstanceClass"]
    assert call["DBParameterGroupName"] == own["DBParameterGroups"][0]["DBParameterGroupName"]
    assert aws.deployments()[-1]["snapshot"] == f"hera-{NAME}-at-{moment:%Y%m%dt%H%M%S}"


def test_a_moment_that_no_backup_reaches_is_answered_with_the_nearest_that_can_be_had(aws, kept):
    assert aws.run(*CREATE)[0] == 0
    half = dt.timedelta(milliseconds=500)
    kept.append(backups_of(OURS, NOW - 10 * DAY + half, NOW - HOUR + half))
    for moment, nearest in (
        (NOW - 11 * DAY, NOW - 10 * DAY + dt.timedelta(seconds=1)),
        (NOW - 50 * HOUR / 60, NOW - HOUR),
    ):
        code, said = aws.run(*RESTORE, "--at", moment.isoformat(), "--yes")
        assert code == 1
        assert f"--at {nearest:%Y-%m-%dT%H:%M:%SZ}" in said, "a second that is whole within the backups"


@pytest.mark.parametrize(
    ("row", "is_ours"),
    [
        ({"identifier": OURS}, True),
        ({"identifier": "whatever", "tag": NAME}, True),
        ({"identifier": OURS, "tag": "production-lebanon"}, False),
        ({"identifier": f"hera-{NAME}-east-databaseinstance-a1b2c3"}, False),
        ({"identifier": f"hera-{NAME}-databaseinstance-x-databaseinstance-a1b2c3"}, False),
        ({"identifier": f"hera-{NAME}-at-20261127t021500"}, False),
        ({"identifier": OURS, "status": "active"}, False),
    ],
)
def test_a_removed_country_s_backups_are_known_by_the_name_of_its_database(kept, row, is_ours):
    """RDS does not hand a database's tags on to its backups."""
    kept.append(backups_of(earliest=NOW - DAY, latest=NOW, **row))
    found = moments.whose(Cloud(REGION), NAME, NOW - HOUR)
    assert (found is not None) == is_ours


def test_of_several_that_are_gone_the_one_that_was_there_then_is_taken(kept):
    kept.append(backups_of(OURS, NOW - 3 * DAY, NOW - 2 * DAY))
    kept.append(backups_of(f"{OURS}9", NOW - 2 * DAY + HOUR, NOW - DAY))
    for ago, whose in ((60 * HOUR, OURS), (30 * HOUR, f"{OURS}9")):
        assert moments.whose(Cloud(REGION), NAME, NOW - ago)["DBInstanceIdentifier"] == whose
    with pytest.raises(Stop, match="there is no backup"):
        moments.whose(Cloud(REGION), NAME, NOW - 2 * DAY + HOUR / 2)
