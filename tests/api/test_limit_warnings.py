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
            "next_step": "150.00 is left above the floor of 49,000.00.",
        }  # fmt: skip
        assert shown["binding_rule"] == "daily_loss"

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
