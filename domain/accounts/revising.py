"""Outcomes that a corrected history would change, and the person's decision on each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from domain.accounts.errors import RevisionDecidedAlready, RevisionUnknown
from domain.accounts.events import AccountEvent
from domain.accounts.events_corrections import Decision, RevisionDecided, VerdictRevised
from domain.accounts.outcomes import Outcome, outcomes_of, payout_outcome, pronounced
from domain.accounts.restating import Restated
from domain.accounts.state import AccountState, Revision, Status
from domain.market.calendar import trading_day_of

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount


def revise(
    account: TradingAccount, found: Restated, past: Sequence[AccountEvent], *, in_doubt: bool
) -> None:
    """Put every outcome that would be another one to a person, once; let go of what no longer is.

    `past` is the history before the correction, which is the account's newest event.
    """
    correction, revisions = account.version, account.state.revisions
    wanted = dict(_differences(found, past))
    for key, revision in list(revisions.items()):
        if revision.decision is None and wanted.get(key, (None, ""))[1] != revision.change:
            _settle(account, revision, decision="overtaken", reason="A later correction.", at=None)
    for key, (outcome, change) in wanted.items():
        known = revisions.get(key)
        if known is not None and known.decision != "applied" and known.change == change:
            continue
        account.record(
            VerdictRevised,
            at=account.modified_on,
            key=key,
            outcome=outcome.outcome,
            change=change,
            rule=outcome.rule,
            effect=outcome.effect,
            trading_day=outcome.trading_day,
            observed=outcome.observed,
            limit=outcome.limit,
            unit=outcome.unit,
            verdict_version=outcome.version if change == "disappears" else None,
            status_if_applied=_status_if(account.state, found, outcome, change=change),
            in_doubt=in_doubt,
            evidence=(correction,),
            pack_hash=account.state.pack_hash,
        )


def decide_revision(
    account: TradingAccount, *, version: int, decision: Decision, reason: str, at: datetime
) -> None:
    """Apply or dismiss a revision. The same decision again changes nothing.

    Refuses with RevisionUnknown or RevisionDecidedAlready.
    """
    revision = next(
        (each for each in account.state.revisions.values() if each.version == version), None
    )
    if revision is None:
        raise RevisionUnknown(
            f"No revision of version {version} awaits a decision; list the account's revisions.",
            version=version,
        )
    if revision.decision == decision:
        return
    if revision.decision is not None:
        raise RevisionDecidedAlready(
            f"The revision of version {version} was {revision.decision} already, and that stands.",
            version=version,
            decision=revision.decision,
        )
    _settle(account, revision, decision=decision, reason=reason, at=at)


def _settle(
    account: TradingAccount,
    revision: Revision,
    *,
    decision: Decision,
    reason: str,
    at: datetime | None,
) -> None:
    state, moment = account.state, at or account.modified_on
    status, ended_by = state.status, state.ended_by
    if decision == "applied" and revision.status_if_applied is not None:
        status = revision.status_if_applied
        ended_by = revision.rule if status == "failed" else None
    account.record(
        RevisionDecided,
        at=moment,
        revision_version=revision.version,
        key=revision.key,
        decision=decision,
        reason=reason,
        status_after=status,
        ended_by_after=ended_by,
        trading_day=trading_day_of(moment),
        evidence=(revision.version,),
    )


def _differences(
    found: Restated, past: Sequence[AccountEvent]
) -> Iterator[tuple[str, tuple[Outcome, str]]]:
    standing, true = pronounced(past), outcomes_of(found.verdicts)
    over = found.ended_on
    for key, outcome in standing.items():
        # What came after a failure was not judged; it has not disappeared.
        if key not in true and (over is None or outcome.trading_day <= over):
            yield key, (outcome, "disappears")
    for key, outcome in true.items():
        if key not in standing:
            yield key, (outcome, "appears")
    for payout in found.unearned:
        outcome = payout_outcome(payout)
        yield outcome.key, (outcome, "disappears")


def _status_if(
    state: AccountState, found: Restated, outcome: Outcome, *, change: str
) -> Status | None:
    """How the account would stand; None where that does not depend on this outcome."""
    if change == "appears":
        if outcome.outcome == "pass":
            return "passed" if state.status in ("active", "locked") else None
        if outcome.effect == "fail":
            return "failed"
        session = state.session
        is_today = session is not None and session.day == outcome.trading_day
        locks = outcome.effect == "lock_day" and is_today and state.status == "active"
        return "locked" if locks else None
    if outcome.outcome == "pass":
        return "active" if state.status == "passed" else None
    if outcome.effect == "fail" and state.status == "failed":
        return _alive(found)
    if outcome.effect == "lock_day" and state.status == "locked":
        return _alive(found)
    return None


def _alive(found: Restated) -> Status:
    """The standing without the outcome; a failure that appears elsewhere is decided by itself."""
    return "active" if found.account.outlived else found.account.state.status
