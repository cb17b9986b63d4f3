"""PostgreSQL, and the secret of its application user.

RDS makes and renews the password of the administrator by itself. Only the set-up task may read it: it makes the user
that the application connects as, who owns its own database and nothing more.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import CfnTag, Fn, RemovalPolicy
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.sizes import POSTGRES_MAJOR
from infra.stack.nag_acknowledgments import acknowledge
from infra.stack.network import POSTGRES

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.stack.network import Network

BACKUP_DAYS = 14
DATABASE = USER = "hera"


class Database(Construct):
    """The instance, the administrator's secret that RDS keeps, and the secret of the application's user."""

    def __init__(self, scope: Construct, construct_id: str, *, network: Network, configuration: Configuration) -> None:
        super().__init__(scope, construct_id)
        sizes = configuration.sizes
        self.instance = self._instance(network, configuration, name=scope.node.id)
        self.instance.apply_removal_policy(RemovalPolicy.SNAPSHOT, apply_to_update_replace_policy=True)
        self.admin_secret = secretsmanager.Secret.from_secret_complete_arn(
            self, "AdminSecret", self.instance.attr_master_user_secret_secret_arn
        )
        self.secret = self._application_secret()
        acknowledge(
            self.instance,
            RDS11="A port is no secret: no way leads to the database but from HERA's tasks.",
            RDS6="The service connects by a password of 40 characters that no person sees.",
            **(
                {}
                if sizes.protected
                else {
                    "RDS3": "Staging holds made-up people: a second zone doubles its price.",
                }
            ),
            **(
                {}
                if configuration.is_protected
                else {
                    "RDS10": "Nobody is served by it: a first attempt that fails clears it away; staging goes at will."
                }
            ),
            **(
                {"RDS2": "Inherited from the snapshot: hera-env takes none that is not encrypted."}
                if configuration.snapshot
                else {}
            ),
        )
        acknowledge(self.secret, SMG4="Renewed by hand after a leak: docs/environments.md has the three commands.")

    def _instance(self, network: Network, configuration: Configuration, *, name: str) -> rds.CfnDBInstance:
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="HERA: no way in from the internet, none out",
            subnet_ids=network.vpc.select_subnets(subnet_group_name=network.data.subnet_group_name).subnet_ids,
        )
        parameters = rds.CfnDBParameterGroup(
            self,
            "Parameters",
            family=f"postgres{POSTGRES_MAJOR}",
            description="HERA: encrypted connections only; no values in error messages",
            parameters={"rds.force_ssl": "1", "log_parameter_max_length_on_error": "0", "log_error_verbosity": "terse"},
        )
        sizes, snapshot = configuration.sizes, configuration.snapshot
        return rds.CfnDBInstance(
            self,
            "Instance",
            # What CloudFormation does not take beside a snapshot is inherited from it.
            db_snapshot_identifier=snapshot or None,
            master_username=None if snapshot else "hera_admin",
            storage_encrypted=None if snapshot else True,
            engine="postgres",
            # Asked for a major version, RDS takes its first choice of a minor one: a snapshot may be of a later one.
            engine_version=None if snapshot else POSTGRES_MAJOR,
            auto_minor_version_upgrade=True,
            db_instance_class=sizes.database_class,
            allocated_storage=str(max(sizes.database_gib, configuration.snapshot_gib)),
            max_allocated_storage=sizes.database_gib * 10,
            storage_type="gp3",
            multi_az=sizes.zones > 1,
            db_subnet_group_name=subnets.ref,
            vpc_security_groups=[network.database_group.security_group_id],
            publicly_accessible=False,
            manage_master_user_password=True,
            db_parameter_group_name=parameters.ref,
            backup_retention_period=BACKUP_DAYS,  # with it comes recovery to any second of these days
            preferred_backup_window="00:00-01:00",
            preferred_maintenance_window="sun:01:30-sun:02:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            deletion_protection=configuration.is_protected,
            tags=[CfnTag(key="Name", value=name)],
        )

    def _application_secret(self) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            "Secret",
            description="HERA_DB_SECRET: the user that owns HERA's database, and nothing more",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=Fn.join(
                    "",
                    [
                        json.dumps({"engine": "postgres", "dbname": DATABASE, "username": USER, "port": POSTGRES})[:-1],
                        ', "host": "',
                        self.instance.attr_endpoint_address,
                        '"}',
                    ],
                ),
                generate_string_key="password",
                password_length=40,
                exclude_punctuation=True,
            ),
        )
