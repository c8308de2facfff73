"""The marks that the hot loop did not let pass: refused, taken in, or told to their account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from application.context import CommandContext, acting
from application.errors import LedgerUnavailable, StaleVersion, StreamNotFound, WriteConflict
from application.ledger import Ledger
from application.marks.facts import facts_of
from application.marks.mark import Delivery, Mark, Refusal
from application.marks.taking import TakeMarks, TakingMarks
from application.marks.watch import Jumps, Watch
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount

Answer = TypeVar("Answer")

ENGINE: Final = CommandContext(actor="rules-engine", reason="A mark of the open profit.")
PAUSES: Final = tuple(timedelta(milliseconds=each) for each in (100, 500, 1_000, 2_000, 5_000))


@dataclass(slots=True)
class Settled:
    """What became of the marks of one account. `watch` is None for an account nobody opened."""

    watch: Watch | None
    refused: list[tuple[Refusal, Mark]] = field(default_factory=list)
    told: int = 0


class Settler:
    """Decides marks with the ledger at hand. Called from several threads, an account from one.

    `patiently` waits so long, and is false when there is no time left: then a ledger that
    does not answer is raised, and nothing may be acknowledged.
    """

    def __init__(
        self, ledger: Ledger, *, jumps: Jumps, patiently: Callable[[timedelta], bool]
    ) -> None:
        self._ledger, self._jumps, self._patiently = ledger, jumps, patiently

    def find(self, account: bytes) -> Watch | None:
        """Watch an account that no read model shows yet; None when there is none."""
        try:
            found = self._answered(lambda: self._ledger.load(TradingAccount, UUID(bytes=account)))
        except StreamNotFound:
            return None
        return Watch(facts_of(found), self._jumps)

    def settle(self, watch: Watch | None, marks: Sequence[Mark]) -> Settled:
        """Decide the marks of one account, in order."""
        settled = Settled(watch)
        if watch is None:
            settled.refused = [("unknown_account", mark) for mark in marks]
            return settled
        watch.release()
        news: list[Mark] = []
        for mark in _with_last(marks, watch):
            reason = watch.refusal(mark)
            if reason is not None:
                if reason != "decided":
                    settled.refused.append((reason, mark))
                continue
            watch.accept(mark)
            if news or not watch.says_nothing_new(mark):
                news.append(mark)
        if news:
            self._tell(watch, news, settled)
        watch.release()
        return settled

    def _tell(self, watch: Watch, news: Sequence[Mark], settled: Settled) -> None:
        """Let the account decide on exactly the version that the engine looked at.

        When it has moved on meanwhile, marks from before its newest event are no longer news.
        """
        while news:
            taking = TakingMarks()
            command = TakeMarks(
                account_id=watch.facts.account_id,
                marks=news,
                expected_version=watch.facts.version,
            )
            try:
                self._answered(partial(self._carry_out, taking, command))
            except (StaleVersion, WriteConflict):
                news = self._caught_up(watch, news, settled)
                continue
            assert taking.account is not None, "a command that was carried out had its account"
            watch.renew(facts_of(taking.account))
            settled.refused += [(reason, mark) for mark, reason in taking.refused]
            settled.told += len(news)
            return

    def _carry_out(self, taking: TakingMarks, command: TakeMarks) -> None:
        with acting(ENGINE):
            carry_out(taking, command, self._ledger)

    def _caught_up(self, watch: Watch, news: Sequence[Mark], settled: Settled) -> Sequence[Mark]:
        account_id = watch.facts.account_id
        account = self._answered(lambda: self._ledger.load(TradingAccount, account_id))
        watch.renew(facts_of(account))
        older = [mark for mark in news if mark.at < watch.settled]
        settled.refused += [("superseded", mark) for mark in older if _is_counted(mark)]
        return [mark for mark in news if mark.at >= watch.settled]

    def _answered(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until the ledger answers: skipping a mark would hide what it crossed."""
        attempt = 0
        while True:
            try:
                return ask()
            except LedgerUnavailable:
                if not self._patiently(PAUSES[min(attempt, len(PAUSES) - 1)]):
                    raise
                attempt += 1


def _with_last(marks: Sequence[Mark], watch: Watch) -> Sequence[Mark]:
    """The marks, and after strays the last one once more: what they record may have raised a floor
    that was crossed since.
    """
    at = watch.marked_at
    if all(mark.delivery is not Delivery.STRAY or mark.at >= at for mark in marks):
        return marks
    return sorted([*marks, Mark(at, watch.pnl, watch.facts.account_id.bytes)])


def _is_counted(mark: Mark) -> bool:
    """Whether nobody has decided it before, as far as is known."""
    return mark.delivery is not Delivery.AGAIN
