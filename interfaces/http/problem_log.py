"""Refusals of the tree over the log, its checkpoints and their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

LOG: Final[Mapping[str, Kind]] = {
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
