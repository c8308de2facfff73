"""Who may do what: one table for the whole API.

Every operation stands here by its name; an operation that does not is refused to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["trader", "support", "admin", "compliance", "operator"]

STAFF: Final[frozenset[Role]] = frozenset({"support", "admin", "compliance"})
EVERYONE: Final[frozenset[Role]] = STAFF | {"trader"}
ROLES: Final[frozenset[Role]] = EVERYONE | {"operator"}
"""Every role that there is."""

WATCHERS: Final[frozenset[Role]] = frozenset({"operator", "admin"})
"""Who sees how busy the firm is. An operator's token is for machines, and opens nothing else."""

ADMIN: Final[frozenset[Role]] = frozenset({"admin"})
PAYOUT_ASKERS: Final[frozenset[Role]] = ADMIN | {"trader"}
"""Who asks for a payout and takes a request back: a trader for its own accounts, or the firm."""

PAYOUT_DECIDERS: Final[frozenset[Role]] = ADMIN
"""Who agrees to a payout or refuses it."""

PAYOUT_PAYERS: Final[frozenset[Role]] = ADMIN
"""Who says that the money has left."""

# A trader is let through to accounts here and to nothing but its own accounts by each query.
PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = {
    "list_accounts": EVERYONE,
    "get_account": EVERYONE,
    "list_trades": EVERYONE,
    "list_days": EVERYONE,
    "list_snapshots": EVERYONE,
    "list_violations": EVERYONE,
    "get_violation": EVERYONE,
    "list_payouts": EVERYONE,
    "list_account_payouts": EVERYONE,
    "get_payout": EVERYONE,
    "get_payout_eligibility": EVERYONE,
    "list_warnings": EVERYONE,
    "list_verdicts": EVERYONE,
    "get_certificate": EVERYONE,
    "list_account_audit": EVERYONE,
    "list_audit": STAFF,
    "list_event_types": EVERYONE,
    "get_event_type": EVERYONE,
    "list_packs": EVERYONE,
    "get_pack": EVERYONE,
    "list_pack_versions": EVERYONE,
    "get_pack_version": EVERYONE,
    "publish_pack": ADMIN,
    "move_account": ADMIN,
    "open_account": ADMIN,
    "record_trade": ADMIN,
    "record_fill": ADMIN,
    "mark_equity": ADMIN,
    "pass_time": ADMIN,
    "note_release": ADMIN,
    "list_news": EVERYONE,
    "schedule_release": ADMIN,
    "withdraw_release": ADMIN,
    "close_day": ADMIN,
    "void_execution": ADMIN,
    "correct_trade": ADMIN,
    "correct_fill": ADMIN,
    "decide_revision": ADMIN,
    "list_restatements": EVERYONE,
    "list_account_revisions": EVERYONE,
    "list_revisions": STAFF,
    "get_account_whatif": EVERYONE,
    "ask_whatif_run": ADMIN,
    "list_whatif_runs": STAFF,
    "get_whatif_run": STAFF,
    "list_whatif_flips": STAFF,
    "cancel_whatif_run": ADMIN,
    "get_rules_engine": STAFF,
    "get_metrics": WATCHERS,
    "request_payout": PAYOUT_ASKERS,
    "cancel_payout": PAYOUT_ASKERS,
    "approve_payout": PAYOUT_DECIDERS,
    "reject_payout": PAYOUT_DECIDERS,
    "pay_payout": PAYOUT_PAYERS,
    "get_checkpoint": EVERYONE,
    "get_event_proof": STAFF,
    "get_consistency_proof": EVERYONE,
}
