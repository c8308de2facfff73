"""Refusals of the tree over the log, its checkpoints and their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

LOG: Final[Mapping[str, Kind]] = {
    "archive-damaged": Kind(
        500,
        "A file of the archive is missing or was changed",
        "Put the file back from a copy, by its name and hash in the manifest; see the runbook.",
    ),
    "archive-not-exact": Kind(
        500,
        "What was written to the archive is not what the log holds",
        "Nothing was taken out. Run `dynasty log verify`, then archive again.",
    ),
    "archive-store-refused": Kind(
        500,
        "The place for the archive cannot be used",
        "Make the bucket, with Object Lock for a retention, and allow this login to put and get.",
    ),
    "archive-unavailable": Kind(
        503,
        "Old events lie in an archive that does not answer",
        "Ask again after `Retry-After`. An operator checks the archive and its settings.",
        retryable=True,
    ),
    "checkpoint-contradicted": Kind(
        500,
        "Another checkpoint is kept for this size",
        "Two histories were signed: run `dynasty log verify --copies` and follow the runbook.",
    ),
    "checkpoint-missing": Kind(
        404,
        "No checkpoint was signed yet",
        "Ask again when the daemon has signed one, or run `dynasty log checkpoint --sign`.",
        retryable=True,
    ),
    "checkpoint-store-missing": Kind(
        409,
        "No bucket keeps copies of checkpoints",
        "Set `DYNASTY_LOG_BUCKET` to a bucket with Object Lock.",
    ),
    "checkpoint-store-refused": Kind(
        500,
        "The bucket cannot keep checkpoints",
        "Make it with Object Lock, and allow this login to put, get and list.",
    ),
    "checkpoint-store-unavailable": Kind(
        503,
        "The bucket does not answer",
        "Nothing is lost: checkpoints wait in the database and are copied later.",
        retryable=True,
    ),
    "checkpoint-unreadable": Kind(
        422,
        "This is no checkpoint, or no verifier key",
        "Give a checkpoint as `dynasty log checkpoint` prints it, a key as `dynasty log key show`.",
    ),
    "event-not-covered": Kind(
        409,
        "No checkpoint covers this event yet",
        "Ask again when the next checkpoint is signed.",
        retryable=True,
    ),
    "event-not-in-log": Kind(
        500,
        "An event of the audit trail is not in the log",
        "Keep the database as it is, and let an operator run `dynasty log verify`.",
    ),
    "log-key-missing": Kind(
        409,
        "No key signs checkpoints",
        "Set `DYNASTY_LOG_KEY_FILE` or `DYNASTY_LOG_KMS_KEY`.",
    ),
    "log-key-refused": Kind(
        500,
        "The key cannot sign checkpoints",
        "Use an Ed25519 key file of mode 0600, or a KMS key for signing of ECC_NIST_P256.",
    ),
    "log-key-unavailable": Kind(
        503,
        "KMS does not answer",
        "Nothing was signed; it is tried again.",
        retryable=True,
    ),
    "partition-not-archivable": Kind(
        409,
        "The partition cannot be archived",
        "Archive the oldest first, and only what is full and covered by a signed checkpoint.",
    ),
    "tree-damaged": Kind(
        500,
        "The tree contradicts itself or what was signed",
        "Run `dynasty log verify` and follow the runbook: somebody changed the database.",
    ),
    "tree-size-refused": Kind(
        422,
        "There was no tree of this size",
        "Ask from one size to a larger one, and to no more than the log has sealed.",
    ),
}
