"""Moving to another rule pack: with consent, from the next session on, never into a breach."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded, BeforeOpening
from domain.accounts.errors_packs import (
    ConsentNotGiven,
    MoveWouldBreach,
    OpenProfitUnknown,
    PackAlreadyHeld,
    PackChangePending,
    PackNotAlike,
)
from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.events_packs import PackChanged
from domain.accounts.standing import standing_of
from domain.documents import canonical_json
from domain.money import USD
from domain.rules.canonical import document_of, hash_of
from tests.support.builders import (
    MONDAY,
    OPENED,
    TRADER,
    TUESDAY,
    WEDNESDAY,
    approving,
    closing,
    earning,
    filling,
    marking,
    moment,
    pack_of,
    paying,
    requesting,
    trading,
)
from tests.support.consents import WORDS, consent_of, moving
from tests.support.scenario import fact, given

OLD: dict[str, Any] = {"name": "old", "max_loss": {"mode": "eod_trailing", "amount": "2000.00"}}
TIGHT = pack_of(name="tight", max_loss={"mode": "eod_trailing", "amount": "500.00"})
WIDE = pack_of(name="wide", max_loss={"mode": "eod_trailing", "amount": "3000.00"})
NOON = moment(MONDAY, "12:00")


def floor_of(account: TradingAccount) -> USD | None:
    return standing_of(account.state).floor


class TestConsent:
    def test_is_kept_whole_with_the_pack(self) -> None:
        account = given(OLD).when(moving(WIDE, at=NOON)).then(
            fact(
                PackChanged, at=NOON, from_hash=hash_of(pack_of(**OLD)), pack_hash=hash_of(WIDE),
                pack=canonical_json(document_of(WIDE)), given_by=TRADER, statement=WORDS,
                given_at=NOON - timedelta(minutes=1), reason="new rules", trading_day=MONDAY,
            )
        )  # fmt: skip
        assert account.state.pack == WIDE

    @pytest.mark.parametrize(
        ("other", "reason"),
        [
            ({"given_by": UUID(int=99)}, "not_the_trader"),
            ({"given_at": NOON}, "not_before_the_move"),
            ({"given_at": NOON - timedelta(minutes=2)}, "other_words_or_packs"),
            ({"statement": "I agree to something else."}, "other_words_or_packs"),
            ({"statement_hash": "0" * 64}, "other_words_or_packs"),
        ],
    )
    def test_is_the_traders_own_and_of_these_packs(
        self, other: dict[str, Any], reason: str
    ) -> None:
        given(OLD).when(moving(WIDE, at=NOON, **other)).then_refused(ConsentNotGiven, fault=reason)

    def test_of_another_pack_is_none(self) -> None:
        past = given(OLD)
        to_wide = consent_of(past.account, WIDE, at=NOON)
        past.when(moving(TIGHT, at=NOON, statement_hash=to_wide.statement_hash)).then_refused(
            ConsentNotGiven, fault="other_words_or_packs", pack_hash=hash_of(TIGHT)
        )

    def test_changes_nothing_the_second_time(self) -> None:
        account = given(OLD).account
        consent = consent_of(account, WIDE, at=NOON)
        past = given(OLD, moving(WIDE, at=NOON), closing(), trading("t-1", day=TUESDAY))
        again = moving(WIDE, at=moment(TUESDAY, "11:00"), statement_hash=consent.statement_hash)
        past.when(again).then()


class TestTheNextSession:
    def test_begins_with_the_close_of_the_one_in_progress(self) -> None:
        account = given(OLD, trading(), moving(WIDE, at=NOON)).account
        assert account.state.pack.name == "old"
        assert floor_of(account) == USD.of("48000.00")
        closing()(account)
        assert account.state.pack.name == "wide"
        assert floor_of(account) == USD.of("47000.00")
        assert account.state.next_pack is None

    def test_is_at_once_when_none_is_open(self) -> None:
        account = given(OLD, trading(), closing(), moving(WIDE, at=moment(TUESDAY))).account
        assert account.state.pack == WIDE

    def test_begins_under_the_floor_that_the_close_tells(self) -> None:
        given(OLD, trading("t-1", "100.00"), moving(WIDE, at=NOON)).when(closing()).then(
            fact(TradingDayClosed, floor_units=480_000_000, next_floor_units=471_000_000)
        )

    def test_is_judged_by_the_new_pack_and_says_so(self) -> None:
        past = given(OLD, moving(TIGHT, at=NOON))
        past.when(trading("t-1", "-500.00", day=TUESDAY)).then(
            fact(TradeRecorded),
            fact(RuleViolated, rule="max_loss", limit="49500.00", pack_hash=hash_of(TIGHT)),
            fact(AccountFailed, pack_hash=hash_of(TIGHT)),
        )

    def test_does_not_judge_the_day_before_it(self) -> None:
        past = given(OLD, trading(), moving(TIGHT, at=NOON))
        past.when(trading("t-2", "-600.00")).then(fact(TradeRecorded))

    def test_fails_at_the_close_what_has_fallen_through_the_new_floor(self) -> None:
        past = given(OLD, trading(), moving(TIGHT, at=NOON), trading("t-2", "-600.00"))
        past.when(closing()).then(
            fact(TradingDayClosed),
            fact(RuleViolated, rule="max_loss", trading_day=TUESDAY, pack_hash=hash_of(TIGHT)),
            fact(AccountFailed),
        )

    def test_leaves_the_pass_of_the_day_to_the_pack_it_was_traded_under(self) -> None:
        far = pack_of(name="far", profit_target="9000.00")
        near: dict[str, Any] = {"name": "near", "profit_target": "1000.00"}
        past = given(near, earning("1000.00"), moving(far, at=NOON))
        past.when(closing()).then(
            fact(TradingDayClosed),
            fact(AccountPassed, required_units=10_000_000, pack_hash=hash_of(pack_of(**near))),
        )

    def test_begins_with_the_close_of_a_day_that_was_left_open(self) -> None:
        account = given(OLD, trading(), moving(WIDE, at=NOON), trading("t-2", day=TUESDAY)).account
        assert account.state.pack == WIDE


class TestTheFloor:
    def test_hangs_below_the_peak_that_was_reached(self) -> None:
        account = given(
            OLD, earning("1500.00"), closing(), earning("-800.00", TUESDAY), closing(TUESDAY),
            moving(WIDE, at=moment(WEDNESDAY)),
        ).account  # fmt: skip
        assert (account.state.balance, floor_of(account)) == (
            USD.of("50700.00"), USD.of("48500.00"),
        )  # fmt: skip

    def test_is_where_the_new_pack_puts_it_after_a_payout(self) -> None:
        funded: dict[str, Any] = {"phase": "funded", "payout": {}}
        loss = {"mode": "static", "amount": "2000.00"}
        after = {**loss, "after_first_payout": "starting_balance"}
        account = given(
            {**funded, "max_loss": loss}, earning("2000.00"), closing(), requesting(),
            approving(), paying(),
            moving(pack_of(**funded, max_loss=after), at=moment(TUESDAY, "12:00")),
        ).account  # fmt: skip
        assert floor_of(account) == USD.of("50000.00")

    @pytest.mark.parametrize("loss", ["-500.00", "-600.00"])
    def test_is_not_one_the_account_stands_at_or_below(self, loss: str) -> None:
        given(OLD, trading("t-1", loss)).when(moving(TIGHT, at=NOON)).then_refused(
            MoveWouldBreach, rule="max_loss", limit="49500.00"
        )

    def test_may_be_one_the_account_stands_above(self) -> None:
        given(OLD, trading("t-1", "-498.75")).when(moving(TIGHT, at=NOON)).then(fact(PackChanged))

    def test_counts_open_losses(self) -> None:
        past = given(OLD, filling(), marking("-500.00"))
        past.when(moving(TIGHT, at=NOON)).then_refused(MoveWouldBreach, rule="max_loss")

    def test_is_not_guessed_while_the_open_profit_is_unknown(self) -> None:
        past = given(
            OLD, filling(), marking("10.00"), filling("f-2", symbol="MNQH6", clock="11:30")
        )
        past.when(moving(TIGHT, at=NOON)).then_refused(OpenProfitUnknown)

    def test_of_the_day_is_measured_from_the_close_to_come(self) -> None:
        daily = pack_of(name="daily", daily_loss={"effect": "fail", "amount": "300.00"})
        past = given({"name": "none"}, trading("t-1", "-400.00"))
        past.when(moving(daily, at=NOON)).then(fact(PackChanged))
        open_loss = given({"name": "none"}, filling(), marking("-300.00"))
        open_loss.when(moving(daily, at=NOON)).then_refused(MoveWouldBreach, rule="daily_loss")


class TestAMove:
    def test_is_refused_while_more_is_held_than_the_pack_allows(self) -> None:
        small = pack_of(name="small", position_limits={"per_symbol": {"MES": 2}})
        past = given({"name": "none"}, filling(quantity=3))
        past.when(moving(small, at=NOON)).then_refused(
            MoveWouldBreach, rule="position_limit", observed="3", limit="2"
        )

    def test_to_the_pack_in_force_is_none(self) -> None:
        given(OLD).when(moving(pack_of(**OLD), at=NOON)).then_refused(PackAlreadyHeld)

    def test_waits_for_the_one_before(self) -> None:
        past = given(OLD, trading(), moving(WIDE, at=NOON))
        past.when(moving(TIGHT, at=moment(MONDAY, "13:00"))).then_refused(
            PackChangePending, next_pack_hash=hash_of(WIDE)
        )

    @pytest.mark.parametrize("other", [{"starting_balance": "100000.00"}, {"phase": "funded"}])
    def test_keeps_the_starting_balance_and_the_phase(self, other: dict[str, Any]) -> None:
        given(OLD).when(moving(pack_of(**other), at=NOON)).then_refused(PackNotAlike)

    def test_of_a_failed_account_is_refused(self) -> None:
        past = given(OLD, earning("-2000.00"))
        past.when(moving(WIDE, at=moment(TUESDAY))).then_refused(AccountEnded)

    def test_of_a_passed_account_is_refused(self) -> None:
        past = given({"profit_target": "100.00"}, earning("100.00"), closing())
        past.when(moving(pack_of(name="b"), at=moment(TUESDAY))).then_refused(AccountEnded)

    def test_of_an_account_that_passes_with_the_day_left_open_is_refused(self) -> None:
        past = given({"profit_target": "100.00"}, earning("100.00"))
        past.when(moving(pack_of(name="b"), at=moment(TUESDAY))).then_refused(AccountEnded)

    def test_before_the_opening_is_refused(self) -> None:
        past = given(OLD)
        past.when(moving(WIDE, at=OPENED - timedelta(hours=1))).then_refused(BeforeOpening)
