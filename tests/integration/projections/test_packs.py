"""What read models show of packs: the versions on sale, and the one that judges an account."""

from uuid import UUID

import pytest

from application.accounts.moving import MoveAccount, move_account
from application.errors import WriteConflict
from application.plans.commands import PublishPack, PublishShippedPack
from application.plans.handlers import publish_pack, publish_shipped_pack
from domain.accounts.account import TradingAccount
from domain.market.calendar import session_close
from domain.plans.pack_line import PackLine, line_id_of
from domain.rules.canonical import hash_of
from tests.integration.projections.projecting import Projecting
from tests.support.builders import MONDAY, a_trade, moment
from tests.support.consents import consent_of
from tests.unit.plans.samples import AT, PHASE, PROGRAM, SHIPPED, SOFT, SOFTER, run_of

ACCOUNT = UUID(int=5)
SHIP = PublishShippedPack(program=PROGRAM, phase=PHASE, at=AT)


def opened(at_work: Projecting) -> None:
    account = TradingAccount.open(
        account_id=ACCOUNT, trader_id=UUID(int=7), plan=PROGRAM, pack=SHIPPED,
        at=moment(MONDAY, "09:00"),
    )  # fmt: skip
    at_work.ledger.save(account)


def moved(at_work: Projecting) -> None:
    account, at = at_work.ledger.load(TradingAccount, ACCOUNT), moment(MONDAY, "12:00")
    consent = consent_of(account, SOFT, at=at)
    command = MoveAccount(account_id=ACCOUNT, pack=SOFT, consent=consent, reason="Asked.", at=at)
    move_account(command, at_work.ledger)


def pack_shown(at_work: Projecting) -> tuple[str, str]:
    at_work.catch_up()
    row = at_work.row("accounts")
    return row["pack_hash"], row["pack"]["profit_target"]


class TestPackVersions:
    def test_shows_every_version_with_its_diff_and_its_run(self, at_work: Projecting) -> None:
        publish_shipped_pack(SHIP, at_work.ledger)
        run = run_of(SHIPPED, SOFT)
        softer = PublishPack(
            program=PROGRAM, phase=PHASE, pack=SOFT, reason="Softer.", at=AT, impact=run
        )
        publish_pack(softer, at_work.ledger)
        at_work.catch_up()
        first, second = at_work.rows("pack_versions", order="number")
        assert (first["program"], first["phase"]) == (PROGRAM, PHASE)
        assert first["pack_hash"] == hash_of(SHIPPED)
        assert (first["impact"], first["impact_hash"]) == (None, None)
        assert second["diff"] == [
            {"pointer": "/profit_target", "before": "1500.00", "after": "1400.00"}
        ]
        assert (second["impact"]["accounts"], second["impact_hash"]) == (2, run.hash)
        assert second["reason"] == "Softer."

    def test_is_told_in_the_audit_log(self, at_work: Projecting) -> None:
        publish_shipped_pack(SHIP, at_work.ledger)
        at_work.catch_up()
        (entry,) = at_work.audited()
        assert entry.summary.startswith("Version 1 of the pack of standard-25k (evaluation)")
        assert entry.account_id is None

    def test_of_two_who_publish_at_once_the_second_changes_nothing(
        self, at_work: Projecting
    ) -> None:
        lines = [
            PackLine.first(
                program=PROGRAM, phase=PHASE, pack=SHIPPED, sold=SHIPPED, reason=reason, at=AT
            )
            for reason in ("One reason.", "Another.")
        ]
        receipts = [at_work.ledger.save(line) for line in lines]
        assert [each.position for each in receipts] == [1, None]
        assert [each.version for each in receipts] == [1, 1]

    def test_of_two_who_publish_other_packs_at_once_the_second_is_told(
        self, at_work: Projecting
    ) -> None:
        publish_shipped_pack(SHIP, at_work.ledger)
        line_id = line_id_of(program=PROGRAM, phase=PHASE)
        one, other = (at_work.ledger.load(PackLine, line_id) for _ in range(2))
        one.publish(SOFT, impact=run_of(SHIPPED, SOFT), reason="Softer.", at=AT)
        other.publish(SOFTER, impact=run_of(SHIPPED, SOFTER), reason="Softer yet.", at=AT)
        at_work.ledger.save(one)
        with pytest.raises(WriteConflict):
            at_work.ledger.save(other)


class TestAccounts:
    def test_show_the_pack_in_force(self, at_work: Projecting) -> None:
        opened(at_work)
        assert pack_shown(at_work) == (hash_of(SHIPPED), "1500.00")
        moved(at_work)
        assert pack_shown(at_work) == (hash_of(SOFT), "1400.00")
        assert at_work.differences() == []

    def test_show_another_pack_from_the_close_on(self, at_work: Projecting) -> None:
        opened(at_work)
        account = at_work.ledger.load(TradingAccount, ACCOUNT)
        account.record_trade(a_trade())
        at_work.ledger.save(account)
        moved(at_work)
        assert pack_shown(at_work) == (hash_of(SHIPPED), "1500.00")
        account = at_work.ledger.load(TradingAccount, ACCOUNT)
        account.close_day(day=MONDAY, at=session_close(MONDAY))
        at_work.ledger.save(account)
        assert pack_shown(at_work) == (hash_of(SOFT), "1400.00")
        assert at_work.row("rule_state")["target_units"] == 14_000_000
        assert at_work.differences() == []
