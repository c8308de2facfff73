"""What a certificate looks like in the OpenAPI document: the shape, with most of it left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from application.certificates.documents import FORMAT, FORMAT_VERSION, NO_PROOFS

_EVENT: Final = "0199f3c2-7f00-7000-8000-0000000000e1"
_PACK: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HASH: Final = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
_FIGURES: Final = {
    "status": "failed",
    "balance": "23499.50",
    "equity": "23499.50",
    "equity_is_old": False,
    "floor": "23500.00",
    "daily_floor": None,
    "distance": {"floor": "-0.50", "daily_floor": None},
}
_FACTS: Final = {
    "rule": "max_loss",
    "trading_day": "2025-10-14",
    "balance_units": 234995000,
    "equity_units": 234995000,
    "evidence": [56],
    "pack_hash": _PACK,
}
_DECIDED: Final = "2025-10-14T19:40:00.000000Z"

CERTIFICATE: Final[Mapping[str, Any]] = {
    "format": FORMAT,
    "format_version": FORMAT_VERSION,
    "engine": {"name": "dynasty-ledger", "version": "0.1.0"},
    "account": {
        "account_id": "0199f3c2-7f00-7000-8000-000000000001",
        "trader_id": "0199f3c2-7f00-7000-8000-000000000007",
        "plan": "standard-25k",
        "phase": "evaluation",
    },
    "pack": {"hash": _PACK, "rules": {"starting_balance": "25000.00"}},
    "events": [
        {
            "version": 57,
            "type": "account.failed",
            "schema_version": 1,
            "effective_at": _DECIDED,
            "recorded_at": "2025-10-14T19:40:00.120000Z",
            "ledger_seq": 1042,
            "event_id": _EVENT,
            "payload": _FACTS,
        }
    ],
    "steps": [
        {
            "version": 55,
            "last_version": 57,
            "at": _DECIDED,
            "what": "account.trade_recorded",
            "found": [{"version": 57, "type": "account.failed", "rule": "max_loss"}],
            **_FIGURES,
            "sha256": _HASH,
        }
    ],
    "verdict": {
        "id": _EVENT,
        "version": 57,
        "kind": "breach",
        "type": "account.failed",
        "effective_at": _DECIDED,
        "ends_account": True,
        "facts": _FACTS,
        "violations": [],
        "evidence": [{"version": 56, "type": "account.rule_violated", "event_id": _EVENT}],
        "standing": _FIGURES,
    },
    "proofs": NO_PROOFS,
    "digest": _HASH,
}
PAGE: Final = '<!doctype html>\n<html lang="en">…</html>\n'
