"""Refusals of the request itself: who asked, how it was written, and which version it was about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

REQUESTS: Final[Mapping[str, Kind]] = {
    "body-too-large": Kind(413, "Body too large", "Send less in one request."),
    "cursor-refused": Kind(
        400,
        "Not a cursor of this list",
        "Send `next_cursor` exactly as it was given, to the same path, with no other parameter.",
    ),
    "idempotency-key-malformed": Kind(
        400,
        "Malformed idempotency key",
        "Send 1 to 255 visible ASCII characters, with or without double quotes around them.",
    ),
    "idempotency-key-missing": Kind(
        400,
        "Idempotency key missing",
        "Send the header `Idempotency-Key` with a new UUID for each new command, and the same one"
        " for each retry.",
    ),
    "idempotency-key-reused": Kind(
        422,
        "Idempotency key used for something else",
        "Use a new key for a new command, or send the first input again.",
    ),
    "invalid-request": Kind(
        422, "Invalid request", "Correct each place that `errors` names, then send it again."
    ),
    "method-not-allowed": Kind(
        405, "Method not allowed here", "Use a method that the header `Allow` lists."
    ),
    "no-such-path": Kind(404, "No such path", "See `/openapi.json` for the paths there are."),
    "not-permitted": Kind(
        403, "Not permitted", "The role of your token may not do this. Ask an administrator."
    ),
    "not-recordable": Kind(
        422, "A text cannot be recorded", "Shorten it, and leave out control characters."
    ),
    "position-refused": Kind(
        400,
        "Not a position of this ledger",
        "Send the value of a `Ledger-Position` header exactly as it was given, or leave it out.",
    ),
    "stale-version": Kind(
        412,
        "The account has changed",
        "Read it again, decide again, and send the new version in `If-Match`.",
    ),
    "token-missing": Kind(
        401, "Bearer token missing", "Send the header `Authorization: Bearer <token>`."
    ),
    "token-refused": Kind(401, "Bearer token not accepted", "Ask for a new token."),
    "trader-missing": Kind(
        422,
        "A role and its traders do not fit",
        "Name at least one trader with the role trader, and none with any other role.",
    ),
    "token-not-issued": Kind(
        422, "Token not issued", "Name a role, a subject and traders that a token can have."
    ),
    "unreadable-body": Kind(400, "The body is not JSON", "Send a JSON document."),
    "unreadable-document": Kind(
        422, "A document is not what it should be", "Correct the place that `pointer` names."
    ),
    "version-required": Kind(
        428,
        "The version decided on is missing",
        "Read the account or the payout, decide, and send its `ETag` in `If-Match`.",
    ),
}
