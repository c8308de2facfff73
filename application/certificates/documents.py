"""The certificate: one canonical JSON document about one verdict, made of its events alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from application.certificates.differences import Differs
from application.certificates.entries import Entry, Logged
from application.certificates.kinds import KINDS, REVISION, ends_account, status_brought
from application.certificates.revised import corrected_document
from application.certificates.running import Running
from domain.accounts.state import AccountState
from domain.documents import canonical_json
from domain.rules.canonical import document_of, hash_of

FORMAT: Final = "dynasty-verdict-certificate"
FORMAT_VERSION: Final = 1
ENGINE: Final = {"name": "dynasty-ledger", "version": version("dynasty-ledger")}
NO_PROOFS: Final[Mapping[str, Any]] = {
    "tree": None,
    "inclusion": [],
    "statement": "Nothing here proves that these events are those of the log: the hash of each"
    " covers who recorded it and why, which a certificate leaves out. The firm can prove them by"
    " the tree of the log and its signed checkpoints.",
}
KNOWN_PROOFS: Final[tuple[Mapping[str, Any], ...]] = (
    NO_PROOFS,
    # Certificates that were given out before there was a tree.
    {
        **NO_PROOFS,
        "statement": "The log keeps no tree of hashes yet, so nothing here proves that these events"
        " are those of the log. Compare them with an export of it.",
    },
)
_FIGURES: Final = (
    "status", "balance", "equity", "equity_is_old", "floor", "daily_floor", "distance",
)  # fmt: skip


def certificate_of(
    running: Running,
    history: Iterable[Logged],
    *,
    verdict_version: int,
    account_id: UUID,
    engine: Mapping[str, str],
    proofs: Mapping[str, Any] = NO_PROOFS,
) -> dict[str, Any]:
    """The certificate of the verdict with this version, every figure of it worked out anew.

    Raises Differs where the history, run again, is not what was recorded.
    """
    account = running.run(history, until=verdict_version)
    entries = [each.entry for each in running.told]
    verdict = _verdict(entries, running.steps[-1], verdict_version)
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "engine": dict(engine),
        "account": _account(account_id, account.state),
        "pack": _pack(account.state),
        "events": entries,
        "steps": running.steps,
        "verdict": verdict,
        "proofs": proofs,
    }
    if verdict["kind"] == REVISION:
        document["corrected"] = corrected_document(running.told, verdict["evidence"])
    return {**document, "digest": digest_of(document)}


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text of everything but the digest itself, in lower-case hex."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    return hashlib.sha256(canonical_json(rest).encode()).hexdigest()


def text_of(document: Mapping[str, Any]) -> str:
    """The one text of a document: canonical JSON and a line feed."""
    return f"{canonical_json(document)}\n"


def _account(account_id: UUID, state: AccountState) -> dict[str, Any]:
    return {
        "account_id": str(account_id),
        "trader_id": str(state.trader_id),
        "plan": state.plan,
        "phase": state.pack.phase,
    }


def _pack(state: AccountState) -> dict[str, Any]:
    rules = json.loads(canonical_json(document_of(state.pack)))
    return {"hash": hash_of(state.pack), "rules": rules}


def _verdict(
    entries: list[Entry], last_step: Mapping[str, Any], verdict_version: int
) -> dict[str, Any]:
    entry = entries[verdict_version - 1]
    if entry["type"] not in KINDS:
        raise Differs("/verdict/type", entry["type"], f"one of {', '.join(sorted(KINDS))}")
    rests_on = _evidence_of(entries, verdict_version)
    concerned = [*rests_on, verdict_version]
    return {
        "id": entry["event_id"],
        "version": verdict_version,
        "kind": KINDS[entry["type"]],
        "type": entry["type"],
        "effective_at": entry["effective_at"],
        "ends_account": ends_account(entry["type"], brings=_status_brought(entries, entry)),
        "facts": entry["payload"],
        "violations": [
            {"version": each, "facts": entries[each - 1]["payload"]}
            for each in concerned
            if entries[each - 1]["type"] == "account.rule_violated"
        ],
        "evidence": [
            {name: entries[each - 1][name] for name in ("version", "type", "event_id")}
            for each in rests_on
        ],
        "standing": {name: last_step[name] for name in _FIGURES},
    }


def _status_brought(entries: list[Entry], verdict: Entry) -> str | None:
    if KINDS[verdict["type"]] != REVISION:
        return None
    facts = verdict["payload"]
    return status_brought(facts, entries[facts["revision_version"] - 1]["payload"])


def _evidence_of(entries: list[Entry], verdict_version: int) -> list[int]:
    """The versions that a verdict rests on, and those that these rest on, oldest first."""
    found: set[int] = set()
    waiting = [verdict_version]
    while waiting:
        payload = entries[waiting.pop() - 1]["payload"]
        # A revision rests on its correction, and on the verdict that it would take away.
        named = [*payload.get("evidence", ()), payload.get("verdict_version")]
        fresh = {each for each in named if type(each) is int and 1 <= each <= len(entries)} - found
        found |= fresh
        waiting += fresh
    return sorted(found - {verdict_version})
