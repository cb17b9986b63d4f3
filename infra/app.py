"""The CDK application: `cdk synth --app "python -m infra.app" -c configuration=JSON`. `hera-env` calls it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aws_cdk import App, LegacyStackSynthesizer, Validations
from cdk_nag import AwsSolutionsChecks

from infra.configuration import Configuration
from infra.stack.environment import EnvironmentStack

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
    return app, stack


def main() -> None:
    """Synthesise the environment that the context `configuration` holds as JSON."""
    given = App().node.try_get_context("configuration")
    if not given:
        sys.exit("This wants -c configuration=JSON; hera-env gives it.")
    app, _stack = build(Configuration.from_json(given))
    app.synth()


if __name__ == "__main__":
    main()
