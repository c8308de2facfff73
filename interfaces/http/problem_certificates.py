"""Refusals of verdict certificates, over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

CERTIFICATES: Final[Mapping[str, Kind]] = {
    "certificate-not-sound": Kind(
        422,
        "The certificate does not verify",
        "Ask for it again; what was changed is named by its place.",
    ),
    "certificate-unreadable": Kind(
        422,
        "The file of a certificate cannot be used",
        "Name a file that is there, and a certificate as it was given out.",
    ),
    "certificates-busy": Kind(
        503,
        "Too many certificates are being made",
        "Ask again after `Retry-After`.",
        retryable=True,
    ),
    "history-not-reproduced": Kind(
        500,
        "The recorded history does not come to the recorded verdict",
        "Tell the firm's engineers: the verdict was given by another release, or something is"
        " wrong with the log.",
    ),
    "history-too-long": Kind(
        409,
        "Too many events for one certificate",
        "Ask for an earlier verdict, or for an export of the account's events.",
    ),
    "no-verdict": Kind(404, "Nothing was decided yet", "Ask again once the account has a verdict."),
}
