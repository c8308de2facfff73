"""The simulated market: its products, its paths and its chance."""

from collections import Counter
from datetime import date

import pytest

from application.simulation.books import Book
from application.simulation.chance import BELL_DEVIATION, Chance
from application.simulation.histories import prices_of
from application.simulation.instruments import FULL_DAY_SLOTS, INSTRUMENTS
from application.simulation.prices import slots_of
from domain.market.contracts import contract_of


class TestInstruments:
    @pytest.mark.parametrize(
        ("root", "day", "front"),
        [
            ("ES", date(2026, 1, 5), "ESH6"),
            ("ES", date(2026, 3, 10), "ESH6"),
            ("ES", date(2026, 3, 11), "ESM6"),
            ("ES", date(2025, 12, 31), "ESH6"),
            ("CL", date(2026, 1, 5), "CLG6"),
            ("CL", date(2026, 1, 20), "CLH6"),
            ("GC", date(2026, 2, 10), "GCJ6"),
            ("ZC", date(2026, 5, 4), "ZCN6"),
            ("ZN", date(2026, 2, 27), "ZNH6"),
            ("ZN", date(2026, 2, 28), "ZNM6"),
        ],
    )
    def test_trade_the_front_contract(self, root: str, day: date, front: str) -> None:
        assert INSTRUMENTS[root].front(day) == front

    def test_stand_in_the_table_of_contracts_on_every_day_of_a_year(self) -> None:
        for day in Book(seed=1, accounts=1, days=250).trading_days:
            for root, each in INSTRUMENTS.items():
                assert contract_of(each.front(day)).spec.root == root

    def test_are_of_every_kind_of_market_but_crypto(self) -> None:
        kinds = {each.spec.group for each in INSTRUMENTS.values()}
        assert kinds == {"equity-index", "energy", "metals", "rates", "fx", "agriculture"}

    def test_share_the_price_of_their_market(self) -> None:
        prices = prices_of(Book(seed=1, accounts=1, days=1))
        euro, micro = (prices.at(INSTRUMENTS[root], 0, 100, 0) for root in ("6E", "M6E"))
        assert micro == euro // 2

    def test_grains_sit_out_a_short_day(self) -> None:
        thanksgiving = slots_of(date(2025, 11, 27))
        assert INSTRUMENTS["ZC"].hours(thanksgiving) is None
        assert INSTRUMENTS["ZC"].hours(FULL_DAY_SLOTS) == range(186, 244)
        assert INSTRUMENTS["CL"].hours(thanksgiving) == range(thanksgiving)


class TestPrices:
    @pytest.mark.parametrize(
        ("day", "slots"),
        [
            (date(2025, 3, 7), 276),
            (date(2025, 3, 10), 276),  # Summer time has begun: an hour earlier in UTC.
            (date(2025, 11, 27), 228),  # Thanksgiving closes at noon.
            (date(2025, 11, 28), 231),
            (date(2025, 1, 9), 186),  # A day of mourning.
        ],
    )
    def test_cover_the_session_of_a_day(self, day: date, slots: int) -> None:
        prices = prices_of(Book(seed=1, accounts=1, days=1, start=day))
        assert prices.slots(0) == slots
        assert len(prices.path(INSTRUMENTS["ES"].market, 0)) == slots + 1

    def test_do_not_depend_on_the_order_in_which_they_are_asked_for(self) -> None:
        book = Book(seed=5, accounts=1, days=3)
        market = INSTRUMENTS["NQ"].market
        forwards = [prices_of(book).path(market, day) for day in range(3)]
        latest_first = prices_of(book)
        assert [latest_first.path(market, day) for day in (2, 1, 0)] == forwards[::-1]

    def test_move_most_when_new_york_opens(self) -> None:
        """At least three times what they do at night, over half a year."""
        prices = prices_of(Book(seed=1, accounts=1, days=125))
        paths = [prices.path(INSTRUMENTS["ES"].market, day) for day in range(125)]
        full = [path for path in paths if len(path) > FULL_DAY_SLOTS]

        def moved(first: int, slots: int) -> int:
            return sum(
                abs(path[slot + 1] - path[slot])
                for path in full
                for slot in range(first, first + slots)
            )

        assert moved(186, 12) > 3 * moved(60, 12)

    def test_have_fat_tails_and_an_ordinary_day(self) -> None:
        """Out of a year of five-minute moves of ES, in counts that never change for a seed."""
        prices = prices_of(Book(seed=1, accounts=1, days=250))
        moves = Counter[str]()
        for day in range(250):
            path = prices.path(INSTRUMENTS["ES"].market, day)
            moves["day within a deviation"] += abs(path[-1] - path[0]) <= 240
            for slot in range(60, min(84, len(path) - 1)):
                size = abs(path[slot + 1] - path[slot])
                moves["night"] += 1
                moves["beyond 4 deviations"] += size > 4 * 6
                moves["beyond 6 deviations"] += size > 6 * 6
        # Of 6,000 normal moves less than one would be beyond 4 deviations.
        assert moves == {
            "night": 6_000,
            "beyond 4 deviations": 21,
            "beyond 6 deviations": 1,
            "day within a deviation": 173,
        }


class TestChance:
    def test_is_the_same_for_a_name_for_ever(self) -> None:
        chance = Chance(1, "account", 2)
        drawn = [chance.below(1_000), chance.between(5, 9), chance.bell(), chance.bits(8)]
        assert drawn == [399, 6, 0, 130]

    def test_is_another_for_another_name(self) -> None:
        assert Chance(1, 12).bits(64) != Chance(11, 2).bits(64)

    def test_weighs(self) -> None:
        chance = Chance("weights")
        drawn = Counter(chance.weighted([("a", 1), ("b", 0), ("c", 3)]) for _ in range(4_000))
        assert drawn["b"] == 0
        assert 900 < drawn["a"] < 1_100

    def test_falls_like_a_bell(self) -> None:
        chance = Chance("bell")
        falls = [chance.bell() for _ in range(10_000)]
        within = sum(abs(each) <= BELL_DEVIATION for each in falls)
        assert abs(sum(falls)) < 2_000
        assert 7_000 < within < 7_700
