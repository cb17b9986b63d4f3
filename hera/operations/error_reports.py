"""Errors told to Sentry, in the same words as the log's: nothing that names anybody leaves the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import sentry_sdk

from hera.operations.logs import cleaned

if TYPE_CHECKING:
    from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

# What was asked for stays here: addresses hold links that sign somebody in, heads hold tokens, bodies hold everything.
# The route is told apart from it (`transaction`).
_OF_A_REQUEST = ("method",)


def start(dsn: str, environment: str) -> None:
    """Tell errors to Sentry from now on."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,  # local variables hold names and numbers
        max_request_body_size="never",
        before_send=_without_people,
        before_send_transaction=_without_people,
        before_breadcrumb=_crumb_without_people,
    )


def _without_people(event: Event, _hint: Hint) -> Event:
    told = cast("dict[str, Any]", event)
    request = told.pop("request", None) or {}
    told.pop("user", None)
    for raised in (told.get("exception") or {}).get("values") or []:
        # Words and frames are apart here: no frame ends what is quoted.
        raised["value"] = str(raised.get("value") or "").replace('\n  File "', "\n")
    # Texts of any depth; what Sentry itself counts by (numbers, identifiers, moments) is not a telephone number.
    kept: dict[str, Any] = {
        name: told[name] for name in ("event_id", "timestamp", "start_timestamp", "sdk") if name in told
    }
    told = {**cleaned(told), **kept, "request": {name: request[name] for name in _OF_A_REQUEST if name in request}}
    return cast("Event", told)


def _crumb_without_people(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb:
    """What happened before: without the addresses that were called and the statements that were run."""
    crumb.pop("data", None)
    return cast("Breadcrumb", {**cleaned(crumb), **{name: crumb[name] for name in ("timestamp",) if name in crumb}})
