"""The firm's people and the trader's paperwork: payouts, revised outcomes, other rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

from application.accounts.commands import DecideRevision
from application.accounts.moving import MoveAccount
from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from application.simulation.chance import Chance
from application.simulation.driving import AccountCommand
from application.simulation.reporting import Platform
from application.simulation.traders import day_locking
from domain.accounts.consents import Consent, statement_hash_of
from domain.accounts.payout_book import PendingPayout
from domain.accounts.payout_grounds import Grounds
from domain.accounts.payouts import answer_request, facts_of, process_on
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState, Revision
from domain.money import USD
from domain.rules.canonical import hash_of
from domain.rules.payouts import answer_approval

_ASKS_PERMILLE: Final = 550
_ASKS_FOR_ALL_PERMILLE: Final = 650
_CANCELS_PERMILLE: Final = 50
_DECIDES_PERMILLE: Final = 250
_APPLIES_PERMILLE: Final = 750
_MOVES_PERMILLE: Final = 1
_PAID_AFTER_DAYS: Final = (1, 3)
_ROUND: Final = USD.of("50.00")
_WISHES: Final = (5, 24)  # How many of it a payout should come to before it is asked for.
_ROOM: Final = USD.of("100.00")
_SOONEST, _LATEST = 60, 45 * 60
_WORDS: Final = "I agree that from the next session on a daily loss locks my day."

_OBJECTIONS: Final = (
    (20, "identity_unverified", "The identity document has expired; upload a valid one."),
    (12, "copy_trading", "The trades mirror those of another trader's account."),
    (12, "prohibited_trading", "Positions were opened on both sides of a market at once."),
    (8, "data_in_doubt", "The prices of the last trades are being checked."),
)
"""For how many of a thousand requests, on which ground, and in which words."""

Fate = Literal["paid", "cancelled", "rejected"]


class Desk:
    """What happens to one account after the trading of a day, before its close.

    Draws from a chance of its own, so that paperwork never changes what is traded.
    """

    def __init__(self, platform: Platform, chance: Chance) -> None:
        self._platform, self._chance = platform, chance
        self._asked = 0
        self._wish = _ROUND * chance.between(*_WISHES)
        self._fate: Fate = "paid"
        self._objection = _OBJECTIONS[0]
        self._due: date | None = None

    @property
    def is_needed(self) -> bool:
        """Whether somebody still has to decide or to pay."""
        return bool(self._state.payouts.pending) or bool(self._revisions)

    @property
    def freezes(self) -> bool:
        """Whether a payout is pending that forbids new trades."""
        rule = self._state.pack.payout
        return bool(rule and rule.freeze_while_pending and self._state.payouts.pending)

    def work(self, day: date, close: datetime, *, flat: bool) -> Iterator[AccountCommand]:
        """Decide what awaits a decision, then ask for a payout if one can be had."""
        for revision in self._revisions:
            if self._chance.happens(_DECIDES_PERMILLE) and (at := self._later(close)):
                yield self._decide(revision, at)
        pending = self._state.payouts.pending
        for payout_id, payout in tuple(pending.items()):
            if at := self._later(close):
                yield from self._settle(payout_id, payout, day=day, at=at)
        if flat and not pending and (at := self._later(close)):
            yield from self._ask(at)

    def move(self, at: datetime) -> Iterator[AccountCommand]:
        """Now and then a trader agrees to be judged by the pack whose daily loss locks the day."""
        account, state = self._platform.account, self._state
        rule = state.pack.daily_loss
        if not self._chance.happens(_MOVES_PERMILLE) or rule is None or rule.effect == "lock_day":
            return
        left = standing_of(state).floor_left
        roomy = left is None or left > _ROOM
        if not roomy or state.status != "active" or state.lots or state.session is not None:
            return
        pack = day_locking(state.pack)
        given_at = at - timedelta(minutes=20)
        hashed = statement_hash_of(
            account_id=account.id,
            from_hash=state.pack_hash,
            pack_hash=hash_of(pack),
            given_by=state.trader_id,
            given_at=given_at,
            statement=_WORDS,
        )
        consent = Consent(
            given_by=state.trader_id, given_at=given_at, statement=_WORDS, statement_hash=hashed
        )
        yield self._platform.tell(
            MoveAccount(
                account_id=account.id,
                pack=pack,
                consent=consent,
                reason="the trader chose the pack with day locks (simulated)",
                at=at,
            )
        )

    @property
    def _state(self) -> AccountState:
        return self._platform.account.state

    @property
    def _revisions(self) -> Sequence[Revision]:
        return [each for each in self._state.revisions.values() if each.decision is None]

    def _later(self, close: datetime) -> datetime | None:
        """A moment after all that was told, before the close; None when the day is too short."""
        office = close - timedelta(hours=6)
        begin = max(self._platform.told_at, office)
        seconds = int((close - begin).total_seconds()) - 1
        if seconds < _SOONEST:
            return None
        return begin + timedelta(seconds=self._chance.between(_SOONEST, min(_LATEST, seconds)))

    def _decide(self, revision: Revision, at: datetime) -> AccountCommand:
        """What was told to the trader's harm is rarely applied, and a pass is never taken away."""
        helps = revision.change == "disappears" and revision.rule != "pass"
        applied = helps and self._chance.happens(_APPLIES_PERMILLE)
        said = "the exchange confirmed it" if applied else "the firm stands by what it told"
        return self._platform.tell(
            DecideRevision(
                account_id=self._platform.account.id,
                version=revision.version,
                decision="applied" if applied else "dismissed",
                reason=f"{said} (simulated)",
                at=at,
            )
        )

    def _ask(self, at: datetime) -> Iterator[AccountCommand]:
        state = self._state
        rule = state.pack.payout
        if rule is None or state.status not in ("active", "locked"):
            return
        least = rule.minimum or _ROUND
        enough = state.balance - state.pack.starting_balance >= max(least, self._wish)
        if not enough or not self._chance.happens(_ASKS_PERMILLE):
            return
        answer = answer_request(state, amount=None, at=at)
        if not answer.allowed or answer.maximum < self._wish:
            return
        amount = answer.maximum
        if not self._chance.happens(_ASKS_FOR_ALL_PERMILLE):
            amount = max(least, USD(amount.units // 2 // _ROUND.units * _ROUND.units))
        self._asked += 1
        self._wish = _ROUND * self._chance.between(*_WISHES)
        self._draw_fate()
        self._due = process_on(state, at)
        yield self._platform.tell(
            RequestPayout(
                account_id=self._platform.account.id,
                payout_id=f"p-{self._asked}",
                amount=min(amount, answer.maximum),
                at=at,
            )
        )

    def _draw_fate(self) -> None:
        self._fate = "cancelled" if self._chance.happens(_CANCELS_PERMILLE) else "paid"
        left = self._chance.below(1_000)
        for objection in _OBJECTIONS:
            if 0 <= left < objection[0]:
                self._fate, self._objection = "rejected", objection
            left -= objection[0]

    def _settle(
        self, payout_id: str, payout: PendingPayout, *, day: date, at: datetime
    ) -> Iterator[AccountCommand]:
        if self._due is None or day < self._due:
            return
        account_id = self._platform.account.id
        command: AccountCommand
        if payout.approved:
            command = PayPayout(
                account_id=account_id,
                payout_id=payout_id,
                reference=f"wire {account_id.hex[:8]}-{payout_id}",
                at=at,
            )
        elif self._fate == "cancelled":
            command = CancelPayout(account_id=account_id, payout_id=payout_id, at=at)
        elif grounds := self._grounds(payout_id, payout, at=at):
            command = RejectPayout(
                account_id=account_id, payout_id=payout_id, grounds=grounds, at=at
            )
        else:
            command = ApprovePayout(account_id=account_id, payout_id=payout_id, at=at)
            self._due = day + timedelta(days=self._chance.between(*_PAID_AFTER_DAYS))
        yield self._platform.tell(command)

    def _grounds(self, payout_id: str, payout: PendingPayout, *, at: datetime) -> Grounds | None:
        """Why not, if anything stands against it; what an approval would refuse comes first."""
        state = self._state
        facts = facts_of(state, at=at, without=payout_id)
        answer = answer_approval(state.pack.payout, facts, payout.amount)
        evidence = tuple(sorted({payout.version, self._platform.account.version}))
        if not answer.allowed:
            said = "The amount is no longer there, or the account has ended."
            return Grounds(reasons=answer.reasons, explanation=said, evidence=evidence)
        if self._fate != "rejected":
            return None
        _, reason, said = self._objection
        return Grounds(reasons=(reason,), explanation=said, evidence=evidence)
