"""Refusals about rule packs: versions that do not go on sale, accounts that do not move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

PACKS: Final[Mapping[str, Kind]] = {
    "consent-not-given": Kind(
        409,
        "No consent to these rules",
        "Let the account's trader agree to exactly these two packs, then move the account.",
    ),
    "impact-missing": Kind(
        409,
        "No impact run",
        "Replay the accounts under the new pack with the what-if, and attach what it says.",
    ),
    "impact-not-of-the-book": Kind(
        409,
        "The impact run did not judge the accounts that were sold",
        "Ask about the plan that is sold under the pack, or about all accounts, as they traded.",
    ),
    "impact-of-other-packs": Kind(
        409,
        "The impact run is of other packs",
        "Run it again from the newest version to the pack that is to be published.",
    ),
    "move-would-breach": Kind(
        409,
        "The move would put the account at a limit",
        "Move it when it stands above the limit that is named; `observed` and `limit` say both.",
    ),
    "open-profit-unknown": Kind(
        409, "The open profit is not known", "Record an equity mark, then move the account."
    ),
    "pack-already-held": Kind(
        409, "The account has this pack", "Nothing is to be done; it is judged by this pack."
    ),
    "pack-change-pending": Kind(
        409,
        "Another pack comes into force at the close",
        "Wait until the session has closed, then move the account again.",
    ),
    "pack-not-alike": Kind(
        409,
        "The pack is not for this account",
        "Name a pack of the account's own starting balance and phase.",
    ),
    "pack-not-of-line": Kind(
        409,
        "The pack is not of what is sold here",
        "Check program and phase, or the starting balance and the phase of the pack.",
    ),
    "pack-unchanged": Kind(
        409, "No rule is another", "Keep the version that is on sale; a name is no new version."
    ),
}
