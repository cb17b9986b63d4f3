"""The network: the load balancer in public subnets, tasks in private ones, the database in isolated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Tags
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.stack.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from infra.sizes import Sizes

HTTPS, WEB, POSTGRES = 443, 8000, 5432


class Network(Construct):
    """The subnets, and the security groups that say who may talk to whom."""

    def __init__(self, scope: Construct, construct_id: str, *, sizes: Sizes) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=sizes.nat_gateways,
            restrict_default_security_group=False,  # it would take a Lambda of its own; nothing uses that group
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="tasks", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22),
                ec2.SubnetConfiguration(name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )
        # Free, and image layers come from S3: without it each byte of them is paid for at the NAT gateway.
        self.vpc.add_gateway_endpoint(
            "S3", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[ec2.SubnetSelection(subnet_group_name="tasks")]
        )
        for tag in ("Name", "aws-cdk:subnet-name", "aws-cdk:subnet-type"):  # two of the template's 50 KiB
            Tags.of(self.vpc).remove(tag)
        self.tasks = ec2.SubnetSelection(subnet_group_name="tasks")
        self.data = ec2.SubnetSelection(subnet_group_name="data")
        self.balancer_group = ec2.SecurityGroup(
            self, "Balancer", vpc=self.vpc, description="HTTPS from everywhere", allow_all_outbound=False
        )
        self.service_group = ec2.SecurityGroup(
            self, "Service", vpc=self.vpc, description="Tasks of HERA", allow_all_outbound=False
        )
        self.database_group = ec2.SecurityGroup(
            self, "Database", vpc=self.vpc, description="PostgreSQL", allow_all_outbound=False
        )
        self.balancer_group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "phones and staff")
        self.balancer_group.add_egress_rule(self.service_group, ec2.Port.tcp(WEB), "to the web tasks")
        self.service_group.add_ingress_rule(self.balancer_group, ec2.Port.tcp(WEB), "from the load balancer")
        self.service_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "providers, images, secrets, logs")
        self.service_group.add_egress_rule(self.database_group, ec2.Port.tcp(POSTGRES), "to the database")
        self.database_group.add_ingress_rule(self.service_group, ec2.Port.tcp(POSTGRES), "from the tasks of HERA alone")
        acknowledge(self.vpc, VPC7="Flow logs would keep the addresses of mothers' phones: personal data.")
        acknowledge(self.balancer_group, EC23="Phones call from everywhere; only 443 is open, and only here.")
