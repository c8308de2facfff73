"""The one way every command goes: key first, then the handler, again on a lost race."""

from dataclasses import replace
from typing import Any

import pytest

from application.accounts.commands import (
    CloseDay,
    MarkEquity,
    NoteRelease,
    OpenAccount,
    PassTime,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from application.accounts.errors import AccountIdTaken
from application.accounts.handlers import (
    close_day,
    mark_equity,
    note_release,
    open_account,
    pass_time,
    record_fill,
    record_trade,
    void_execution,
)
from application.context import NOBODY, CommandContext, IdempotencyKey, acting, current_context
from application.errors import (
    IdempotencyKeyReused,
    LedgerUnavailable,
    StaleVersion,
    StreamNotFound,
    WriteConflict,
)
from application.ledger import Receipt
from application.pipeline import ATTEMPTS_MAX, carry_out, fingerprint_of
from domain.market.calendar import session_close
from domain.money import USD
from tests.support.builders import (
    ACCOUNT,
    MONDAY,
    OPENED,
    TRADER,
    a_fill,
    a_release,
    a_trade,
    moment,
    pack_of,
)
from tests.unit.application.memory import MemoryLedger

OPEN = OpenAccount(account_id=ACCOUNT, trader_id=TRADER, plan="p", pack=pack_of(), at=OPENED)
TRADE = RecordTrade(account_id=ACCOUNT, trade=a_trade("1", "50"))
FILL = RecordFill(account_id=ACCOUNT, fill=a_fill("2"))
MARK = MarkEquity(account_id=ACCOUNT, open_pnl=USD.of("5"), at=moment())
CLOSE = CloseDay(account_id=ACCOUNT, day=MONDAY, at=session_close(MONDAY))
VOID = VoidExecution(account_id=ACCOUNT, execution_id="1", at=moment(), reason="bad print")
TIME = PassTime(account_id=ACCOUNT, at=moment())
NOTE = NoteRelease(account_id=ACCOUNT, release=a_release(), at=moment())
HANDLED = [
    (record_trade, TRADE), (record_fill, FILL), (mark_equity, MARK), (close_day, CLOSE),
    (pass_time, TIME), (note_release, NOTE), (void_execution, VOID),
]  # fmt: skip


def opened(*, races: int = 0) -> MemoryLedger:
    """A ledger with one account, of which the next saves lose a race."""
    ledger = MemoryLedger()
    open_account(OPEN, ledger)
    ledger.saves, ledger.races = 0, races
    return ledger


def keyed(command: object, key: str = "k") -> CommandContext:
    return CommandContext(
        actor="test",
        idempotency=IdempotencyKey(scope="s", key=key, fingerprint=fingerprint_of(command)),
    )


class TestHandlers:
    def test_an_account_is_opened_under_a_new_id(self) -> None:
        ledger = MemoryLedger()
        assert carry_out(open_account, OPEN, ledger) == Receipt(
            stream_id=ACCOUNT, version=1, position=1
        )
        with pytest.raises(AccountIdTaken):
            carry_out(open_account, OPEN, ledger)

    def test_each_command_saves_what_the_account_decided(self) -> None:
        ledger = opened()
        versions = [
            carry_out(handler, command, ledger).version  # type: ignore[arg-type]
            for handler, command in HANDLED[:-1]
        ]
        assert versions == [2, 3, 4, 5, 5, 6]

    def test_a_void_takes_the_trade_back(self) -> None:
        ledger = opened()
        carry_out(record_trade, TRADE, ledger)
        assert carry_out(void_execution, VOID, ledger).version == 3

    def test_what_changes_nothing_has_no_position(self) -> None:
        ledger = opened()
        carry_out(record_trade, TRADE, ledger)
        assert carry_out(record_trade, TRADE, ledger).position is None

    @pytest.mark.parametrize(("handler", "command"), HANDLED)
    def test_an_unknown_account_is_refused(self, handler: Any, command: Any) -> None:
        with pytest.raises(StreamNotFound):
            carry_out(handler, command, MemoryLedger())

    @pytest.mark.parametrize(("handler", "command"), HANDLED)
    def test_a_version_that_is_not_the_newest_is_refused(self, handler: Any, command: Any) -> None:
        with pytest.raises(StaleVersion):
            carry_out(handler, replace(command, expected_version=9), opened())


class TestRaces:
    def test_a_lost_race_is_run_again_on_the_newer_state(self) -> None:
        ledger = opened(races=ATTEMPTS_MAX - 1)
        assert carry_out(record_trade, TRADE, ledger).version == 2
        assert ledger.saves == ATTEMPTS_MAX

    def test_a_race_lost_again_and_again_is_told(self) -> None:
        ledger = opened(races=ATTEMPTS_MAX)
        with pytest.raises(WriteConflict):
            carry_out(record_trade, TRADE, ledger)
        assert ledger.saves == ATTEMPTS_MAX

    def test_who_insists_on_a_version_is_told_at_once(self) -> None:
        ledger = opened(races=1)
        with pytest.raises(WriteConflict):
            carry_out(record_trade, replace(TRADE, expected_version=1), ledger)
        assert ledger.saves == 1


class TestKeys:
    def test_the_same_key_and_input_answer_with_the_first_receipt(self) -> None:
        ledger = opened()
        with acting(keyed(TRADE)):
            first = carry_out(record_trade, TRADE, ledger)
            again = carry_out(record_trade, TRADE, ledger)
        assert again == replace(first, replayed=True)
        assert ledger.saves == 1

    def test_the_same_key_with_another_input_is_refused(self) -> None:
        ledger = opened()
        with acting(keyed(TRADE)):
            carry_out(record_trade, TRADE, ledger)
        with acting(keyed(FILL)), pytest.raises(IdempotencyKeyReused):
            carry_out(record_fill, FILL, ledger)
        assert len(ledger.streams[ACCOUNT]) == 2

    def test_a_refusal_gives_way_to_a_twin_that_came_first(self) -> None:
        ledger = opened()

        def beaten(command: RecordTrade, ledger: MemoryLedger) -> Receipt:
            record_trade(command, ledger)
            raise StaleVersion("The twin changed the account; read it again.")

        with acting(keyed(TRADE)):
            assert carry_out(beaten, TRADE, ledger).replayed  # type: ignore[arg-type]

    def test_a_refusal_without_a_twin_is_told(self) -> None:
        ledger = opened()
        stale = replace(TRADE, expected_version=9)
        with acting(keyed(stale)), pytest.raises(StaleVersion):
            carry_out(record_trade, stale, ledger)

    def test_a_ledger_that_cannot_be_reached_is_not_asked_again(self) -> None:
        ledger, asked = opened(), []

        def unreachable(command: RecordTrade, ledger: MemoryLedger) -> Receipt:
            asked.append(command)
            raise LedgerUnavailable("The log could not be reached; try again later.")

        with acting(keyed(TRADE)), pytest.raises(LedgerUnavailable):
            carry_out(unreachable, TRADE, ledger)  # type: ignore[arg-type]
        assert asked == [TRADE]

    @pytest.mark.parametrize(
        "other",
        [
            replace(TRADE, trade=a_trade("1", "51.25")),
            replace(TRADE, trade=a_trade("1", "50", fees="0.0001")),
            replace(TRADE, trade=a_trade("2", "50")),
            replace(TRADE, expected_version=1),
            replace(TRADE, account_id=TRADER),
            FILL, MARK, CLOSE, VOID, OPEN,
        ],
    )  # fmt: skip
    def test_another_input_has_another_fingerprint(self, other: object) -> None:
        assert fingerprint_of(other) != fingerprint_of(TRADE)

    @pytest.mark.parametrize("command", [OPEN, TRADE, FILL, MARK, CLOSE, VOID])
    def test_a_fingerprint_is_the_same_every_time(self, command: Any) -> None:
        told = fingerprint_of(command)
        assert told == fingerprint_of(replace(command))
        assert len(bytes.fromhex(told)) == 32

    @pytest.mark.parametrize(
        ("command", "kept"),
        [
            (TRADE, "e478b11ae2d9cdc7"),
            (FILL, "04d5b4f75d691fe7"),
            (CLOSE, "652b117e4b9bc95b"),
            (VOID, "72b825f6fa682f25"),
            (NOTE, "bfb615580a781f5b"),
        ],
    )
    def test_a_fingerprint_is_the_same_in_every_release(self, command: Any, kept: str) -> None:
        # The log keeps them: another form would make retries look like another input.
        assert fingerprint_of(command).startswith(kept)


def test_a_context_lasts_as_long_as_its_block() -> None:
    with acting(CommandContext(actor="one")):
        with acting(CommandContext(actor="two")):
            assert current_context().actor == "two"
        assert current_context().actor == "one"
    assert current_context() is NOBODY
