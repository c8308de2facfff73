"""Refusals of operators' work: the command line raises them, the API does not.

They have a page and a status all the same, so that one catalogue holds every code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

OPERATIONS: Final[Mapping[str, Kind]] = {
    "data-directory-in-use": Kind(
        409,
        "Another process runs its servers here",
        "Stop that process, or name another directory in `DYNASTY_DATA_DIR`.",
    ),
    "dead-letter-not-found": Kind(
        404, "No such dead letter", "`dynasty dlq list --all` shows all there were."
    ),
    "dead-letter-strict": Kind(
        409,
        "The event cannot be left out",
        "Run the release that can read it, then `dynasty dlq retry`.",
    ),
    "demo-data-missing": Kind(
        500, "The demo's trades are missing", "Run the demo from a checkout of the project."
    ),
    "effect-not-failed": Kind(
        409,
        "This order to the platform has not failed",
        "`dynasty rules-engine effects list` shows those that have.",
    ),
    "embedded-server-failed": Kind(
        503, "An embedded server did not start", "Read its log in the data directory."
    ),
    "export-exists": Kind(
        409, "The export directory is not empty", "Name a directory that does not exist yet."
    ),
    "export-not-written": Kind(
        500,
        "A file could not be written",
        "Check the disk and the directory, then ask again.",
    ),
    "export-of-another-log": Kind(
        409,
        "The export was not made from this log",
        "Record it with the database that it was made from.",
    ),
    "log-not-contiguous": Kind(
        500, "The log has a hole", "Stop, and restore the log from a backup that verifies."
    ),
    "mark-unreadable": Kind(
        422,
        "A line of marks cannot be read",
        "Correct the line that is named, and publish the file again; what was sent counts once.",
    ),
    "marks-piled-up": Kind(
        503,
        "Too many marks wait",
        "Start the rules engine, or one more instance of it, then publish again.",
        retryable=True,
    ),
    "marks-unavailable": Kind(
        503, "The stream of marks does not answer", "Check Redis; then again.", retryable=True
    ),
    "metrics-not-served": Kind(
        500,
        "Metrics cannot be served there",
        "Set `DYNASTY_METRICS_PORT` to a free port, or do not set it.",
    ),
    "migration-changed": Kind(
        500,
        "A migration was changed after it was applied",
        "Restore the migration as it was, and write a new one.",
    ),
    "not-an-export": Kind(422, "Not an export", "Name a directory that an export wrote."),
    "partitions-changed": Kind(
        500,
        "The number of partitions was changed",
        "Set `DYNASTY_MARKS_PARTITIONS` to what it was.",
    ),
    "platform-refused": Kind(
        502,
        "The platform refused an order",
        "See why with `dynasty rules-engine effects list`, mend it, then retry the order.",
    ),
    "platform-unavailable": Kind(
        503, "The platform did not take an order", "It is sent again by itself.", retryable=True
    ),
    "poison-event": Kind(
        500,
        "An event cannot be projected",
        "Run the release that can read it, or mend the read model, then start the daemon again.",
    ),
    "position-moved": Kind(
        409,
        "Another projector is at work",
        "Run it again; nothing was applied twice.",
        retryable=True,
    ),
    "read-model-outdated": Kind(
        503,
        "A read model has another release's shape",
        "An operator runs `dynasty projections rebuild --outdated`; then ask again.",
        retryable=True,
    ),
    "no-rows-of-accounts": Kind(
        422,
        "A read model has no rows of accounts",
        "Rebuild it as a whole: `dynasty projections rebuild`.",
    ),
    "nothing-retired": Kind(
        404,
        "No earlier tables are kept",
        "See `dynasty projections status` for the read models that have any.",
    ),
    "rebuild-differs": Kind(
        409,
        "A build differs from the live rows",
        "Find out what changed the live rows, then switch to the build with --accept.",
    ),
    "rebuild-given-up": Kind(
        500,
        "A rebuild was given up",
        "See what its workers logged, then start it again.",
    ),
    "rebuild-running": Kind(
        409, "Another rebuild is running", "Wait for it to end.", retryable=True
    ),
    "retired-outdated": Kind(
        409,
        "Earlier tables cannot be brought up to date",
        "Rebuild, or revert with the release that made them.",
    ),
    "selection-refused": Kind(
        422, "The selection cannot be used", "Correct the bound that the sentence names."
    ),
    "settings-refused": Kind(
        500, "A setting cannot be used", "Correct the environment variable that is named."
    ),
    "signing-secret-missing": Kind(
        500, "No signing secret", "Set `DYNASTY_JWT_SECRET`, the same for every process."
    ),
    "simulation-differs": Kind(
        409, "Another history is recorded", "Simulate with another seed, or into an empty ledger."
    ),
    "simulation-out-of-range": Kind(
        422, "No such book", "Ask for fewer accounts or days, or for a start within the calendar."
    ),
    "snapshot-code-unknown": Kind(
        404, "No such code", "`dynasty snapshots status` lists the codes that have snapshots."
    ),
    "snapshot-missing": Kind(
        404,
        "The account has no snapshot",
        "Nothing is needed: it is read whole until the daemon takes one.",
    ),
    "snapshot-wrong": Kind(
        500,
        "A snapshot was not what its events make",
        "Find out who changed it, look at what was decided since, then run"
        " `dynasty snapshots drop`.",
    ),
    "unknown-read-model": Kind(
        422, "No such read model", "`dynasty projections status` lists them."
    ),
}
