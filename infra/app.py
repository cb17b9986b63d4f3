"""The CDK application: `cdk synth --app "python -m infra.app" -c configuration=JSON`. `hera-env` calls it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aws_cdk import App, LegacyStackSynthesizer, Validations
from aws_cdk import aws_rds as rds
from cdk_nag import AwsSolutionsChecks

from infra.configuration import Configuration
from infra.stack.environment import EnvironmentStack
from infra.stack.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping


# The template has to fit into one request (50 KiB): tags are the stack's, not each resource's.
_CONTEXT = {"@aws-cdk/core:explicitStackTags": True, "@aws-cdk/core:suppressTemplateIndentation": True}


def build(configuration: Configuration, context: Mapping[str, object] | None = None) -> tuple[App, EnvironmentStack]:
    """The application with one environment in it, checked by cdk-nag when it is synthesised."""
    app = App(context={**_CONTEXT, **(context or {})}, analytics_reporting=False)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    stack = EnvironmentStack(
        app,
        configuration.stack_name,
        configuration=configuration,
        # Nothing has to be uploaded: so no bootstrap, no bucket, and no roles that may do everything.
        synthesizer=LegacyStackSynthesizer(),
        termination_protection=configuration.sizes.protected,
        tags={"hera-environment": configuration.name},  # CloudFormation hands it on to every resource
    )
    if configuration.snapshot:
        _made_from(stack, configuration)
    return app, stack


def _made_from(stack: EnvironmentStack, configuration: Configuration) -> None:
    """The database of a snapshot: what CloudFormation does not take beside it is inherited from it."""
    [instance] = [known for known in stack.node.find_all() if isinstance(known, rds.CfnDBInstance)]
    instance.db_snapshot_identifier = configuration.snapshot
    instance.master_username = None
    instance.storage_encrypted = None
    instance.allocated_storage = str(max(int(instance.allocated_storage or 0), configuration.snapshot_gib))
    acknowledge(instance, RDS2="Inherited from the snapshot: hera-env takes none that is not encrypted.")


def main() -> None:
    """Synthesise the environment that the context `configuration` holds as JSON."""
    given = App().node.try_get_context("configuration")
    if not given:
        sys.exit("This wants -c configuration=JSON; hera-env gives it.")
    app, _stack = build(Configuration.from_json(given))
    app.synth()


if __name__ == "__main__":
    main()
