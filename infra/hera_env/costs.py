"""What an environment costs a month: each part, its amount, its price and where AWS publishes that.

List prices in US dollars, without tax. What depends on traffic is reckoned for a country of 100,000 mothers.
Each price says what confirmed it, and when: AWS's price list of the region, read from copies that others keep, or a
bill there; what nothing confirmed says so.
A test holds the amounts against the template, and that no kind of resource is without a row or a stated zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.sizes import JOB, JOBS, WEB_TASKS, WORKERS, jobs_are_the_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.configuration import Configuration

REGION, AS_OF = "eu-west-1", "September 2026"
HOURS = 730
_AWS = "https://aws.amazon.com/"


@dataclass(frozen=True)
class Price:
    """US dollars for a unit, the page of AWS that says so, and what confirmed it (empty: nothing did)."""

    dollars: float
    unit: str
    page: str
    confirmed: str = ""

    @property
    def source(self) -> str:
        """The address of that page."""
        return f"{_AWS}{self.page}/"


VCPU = Price(0.04048, "vCPU-hour", "fargate/pricing", "list 2026-09-11")
MEMORY = Price(0.004445, "GiB-hour", "fargate/pricing", "list 2026-09-11")
DATABASE = {
    "db.t4g.micro": Price(0.017, "hour of db.t4g.micro", "rds/postgresql/pricing", "bill 2026-07"),
    "db.t4g.small": Price(0.035, "hour of db.t4g.small", "rds/postgresql/pricing", "bill 2026-05"),
}
DISK = Price(0.127, "GiB of gp3", "rds/postgresql/pricing", "bill 2026-07")
BALANCER = Price(0.0252, "hour", "elasticloadbalancing/pricing", "bill 2026-07")
BALANCER_UNIT = Price(0.008, "LCU-hour", "elasticloadbalancing/pricing", "list 2026-09-11")
NAT = Price(0.048, "hour", "vpc/pricing", "list 2026-09-25")
NAT_DATA = Price(0.048, "GB through it", "vpc/pricing", "list 2026-09-25")
ADDRESS = Price(0.005, "hour of a public IPv4 address", "vpc/pricing", "list 2026-09-17")
BETWEEN_ZONES = Price(0.02, "GB there and back", "ec2/pricing/on-demand")
SECRET = Price(0.40, "secret", "secrets-manager/pricing", "list 2026-09-11")
ALARM = Price(0.10, "alarm", "cloudwatch/pricing", "list 2026-09-22")
METRIC = Price(0.30, "metric of one's own", "cloudwatch/pricing", "list 2026-09-22")
LOG = Price(0.57, "GB taken in", "cloudwatch/pricing", "list 2026-09-22")
LOG_KEPT = Price(0.03, "GB kept", "cloudwatch/pricing", "list 2026-09-22")
REGISTRY = Price(0.10, "GB of images", "ecr/pricing", "list 2026-09-11")
BUCKET = Price(0.023, "GB kept", "s3/pricing", "list 2026-09-28")

# What nobody knows beforehand, for 100,000 mothers: a million messages of 10 KB to providers; requests; logs.
NAT_GB, BETWEEN_ZONES_GB, LOG_GB, LOG_GB_KEPT = 10, 20, 2, 1  # a log is kept packed, at about a sixth
IMAGES_GB, EXPORTS_GB = 2, 2
JOB_SECONDS = 60  # Fargate counts a minute at least
SECRETS = 4  # the stack's three, and the one of the administrator that RDS keeps
METRICS = 4
ALARMS = 14  # the stack's ten, and two for each of the two figures that the web service is scaled by
ADDRESSES_OF_BALANCER = 2  # one a zone


@dataclass(frozen=True)
class Line:
    """A part of the environment: how it comes to its US dollars a month, and which kinds of resources it is about."""

    what: str
    parts: tuple[tuple[float, Price], ...]
    of: tuple[str, ...]
    about: str = ""

    @property
    def dollars(self) -> float:
        """US dollars a month."""
        return sum(amount * price.dollars for amount, price in self.parts)


# What costs nothing, with the reason; kinds of resources as CloudFormation calls them, without `AWS::`.
FREE = {
    "ApplicationAutoScaling::ScalableTarget": "scaling is free; its alarms are counted",
    "ApplicationAutoScaling::ScalingPolicy": "scaling is free; its alarms are counted",
    "CertificateManager::Certificate": "public certificates are free",
    "EC2::InternetGateway": "free; traffic out of it is free up to 100 GB a month of the account, then $0.09 a GB",
    "EC2::Route": "free",
    "EC2::RouteTable": "free",
    "EC2::SecurityGroup": "free",
    "EC2::SecurityGroupEgress": "free",
    "EC2::SecurityGroupIngress": "free",
    "EC2::Subnet": "free",
    "EC2::SubnetRouteTableAssociation": "free",
    "EC2::VPC": "free",
    "EC2::VPCEndpoint": "a gateway endpoint is free, as is what goes through it",
    "EC2::VPCGatewayAttachment": "free",
    "ECS::Cluster": "free without Container Insights, which would be some $15",
    "ElasticLoadBalancingV2::Listener": "part of the load balancer",
    "ElasticLoadBalancingV2::TargetGroup": "part of the load balancer",
    "IAM::Policy": "free",
    "IAM::Role": "free",
    "RDS::DBParameterGroup": "free",
    "RDS::DBSubnetGroup": "free",
    "Route53::RecordSet": "questions for an alias are free; the zone, which is not the stack's, is $0.50",
    "S3::BucketPolicy": "free",
    "Scheduler::Schedule": "14 million starts a month are free; the tasks are counted",
    "SNS::Subscription": "1,000 e-mails a month are free",
    "SNS::Topic": "a million calls a month are free",
    "SNS::TopicPolicy": "free",
}


def monthly(configuration: Configuration) -> list[Line]:
    """Each part with its price in US dollars a month, at the smallest number of tasks."""
    return [*_tasks(configuration), _database(configuration), *_network(configuration), *_around()]


def total(configuration: Configuration) -> float:
    """All parts together, in US dollars a month."""
    return sum(line.dollars for line in monthly(configuration))


def table(staging: Configuration, production: Configuration) -> list[str]:
    """The table of docs/environments.md, in Markdown: a row for each part of either."""
    columns = [{line.of: line for line in monthly(chosen)} for chosen in (staging, production)]
    rows = [
        "| part | staging | production | how it comes to that | where AWS says so | confirmed by |",
        "|---|---|---|---|---|---|",
    ]
    for kinds in columns[1]:
        each = [column[kinds] for column in columns]
        names = dict.fromkeys(row.what for row in each)
        priced = dict.fromkeys(price for row in each for _amount, price in row.parts)
        pages = ", ".join(dict.fromkeys(price.page for price in priced))
        prices = "; ".join(f"${price.dollars:g} per {price.unit}" for price in priced)
        about = f"{prices}. {each[1].about}".strip()
        by = ", ".join(dict.fromkeys(price.confirmed or "nothing" for price in priced))
        dollars = " | ".join(f"{row.dollars:.0f}" for row in each)
        rows.append(f"| {' / '.join(names)} | {dollars} | {about} | {pages} | {by} |")
    return [*rows, f"| together | {total(staging):.0f} | {total(production):.0f} | | | |"]


def _tasks(configuration: Configuration) -> Sequence[Line]:
    sizes = configuration.sizes
    kinds = "ECS::Service", "ECS::TaskDefinition"
    services = [
        Line(f"{WEB_TASKS[0]} web tasks", _task(sizes.web, WEB_TASKS[0] * HOURS), (*kinds, "web")),
        Line(
            f"{WORKERS[0]} delivery worker",
            _task(sizes.worker, WORKERS[0] * HOURS),
            (*kinds, "worker"),
            "It runs both jobs.",
        ),
    ]
    if jobs_are_the_workers(configuration.settings):
        return services
    starts = sum(HOURS * 60 / minutes for _job, _command, minutes in JOBS)
    return [*services, Line("2 scheduled jobs", _task(JOB, starts * JOB_SECONDS / 3600), (*kinds, "jobs"))]


def _task(size: tuple[int, int], hours: float) -> tuple[tuple[float, Price], ...]:
    cpu_units, mib = size
    return (hours * cpu_units / 1024, VCPU), (hours * mib / 1024, MEMORY)


def _database(configuration: Configuration) -> Line:
    sizes = configuration.sizes
    return Line(
        f"PostgreSQL {sizes.database_class}, {_counted(sizes.zones, 'zone')}, {sizes.database_gib} GiB",
        (
            (sizes.zones * HOURS, DATABASE[sizes.database_class]),
            (sizes.zones * sizes.database_gib, DISK),
        ),
        ("RDS::DBInstance",),
        "Backups are free up to the size of the disk.",
    )


def _network(configuration: Configuration) -> list[Line]:
    gateways = configuration.sizes.nat_gateways
    return [
        Line(
            "load balancer",
            ((HOURS, BALANCER), (HOURS, BALANCER_UNIT), (ADDRESSES_OF_BALANCER * HOURS, ADDRESS)),
            ("ElasticLoadBalancingV2::LoadBalancer",),
            "One LCU; an address in each of 2 zones.",
        ),
        Line(
            _counted(gateways, "NAT gateway"),
            ((gateways * HOURS, NAT), (gateways * HOURS, ADDRESS), (NAT_GB, NAT_DATA)),
            ("EC2::NatGateway", "EC2::EIP"),
            f"{NAT_GB} GB to providers and to AWS; layers of images pass it by.",
        ),
        Line(
            "traffic between zones",
            ((BETWEEN_ZONES_GB, BETWEEN_ZONES),),
            ("between zones",),
            f"{BETWEEN_ZONES_GB} GB between tasks, database and load balancer.",
        ),
    ]


def _around() -> list[Line]:
    return [
        Line(f"{SECRETS} secrets", ((SECRETS, SECRET),), ("SecretsManager::Secret",), "One of them is RDS's own."),
        Line(
            f"{ALARMS} alarms and {METRICS} metrics",
            ((ALARMS, ALARM), (METRICS, METRIC)),
            ("CloudWatch::Alarm", "Logs::MetricFilter"),
            "4 of the alarms belong to scaling by CPU and memory.",
        ),
        Line(
            "logs",
            ((LOG_GB, LOG), (LOG_GB_KEPT, LOG_KEPT)),
            ("Logs::LogGroup",),
            f"{LOG_GB} GB, kept 90 days.",
        ),
        Line(
            "images and exports",
            ((IMAGES_GB, REGISTRY), (EXPORTS_GB, BUCKET)),
            ("S3::Bucket", "ECR::Repository"),
            "The repository is one for all environments of a region.",
        ),
    ]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
