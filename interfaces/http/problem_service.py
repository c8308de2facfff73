"""Failures of the service, and refusals of the command line that share its catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

_AGAIN = "Send the same request again, with the same key, after `Retry-After`."

SERVICE: Final[Mapping[str, Kind]] = {
    "internal-fault": Kind(
        500,
        "The service failed",
        "It was logged under `request_id`. Send a command again with the same key: it is done once"
        " at the most.",
        retryable=True,
    ),
    "account-parked": Kind(
        503,
        "The account is parked",
        "An operator runs `dynasty dlq list`, mends what is named and retries it; then ask again."
        " Questions about a moment, with `as_of` or `at_seq`, are answered out of the log.",
        retryable=True,
    ),
    "database-unusable": Kind(
        503,
        "The database cannot be used",
        "An operator checks DATABASE_URL, the roles of its login, and that `dynasty migrate` ran.",
        retryable=True,
    ),
    "ledger-busy": Kind(503, "More waits to be recorded than is taken in", _AGAIN, retryable=True),
    "ledger-unavailable": Kind(503, "The ledger does not answer", _AGAIN, retryable=True),
    "projection-behind": Kind(
        503,
        "The answer would be out of date",
        "Ask again after `Retry-After`, wait longer with `Prefer: wait=5`, or leave"
        " `Ledger-Position-Min` out to be answered at once with what there is.",
        retryable=True,
    ),
    "read-models-missing": Kind(
        503,
        "The read models were never built",
        "An operator runs `dynasty migrate`; then ask again.",
        retryable=True,
    ),
    "read-models-unavailable": Kind(503, "The read models do not answer", _AGAIN, retryable=True),
    "unknown-event-type": Kind(
        500,
        "The log holds an event this release does not know",
        "Run the release that wrote it, or a newer one.",
    ),
    "unreadable-event": Kind(
        500,
        "The log holds an event this release cannot read",
        "Run the release that wrote it, or a newer one.",
    ),
    "write-conflict": Kind(
        409,
        "Another command came first",
        "Send the same request again, with the same key.",
        retryable=True,
    ),
}
