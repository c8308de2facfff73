"""The rows of `payouts` and of `verdict_revisions` as they were on two clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

from domain.accounts.events_corrections import RevisionDecided, VerdictRevised
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from projections import payouts, verdict_revisions
from projections.kernel import Projected
from projections.past import Past
from projections.payouts import CHANGED, change_of, request_row
from projections.verdict_revisions import DECIDED, decided, revision_row

_TABLES: Final = ("requested_rules", "approved_rules", "rejected_rules")


def payouts_of(past: Past) -> Sequence[dict[str, Any]]:
    """The payouts that had been asked for by then, with what had been decided. No correction
    changes either.
    """
    found: dict[str, dict[str, Any]] = {}
    undecided: dict[str, Any] = dict.fromkeys(name for names in CHANGED.values() for name in names)
    for each in _by_then(past):
        match each.event:
            case PayoutRequested() as event:
                row = zip(payouts.COLUMNS, request_row(each, event), strict=True)
                found[event.payout_id] = {**undecided, "reasons": [], **dict(row)}
            case PayoutApproved() | PayoutRejected() | PayoutCancelled() | PayoutPaid() as event:
                status, changed = change_of(each, event)
                written = dict(zip(CHANGED[status], changed, strict=True))
                found[event.payout_id].update(written, status=status)
            case _:
                pass
    for payout, name in product(found.values(), _TABLES):
        payout[name] = json.loads(payout[name] or "null")
    return list(found.values())


def revisions_of(past: Past) -> Sequence[dict[str, Any]]:
    """The revisions that had been put to a person by then, with what had been decided."""
    found: dict[int, dict[str, Any]] = {}
    undecided: dict[str, Any] = dict.fromkeys(DECIDED)
    for each in _by_then(past):
        match each.event:
            case VerdictRevised() as event:
                row = dict(zip(verdict_revisions.COLUMNS, revision_row(each, event), strict=True))
                found[event.originator_version] = undecided | row
            case RevisionDecided() as event:
                written = dict(zip(DECIDED, decided(each, event), strict=True))
                found[event.revision_version].update(written)
            case _:
                pass
    return list(found.values())


def _by_then(past: Past) -> Iterator[Projected]:
    for each in past.events:
        if past.holds(each.recorded.effective_at):
            yield each
