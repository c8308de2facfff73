"""The flat figures of an account, and their differences."""

from uuid import UUID

from application.audit.figures import Change, changes_between, figures_of
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Fill
from domain.accounts.payout_book import PendingPayout
from domain.money import USD
from tests.support.histories import BEGINNING, PACKS


def opened(pack: str) -> TradingAccount:
    """An account a moment old."""
    return TradingAccount.open(
        account_id=UUID(int=1), trader_id=UUID(int=2), plan=pack, pack=PACKS[pack], at=BEGINNING
    )


def buy(account: TradingAccount, fill_id: str, *, quantity: int, price: str) -> None:
    """One purchase of an ES future."""
    account.record_fill(
        Fill.of(
            fill_id=fill_id,
            symbol="ESH6",
            action="buy",
            quantity=quantity,
            price=price,
            fees=USD.of("1.00"),
            executed_at=BEGINNING,
        )
    )


class TestFigures:
    def test_spread_what_has_parts_and_write_money_as_decimal_texts(self) -> None:
        figures = figures_of(opened("end of day").state)
        assert figures["balance"] == "50000.00"
        assert figures["target.required"] == "3000.00"
        assert figures["target.reached"] is False
        assert figures["consistency.ratio"] is None

    def test_name_no_rule_that_the_pack_lacks(self) -> None:
        figures = figures_of(opened("no rules").state)
        assert figures["floor"] is None
        assert figures["target"] is None

    def test_list_every_open_lot_with_its_price(self) -> None:
        account = opened("no rules")
        buy(account, "f-1", quantity=1, price="5000.25")
        buy(account, "f-2", quantity=2, price="5001.50")
        assert figures_of(account.state)["positions.ESH6"] == "+1 @ 5000.25, +2 @ 5001.5"

    def test_name_a_payout_that_is_reserved(self) -> None:
        state = opened("funded").state
        reserved = PendingPayout(amount=USD.of("500.00"), trader_share=USD.of("450.00"))
        state.payouts.pending["p-1"] = reserved
        assert figures_of(state)["payouts.p-1"] == "500.00 requested"

    def test_name_what_was_warned_of(self) -> None:
        account = opened("static")
        account.record_result(result_id="r-1", net=USD.of("-1250.00"), at=BEGINNING)
        assert figures_of(account.state)["warned.max_loss"] == "80 %"


class TestChanges:
    def test_name_what_is_new_what_is_gone_and_what_differs(self) -> None:
        changes = changes_between(
            {"kept": 1, "moved": "a", "gone": "b"}, {"kept": 1, "moved": "c", "new": True}
        )
        assert changes == (
            Change(field="moved", before="a", after="c"),
            Change(field="new", before=None, after=True),
            Change(field="gone", before="b", after=None),
        )

    def test_are_none_between_equals(self) -> None:
        figures = figures_of(opened("static").state)
        assert changes_between(figures, dict(figures)) == ()
