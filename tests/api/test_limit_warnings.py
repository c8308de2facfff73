"""What an account is told before a limit, and what lies ahead of it."""

from typing import Any

from tests.api.test_pagination import walked
from tests.api.world import World, trade, usd


def swinging(world: World) -> str:
    """An account that comes near its daily limit, and away from it, twice more."""
    path = world.opened()
    for number, exit_price in enumerate(["4983.00", *["5006.00", "4994.00"] * 2]):
        entered, exited = (f"2026-03-02T15:{number}{minute}:00Z" for minute in (0, 5))
        booked = trade(
            f"t-{number}", exit_price=exit_price, fees=usd("0.00"), entered_at=entered,
            exited_at=exited,
        )  # fmt: skip
        assert world.post(f"{path}/trades", booked).status_code == 202
    world.catch_up()
    return path


FULL: dict[str, Any] = {
    "starting_balance": "50000.00",
    "phase": "funded",
    "inactivity_days": 10,
    "maximum_trading_days": 5,
    "open_loss": {"fraction": "0.30", "base_at_least": "1000.00"},
    "position_limits": {"per_symbol": {"ES": 5}, "effect": "lock_day"},
    "payout": {"count_per_month": 2, "cap_per_month": "500.00"},
}
FILL: dict[str, Any] = {
    "fill_id": "f-1", "symbol": "ESH6", "action": "buy", "quantity": 4, "price": "5000.00",
    "fees": usd("0.00"), "executed_at": "2026-03-02T15:00:00Z",
}  # fmt: skip


def account(world: World, path: str) -> dict[str, Any]:
    found: dict[str, Any] = world.get(path).json()
    return found


class TestWarnings:
    def test_show_what_was_near_and_why(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(exit_price="4983.00", fees=usd("0.00")))
        world.catch_up()
        (told,) = world.get(f"{path}/warnings").json()["data"]
        assert (told["rule"], told["percent"], told["used"]) == ("daily_loss", 80, "0.8500")
        assert (told["warning"], told["evidence"]) == (3, [2])
        assert told["explanation"] == (
            "80 % of the daily loss limit is used: the equity of $49,150.00 is $150.00 above the"
            " day's loss floor of $49,000.00, the balance at the start of the day of $50,000.00"
            " less $1,000.00."
        )

    def test_name_the_product_they_are_about(self, world: World) -> None:
        path = world.opened(pack=FULL)
        assert world.post(f"{path}/fills", FILL).status_code == 202
        world.catch_up()
        (told,) = world.get(f"{path}/warnings").json()["data"]
        assert (told["rule"], told["subject"], told["unit"]) == (
            "position_limit", "ES", "contracts",
        )  # fmt: skip
        assert told["explanation"] == (
            "80 % of the position limit is used: 4 of 5 contracts of ES are open."
        )

    def test_are_no_violations(self, world: World) -> None:
        path = swinging(world)
        assert world.get(f"{path}/violations").json()["data"] == []
        assert account(world, path)["status"] == "active"

    def test_come_in_pages_newest_first(self, world: World) -> None:
        path = swinging(world)
        whole = world.get(f"{path}/warnings").json()["data"]
        assert [each["warning"] for each in whole] == sorted(
            (each["warning"] for each in whole), reverse=True
        )
        pages = walked(world, f"{path}/warnings?limit=2")
        assert [each for page in pages for each in page] == whole
        assert len(pages) > 1


class TestWhatLiesAhead:
    def test_shows_the_distance_to_every_limit_and_the_binding_one(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(exit_price="4983.00", fees=usd("0.00")))
        world.catch_up()
        shown = account(world, path)
        limits = {(each["rule"], each["subject"]): each for each in shown["limits"]}
        assert list(limits) == [
            ("max_loss", None), ("daily_loss", None), ("position_limit", "ES"),
            ("position_limit", "MES"),
        ]  # fmt: skip
        assert limits["daily_loss", None] == {
            "rule": "daily_loss", "subject": None, "unit": "USD", "observed": "49150.00",
            "limit": "49000.00", "left": "150.00", "used": "0.8500", "warned": 80, "known": True,
            "deadline": None,
            "next_step": "150.00 is left above the floor of 49,000.00.",
        }  # fmt: skip
        assert shown["binding_rule"] == "daily_loss"

    def test_shows_limits_of_every_unit_and_the_words_for_each(self, world: World) -> None:
        path = world.opened(pack=FULL)
        world.post(f"{path}/fills", FILL)
        world.catch_up()
        shown = account(world, path)
        assert {each["rule"]: (each["unit"], each["left"]) for each in shown["limits"]} == {
            "open_loss": ("USD", "300.00"), "maximum_trading_days": ("days", "4"),
            "inactivity": ("days", "10"), "position_limit": ("contracts", "1"),
            "month_count": ("requests", "2"), "month_cap": ("USD", "500.00"),
        }  # fmt: skip
        assert shown["binding_rule"] == "position_limit"
        assert [each["next_step"] for each in shown["limits"]] == [
            "300.00 more may be lost while it is open.",
            "Four more days may be traded.",
            "Trade within ten more days from 2026-03-02 on, by the close of 2026-03-12.",
            "One more contract of ES may be open at once.",
            "Two more requests for a payout may be made this month.",
            "500.00 more of the 500.00 for this month may be withdrawn.",
        ]
        deadlines = {each["rule"]: each["deadline"] for each in shown["limits"]}
        assert deadlines.pop("inactivity") == "2026-03-12T21:00:00Z"
        assert set(deadlines.values()) == {None}

    def test_shows_the_largest_sizes_and_the_next_steps(self, world: World) -> None:
        path = world.opened()
        world.post(f"{path}/trades", trade(fees=usd("0.00")))
        world.catch_up()
        shown = account(world, path)
        sizes = {each["root"]: each for each in shown["largest_sizes"]}
        assert (sizes["ES"]["contracts"], sizes["ES"]["limited_by"]) == (2, "position_limit")
        assert sizes["MES"]["adverse_ticks"] == 40
        assert [each["text"] for each in shown["next_steps"]] == [
            "2,750.00 more net profit reaches the target of 3,000.00.",
            "One more trading day is needed.",
            "The best day of 0.00 is at most 0.5 of the net profit.",
        ]

    def test_is_the_same_out_of_the_log(self, world: World) -> None:
        path = swinging(world)
        replayed = world.get(f"{path}?at_seq={world.runtime.log.head()}").json()
        assert replayed == {**account(world, path), "marks": None}
