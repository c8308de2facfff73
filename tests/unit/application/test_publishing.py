"""Publishing packs, opening accounts under what is on sale, and moving them."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from application.accounts.moving import (
    MoveAccountToProgram,
    OpenProgramAccount,
    move_account_to_program,
    open_program_account,
)
from application.errors import StaleVersion, StreamNotFound
from application.plans.catalogue import ProgramUnknown, program, program_names
from application.plans.commands import PublishPack, PublishShippedPack
from application.plans.handlers import pack_on_sale, publish_pack, publish_shipped_pack
from application.plans.versions import version_of
from domain.accounts.account import TradingAccount
from domain.plans.errors import ImpactMissing
from domain.plans.pack_line import PackLine, line_id_of
from domain.rules.canonical import hash_of
from tests.support.builders import OPENED, TRADER, moment
from tests.support.consents import a_consent
from tests.unit.application.memory import MemoryLedger
from tests.unit.plans.samples import AT, PHASE, PROGRAM, SHIPPED, SOFT, SOFTER, run_of

LINE = line_id_of(program=PROGRAM, phase=PHASE)
SHIP = PublishShippedPack(program=PROGRAM, phase=PHASE, at=AT)
PUBLISH = PublishPack(
    program=PROGRAM, phase=PHASE, pack=SOFT, reason="Softer.", at=AT, impact=run_of(SHIPPED, SOFT)
)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def opened(ledger: MemoryLedger, account_id: UUID) -> TradingAccount:
    command = OpenProgramAccount(
        account_id=account_id, trader_id=TRADER, plan=PROGRAM, program=PROGRAM, phase=PHASE,
        at=OPENED,
    )  # fmt: skip
    open_program_account(command, ledger)
    return ledger.load(TradingAccount, account_id)


class TestPublishPack:
    def test_puts_a_version_on_sale(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        assert publish_pack(PUBLISH, ledger).version == 2
        assert pack_on_sale(PROGRAM, PHASE, ledger) == SOFT

    def test_needs_no_run_for_the_first(self, ledger: MemoryLedger) -> None:
        publish_pack(replace(PUBLISH, impact=None), ledger)
        assert ledger.load(PackLine, LINE).newest.number == 1

    def test_changes_nothing_the_second_time(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        publish_pack(PUBLISH, ledger)
        again = publish_pack(PUBLISH, ledger)
        assert (again.version, again.position) == (2, None)

    @pytest.mark.parametrize(("first", "expected"), [(True, 2), (False, 1)])
    def test_refuses_what_was_decided_on_another_version(
        self, ledger: MemoryLedger, *, first: bool, expected: int
    ) -> None:
        if first:
            publish_shipped_pack(SHIP, ledger)
        with pytest.raises(StaleVersion):
            publish_pack(replace(PUBLISH, expected_version=expected), ledger)

    @pytest.mark.parametrize("wrong", [{"program": "gold-1k"}, {"phase": "funded_daily"}])
    def test_refuses_what_is_not_sold(self, ledger: MemoryLedger, wrong: dict[str, str]) -> None:
        with pytest.raises(ProgramUnknown):
            publish_pack(replace(PUBLISH, **wrong), ledger)  # type: ignore[arg-type]

    def test_refuses_a_later_version_without_a_run(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        with pytest.raises(ImpactMissing):
            publish_pack(replace(PUBLISH, impact=None), ledger)


class TestPublishShippedPack:
    def test_begins_every_line_once(self, ledger: MemoryLedger) -> None:
        lines = [(name, phase) for name in program_names() for phase in program(name).packs]
        commands = [PublishShippedPack(program=name, phase=phase, at=AT) for name, phase in lines]
        first = [publish_shipped_pack(each, ledger) for each in commands]
        again = [publish_shipped_pack(each, ledger) for each in commands]
        assert [each.version for each in first] == [1] * 28
        assert [each.position for each in again] == [None] * 28

    def test_leaves_a_later_version_on_sale(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        publish_pack(PUBLISH, ledger)
        assert publish_shipped_pack(SHIP, ledger).position is None
        assert pack_on_sale(PROGRAM, PHASE, ledger) == SOFT


class TestAnAccountOfAProgram:
    def test_is_opened_under_the_shipped_pack_where_nothing_was_published(
        self, ledger: MemoryLedger
    ) -> None:
        assert opened(ledger, uuid4()).state.pack == SHIPPED

    def test_is_opened_under_the_newest_version(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        publish_pack(PUBLISH, ledger)
        assert opened(ledger, uuid4()).state.pack_hash == hash_of(SOFT)

    def test_keeps_its_pack_when_another_goes_on_sale(self, ledger: MemoryLedger) -> None:
        account_id = uuid4()
        opened(ledger, account_id)
        publish_pack(replace(PUBLISH, impact=None), ledger)
        assert ledger.load(TradingAccount, account_id).state.pack == SHIPPED

    def test_moves_to_what_is_on_sale_once(self, ledger: MemoryLedger) -> None:
        account_id = uuid4()
        opened(ledger, account_id)
        publish_shipped_pack(SHIP, ledger)
        publish_pack(PUBLISH, ledger)
        consent = a_consent(
            account_id=account_id, from_hash=hash_of(SHIPPED), pack=SOFT, given_by=TRADER,
            given_at=OPENED,
        )  # fmt: skip
        move = MoveAccountToProgram(
            account_id=account_id, program=PROGRAM, phase=PHASE, consent=consent, reason="Asked.",
            at=moment(),
        )  # fmt: skip
        assert move_account_to_program(move, ledger).version == 2
        publish_pack(replace(PUBLISH, pack=SOFTER, impact=run_of(SOFT, SOFTER)), ledger)
        assert move_account_to_program(move, ledger).position is None
        assert ledger.load(TradingAccount, account_id).state.pack == SOFT


class TestAVersion:
    def test_is_found_by_its_number(self, ledger: MemoryLedger) -> None:
        publish_shipped_pack(SHIP, ledger)
        publish_pack(PUBLISH, ledger)
        assert [version_of(PROGRAM, PHASE, n, ledger) for n in (1, 2, None)] == [
            SHIPPED, SOFT, SOFT,
        ]  # fmt: skip

    @pytest.mark.parametrize("number", [1, 7])
    def test_that_was_never_published_is_not_found(self, ledger: MemoryLedger, number: int) -> None:
        with pytest.raises(StreamNotFound):
            version_of(PROGRAM, PHASE, number, ledger)
