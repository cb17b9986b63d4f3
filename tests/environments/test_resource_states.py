"""What the operator reads of a resource."""

from __future__ import annotations

import datetime as dt

from infra.hera_env.resource_states import states


def test_the_seconds_of_a_resource_count_from_its_first_event():
    at = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
    event = {"LogicalResourceId": "DatabaseInstance", "ResourceType": "AWS::RDS::DBInstance"}
    [state] = states(
        [
            {**event, "ResourceStatus": "CREATE_IN_PROGRESS", "Timestamp": at},
            {**event, "ResourceStatus": "CREATE_COMPLETE", "Timestamp": at + dt.timedelta(seconds=412)},
        ]
    )
    assert (state.seconds, state.mood, state.group) == (412, "good", "Database")
    assert "The PostgreSQL database" in state.title
