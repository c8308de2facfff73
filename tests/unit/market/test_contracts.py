"""Symbols, prices and profit, by example."""

from decimal import Decimal

import pytest

from domain.market.contracts import QUANTITY_MAX, contract_of, price_text
from domain.market.errors import NotAPrice, PriceOffTick, QuantityOutOfRange, UnknownContract
from domain.market.platform_codes import PROJECTX_ROOTS
from domain.market.specs import SPECS
from domain.money import USD


class TestContractOf:
    @pytest.mark.parametrize(
        ("symbol", "root", "series"),
        [
            ("ESH6", "ES", "ESH6"),
            ("MNQZ5", "MNQ", "MNQZ5"),
            ("6EZ5", "6E", "6EZ5"),
            ("MCLZ25", "MCL", "MCLZ5"),
            ("M2KU26", "M2K", "M2KU6"),
            ("M6AH6", "M6A", "M6AH6"),
            ("ES", "ES", "ES"),
            ("CON.F.US.MNQ.Z25", "MNQ", "MNQZ5"),
            ("CON.F.US.EP.H26", "ES", "ESH6"),
            ("CON.F.US.MCLE.V26", "MCL", "MCLV6"),
        ],
    )
    def test_reads(self, symbol: str, root: str, series: str) -> None:
        contract = contract_of(symbol)
        assert (contract.symbol, contract.spec, contract.series) == (symbol, SPECS[root], series)

    @pytest.mark.parametrize(
        "symbol",
        [
            *("", "XXH6", "ESA6", "ESH", "ESH226", "esh6", " ESH6", "ESH6\n", "/ESH6", "ESH6.CME"),
            *("ES H6", "ESH\u0666", "CON.F.US.ES.H26", "CON.F.US.XX.H26", "CON.F.EU.EP.H26"),
            "E" * 500,
        ],
    )
    def test_refuses_what_it_would_have_to_guess(self, symbol: str) -> None:
        with pytest.raises(UnknownContract, match="is not a contract of this ledger") as refusal:
            contract_of(symbol)
        assert len(refusal.value.sentence) < 200

    def test_names_the_symbol_it_refuses(self) -> None:
        with pytest.raises(UnknownContract, match="'XXH6'"):
            contract_of("XXH6")

    @pytest.mark.parametrize(("code", "root"), PROJECTX_ROOTS.items())
    def test_reads_every_platform_code_as_a_listed_contract(self, code: str, root: str) -> None:
        assert contract_of(f"CON.F.US.{code}.Z25").series == f"{root}Z5"


class TestPrice:
    @pytest.mark.parametrize(
        ("symbol", "given", "read"),
        [
            ("6EZ5", "1.166050000", "1.16605"),
            ("MNQZ5", "24760.000000000", "24760"),
            ("CLK0", "-37.63", "-37.63"),
            ("CLK0", "0.00", "0"),
            ("CLK0", "-0", "0"),
            ("6JH6", "0.0000005", "0.0000005"),
            ("ZNH6", "110.046875", "110.046875"),
            ("NKDH6", "50000", "50000"),
            ("ESH6", "005003.25", "5003.25"),
            ("6AH6", "0.65455", "0.65455"),
        ],
    )
    def test_reads_a_plain_decimal_without_superfluous_zeros(
        self, symbol: str, given: str, read: str
    ) -> None:
        assert price_text(contract_of(symbol).price(given)) == read

    def test_reads_a_decimal_by_its_value(self) -> None:
        assert str(contract_of("NKDH6").price(Decimal("5E+4"))) == "50000"

    @pytest.mark.parametrize(
        "given",
        [
            *("", " 1", "1 ", "+1", "1e3", "1E3", "NaN", "Infinity", "1,000", "1.", ".5", "1_0"),
            *("\u0663", "1234567890", "1.0000000000000", "0x10", "1\n"),
        ],
    )
    def test_refuses_a_text_that_is_no_plain_decimal(self, given: str) -> None:
        with pytest.raises(NotAPrice, match="is not a price"):
            contract_of("ESH6").price(given)

    @pytest.mark.parametrize("given", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999"])
    def test_refuses_a_decimal_that_no_price_can_be(self, given: str) -> None:
        with pytest.raises(NotAPrice):
            contract_of("ESH6").price(Decimal(given))

    @pytest.mark.parametrize(
        ("symbol", "given", "below", "above"),
        [
            ("ESH6", "5003.26", "5003.25", "5003.5"),
            ("CLK0", "-37.635", "-37.64", "-37.63"),
            ("CLK0", "-0.001", "-0.01", "0"),
            ("ZNH6", "110.01", "110", "110.015625"),
            ("6JH6", "0.0000007", "0.0000005", "0.000001"),
        ],
    )
    def test_refuses_a_price_between_ticks_and_names_its_neighbours(
        self, symbol: str, given: str, below: str, above: str
    ) -> None:
        with pytest.raises(PriceOffTick) as refusal:
            contract_of(symbol).price(given)
        facts = refusal.value.facts
        assert (facts["price"], facts["below"], facts["above"]) == (given, below, above)
        assert refusal.value.sentence.endswith(f"nearest prices are {below} and {above}.")


class TestProfit:
    @pytest.mark.parametrize(
        ("symbol", "quantity", "entry", "exit_price", "profit"),
        [
            ("ESH6", 2, "5000.00", "5003.25", "325.00"),
            ("MNQH6", -3, "17900.00", "17910.25", "-61.50"),
            ("CLH6", 1, "78.10", "77.85", "-250.00"),
            ("GCJ6", 1, "2050.0", "2052.3", "230.00"),
            ("ZNH6", 1, "110.000000", "110.046875", "46.8750"),
            ("CLK0", -1, "10.00", "-37.63", "47630.00"),
            ("6EZ5", 2, "1.16605", "1.16550", "-137.50"),
            ("METN5", 1, "1575.5", "1576.0", "0.05"),
        ],
    )
    def test_is_exact(
        self, symbol: str, quantity: int, entry: str, exit_price: str, profit: str
    ) -> None:
        contract = contract_of(symbol)
        earned = contract.profit(
            entry=contract.price(entry),
            exit_price=contract.price(exit_price),
            signed_quantity=quantity,
        )
        assert earned == USD.of(profit)

    @pytest.mark.parametrize("quantity", [0, QUANTITY_MAX + 1, -QUANTITY_MAX - 1])
    def test_refuses_a_quantity_that_is_no_trade(self, quantity: int) -> None:
        with pytest.raises(QuantityOutOfRange, match="from 1 to 10,000"):
            contract_of("ESH6").profit(
                entry=Decimal(1), exit_price=Decimal(2), signed_quantity=quantity
            )

    @pytest.mark.parametrize("quantity", [1, -1, QUANTITY_MAX, -QUANTITY_MAX])
    def test_takes_the_ends_of_the_range(self, quantity: int) -> None:
        profit = contract_of("ESH6").profit(
            entry=Decimal(1), exit_price=Decimal(2), signed_quantity=quantity
        )
        assert profit == USD.of("50") * quantity

    def test_refuses_a_move_that_no_market_makes(self) -> None:
        with pytest.raises(NotAPrice, match="check both prices"):
            contract_of("6JH6").profit(
                entry=Decimal(0), exit_price=Decimal(999_999_999), signed_quantity=QUANTITY_MAX
            )
