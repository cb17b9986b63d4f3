"""The table of costs against the template: every part has a row or a stated zero, in the amounts that are there."""

from __future__ import annotations

import collections
import json
import re

import pytest

from infra.hera_env import costs
from tests.environments.test_stack import ROOT, configuration, properties, snapshot

NAMES = ["production-turkey", "staging-turkey"]
BY_TASKS = {"HERA_WORKER_RUNS_JOBS": "false"}


@pytest.fixture(params=NAMES)
def template(request):
    """As the snapshots have it, which test_stack.py holds to what CDK makes."""
    return json.loads(snapshot(request.param).read_text())


@pytest.fixture
def chosen(template):
    return configuration(template["Description"].removeprefix("HERA "))


def kinds_of(template: dict) -> set[str]:
    return {row["Type"].removeprefix("AWS::") for row in template["Resources"].values()}


def amounts(chosen, what: str) -> dict[costs.Price, float]:
    [line] = [line for line in costs.monthly(chosen) if line.what.endswith(what) or line.what.startswith(what)]
    return {price: amount for amount, price in line.parts}


def test_every_kind_of_resource_has_a_row_or_a_stated_zero(template, chosen):
    priced = {kind for line in costs.monthly(chosen) for kind in line.of}
    assert kinds_of(template) - priced - costs.FREE.keys() == set()
    assert priced & costs.FREE.keys() == set()
    assert all(costs.FREE.values())


def test_no_zero_is_stated_of_what_no_environment_has(template):
    gone = {"Scheduler::Schedule"}  # where the operator wants tasks for the jobs
    assert costs.FREE.keys() - kinds_of(template) - gone == set()


def test_the_amounts_are_those_of_the_template(template, chosen):
    counted = collections.Counter(row["Type"].removeprefix("AWS::") for row in template["Resources"].values())
    tracking = sum(
        "TargetTrackingScalingPolicyConfiguration" in row
        for row in properties(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
    )
    alarms = amounts(chosen, f"{costs.ALARMS} alarms")
    assert alarms[costs.ALARM] == counted["CloudWatch::Alarm"] + 2 * tracking  # AWS makes a high and a low one
    assert alarms[costs.METRIC] == counted["Logs::MetricFilter"]
    [database] = properties(template, "AWS::RDS::DBInstance")
    kept_by_rds = int(database["ManageMasterUserPassword"])
    assert amounts(chosen, "4 secrets")[costs.SECRET] == counted["SecretsManager::Secret"] + kept_by_rds
    gateways = amounts(chosen, f"{counted['EC2::NatGateway']} NAT")
    assert gateways[costs.NAT] == counted["EC2::NatGateway"] * costs.HOURS
    assert gateways[costs.ADDRESS] == counted["EC2::EIP"] * costs.HOURS
    zones = 2 if database["MultiAZ"] else 1
    stored = amounts(chosen, "PostgreSQL")
    assert stored[costs.DISK] == zones * int(database["AllocatedStorage"])
    assert stored[costs.DATABASE[database["DBInstanceClass"]]] == zones * costs.HOURS
    [balancer] = properties(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert amounts(chosen, "load balancer")[costs.ADDRESS] == len(balancer["Subnets"]) * costs.HOURS


@pytest.mark.parametrize(("part", "what"), [("Web", "web tasks"), ("Worker", "delivery worker")])
def test_tasks_are_reckoned_at_their_size_and_smallest_number(template, chosen, part, what):
    [size] = [
        (int(row["Properties"]["Cpu"]) / 1024, int(row["Properties"]["Memory"]) / 1024)
        for name, row in template["Resources"].items()
        if name.startswith(f"Tasks{part}") and row["Type"] == "AWS::ECS::TaskDefinition"
    ]
    [smallest] = [
        row["Properties"]["MinCapacity"]
        for name, row in template["Resources"].items()
        if name.startswith(part) and row["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"
    ]
    reckoned = amounts(chosen, what)
    assert reckoned[costs.VCPU] == pytest.approx(smallest * size[0] * costs.HOURS)
    assert reckoned[costs.MEMORY] == pytest.approx(smallest * size[1] * costs.HOURS)


def test_jobs_of_their_own_cost_what_their_starts_cost():
    """1,920 starts a day, of a minute each at least."""
    usual, with_tasks = (configuration("production-turkey").with_changes(settings=more) for more in ({}, BY_TASKS))
    difference = costs.total(with_tasks) - costs.total(usual)
    assert difference == pytest.approx(1920 * costs.HOURS / 24 / 60 * (0.25 * 0.04048 + 0.5 * 0.004445))
    assert 11 < difference < 13


def test_container_insights_are_off_as_the_table_says(template):
    [cluster] = properties(template, "AWS::ECS::Cluster")
    assert cluster["ClusterSettings"] == [{"Name": "containerInsights", "Value": "disabled"}]


def test_each_price_has_a_page_of_aws_and_what_confirmed_it():
    for line in costs.monthly(configuration("production-turkey").with_changes(settings=BY_TASKS)):
        for amount, price in line.parts:
            assert amount > 0
            assert price.dollars > 0
            assert re.fullmatch(r"https://aws\.amazon\.com/[a-z0-9/-]+pricing(/on-demand)?/", price.source)
            assert re.fullmatch(r"((list|bill) 20\d\d-\d\d(-\d\d)?)?", price.confirmed)


def test_the_page_has_the_table():
    """Where they differ, the failure shows the table as it should be."""
    page = (ROOT / "docs" / "environments.md").read_text()
    table = costs.table(configuration("staging-turkey"), configuration("production-turkey"))
    assert "\n".join(table) in page
    assert f"{costs.REGION} of {costs.AS_OF}" in page
