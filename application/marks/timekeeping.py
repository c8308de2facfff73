"""Telling accounts the time: deadlines of their packs, and the end of their day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from typing_extensions import override

from application.accounts.commands import CloseDay, NoteRelease, PassTime
from application.accounts.handlers import close_day, note_release, pass_time
from application.context import CommandContext, IdempotencyKey, acting
from application.errors import LedgerUnavailable
from application.ledger import Ledger, Receipt
from application.marks.facts import facts_of
from application.marks.mark import moment_of
from application.marks.schedule import Wakeup
from application.marks.watch import Watch
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded
from domain.errors import DomainError
from domain.kernel import Aggregate, Event
from domain.market.releases import Release
from domain.money import USD

CLOCK: Final = CommandContext(actor="rules-engine", reason="The clock of the exchange.")
NEWS: Final = CommandContext(actor="rules-engine", reason="The firm's news calendar.")

TAggregate = TypeVar("TAggregate", bound=Aggregate)


class NotingLedger(Ledger):
    """A ledger that remembers the account it loaded last, so that its new state need not be read
    again. One command at a time.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.observer = ledger, ledger.observer
        self.account: TradingAccount | None = None

    @override
    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        found = self._ledger.load(kind, stream_id, expected_version=expected_version)
        self.account = found if isinstance(found, TradingAccount) else None
        return found

    @override
    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        return self._ledger.history(aggregate)

    @override
    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        return self._ledger.save(*aggregates, expect=expect)

    @override
    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        return self._ledger.receipt_of(key)


class Timekeeper:
    """Sends what the clock calls for. A second time changes nothing: the account knows the time.

    Called from several threads, an account from one.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        unknown_after: timedelta,
        now: Callable[[], datetime],
        report: Callable[[str], None],
    ) -> None:
        self._ledger, self._unknown_after, self._now = ledger, unknown_after, now
        self._report = report

    def tell(self, watch: Watch, wakeup: Wakeup) -> bool:
        """Tell one account the time; False when its day cannot be closed for want of a mark.

        Raises LedgerUnavailable; then nothing is known to have happened.
        """
        watch.told = max(wakeup.at, watch.told or wakeup.at)
        if self._is_unknown(watch, wakeup):
            return False
        noting = NotingLedger(self._ledger)
        try:
            with acting(CLOCK):
                self._send(watch, wakeup, noting)
        except LedgerUnavailable:
            watch.told = None
            raise
        except DomainError:
            # Over, or closed by somebody else: the read model will say so.
            return True
        assert noting.account is not None, "a command that was carried out had its account"
        watch.renew(facts_of(noting.account))
        return True

    def note(self, watch: Watch, releases: Sequence[Release], *, at: datetime) -> None:
        """Tell one account of releases. What it refuses is reported, and not told again here.

        Raises LedgerUnavailable.
        """
        noting = NotingLedger(self._ledger)
        account_id = watch.facts.account_id
        for release in releases:
            command = NoteRelease(account_id=account_id, release=release, at=at)
            try:
                with acting(NEWS):
                    carry_out(note_release, command, noting)
            except LedgerUnavailable:
                raise
            except AccountEnded:
                # The read model will say so.
                return
            except DomainError as refusal:
                self._report(
                    f"acc_{account_id} was not told of the release {release.release_id}:"
                    f" {refusal.code}: {refusal.sentence}"
                )
            watch.noted.add(release.release_id)
        if noting.account is not None:
            watch.renew(facts_of(noting.account))

    def _send(self, watch: Watch, wakeup: Wakeup, ledger: Ledger) -> None:
        account_id = watch.facts.account_id
        if wakeup.kind == "time":
            carry_out(pass_time, PassTime(account_id=account_id, at=wakeup.at), ledger)
            return
        command = CloseDay(
            account_id=account_id,
            day=wakeup.day,
            at=max(self._now(), wakeup.at),
            open_pnl=self._open_pnl(watch, wakeup.at),
        )
        carry_out(close_day, command, ledger)

    def _open_pnl(self, watch: Watch, close: datetime) -> USD | None:
        """What stays open over the close; None when nothing does, or the account is over."""
        if watch.facts.status == "failed" or not self._is_marked(watch, close):
            return None
        return USD(watch.pnl) if watch.is_open or watch.pnl else None

    def _is_unknown(self, watch: Watch, wakeup: Wakeup) -> bool:
        """Whether going on would pretend that what stays open is worth nothing."""
        day = watch.facts.day
        if not watch.is_open or day is None or (wakeup.kind == "time" and wakeup.day <= day):
            return False
        return not self._is_marked(watch, wakeup.at)

    def _is_marked(self, watch: Watch, close: datetime) -> bool:
        return bool(watch.marked_at) and (moment_of(watch.marked_at) >= close - self._unknown_after)
