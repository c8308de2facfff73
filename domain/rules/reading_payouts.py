"""Reading the payout rule of a pack."""

from __future__ import annotations

from decimal import Decimal

from domain.documents import Place
from domain.money import USD
from domain.rules.pack import PayoutRule, ShareBand, ShareFrom, WinningDays

_STEPS_MAX = 50


def read_payout(place: Place) -> PayoutRule:
    """The payout rule. Raises Unreadable."""
    at = place.fields(
        optional=(
            "minimum", "fraction_of_profit", "cap_per_payout", "cap_per_month", "count_per_month",
            "winning_days", "minimum_trading_days", "buffer", "consistency", "day_profit",
            "trader_share", "share_bands", "cutoff", "freeze_while_pending",
        )
    )  # fmt: skip
    if "trader_share" in at and "share_bands" in at:
        at["share_bands"].refuse("a pack has trader_share or share_bands, not both.")

    def money(key: str) -> USD | None:
        return at[key].not_negative() if key in at else None

    def count(key: str) -> int | None:
        return at[key].count() if key in at else None

    return PayoutRule(
        minimum=money("minimum"),
        fraction_of_profit=at["fraction_of_profit"].ratio() if "fraction_of_profit" in at else None,
        cap_per_payout=money("cap_per_payout"),
        cap_per_month=money("cap_per_month"),
        count_per_month=count("count_per_month"),
        winning_days=_winning_days(at["winning_days"]) if "winning_days" in at else None,
        minimum_trading_days=count("minimum_trading_days"),
        buffer=money("buffer"),
        consistency=_consistency(at["consistency"]) if "consistency" in at else None,
        day_profit=money("day_profit"),
        trader_share=_shares(at["trader_share"]) if "trader_share" in at else (),
        share_bands=_bands(at["share_bands"]) if "share_bands" in at else (),
        cutoff=at["cutoff"].clock() if "cutoff" in at else None,
        freeze_while_pending=(
            at["freeze_while_pending"].flag() if "freeze_while_pending" in at else False
        ),
    )


def _winning_days(place: Place) -> WinningDays:
    at = place.fields(required=("threshold", "required"))
    return WinningDays(threshold=at["threshold"].money(), required=at["required"].count())


def _consistency(place: Place) -> Decimal:
    return place.fields(required=("limit",))["limit"].ratio()


def _shares(place: Place) -> tuple[ShareFrom, ...]:
    steps = []
    for item in place.items(at_most=_STEPS_MAX):
        at = item.fields(required=("from_payout", "share"))
        steps.append(
            ShareFrom(from_payout=at["from_payout"].count(at_least=1), share=at["share"].ratio())
        )
    if not steps or min(step.from_payout for step in steps) != 1:
        place.refuse("the first share is from_payout 1.")
    if len({step.from_payout for step in steps}) != len(steps):
        place.refuse("one from_payout stands twice.")
    return tuple(sorted(steps, key=lambda step: step.from_payout))


def _bands(place: Place) -> tuple[ShareBand, ...]:
    bands = []
    for item in place.items(at_most=_STEPS_MAX):
        at = item.fields(required=("share",), optional=("up_to_total",))
        bands.append(
            ShareBand(
                up_to_total=at["up_to_total"].amount() if "up_to_total" in at else None,
                share=at["share"].ratio(),
            )
        )
    ends = [band.up_to_total for band in bands]
    closed = [end for end in ends[:-1] if end is not None]
    if not bands or ends[-1] is not None or len(closed) != len(ends) - 1:
        place.refuse("the last band, and only the last, has no up_to_total.")
    if closed != sorted(set(closed)):
        place.refuse("the bands rise.")
    return tuple(bands)
