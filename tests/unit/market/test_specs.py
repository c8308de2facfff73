"""The contract table against the tick values that the exchange publishes."""

from datetime import time

import pytest

from domain.market.specs import SPECS
from domain.money import USD

PUBLISHED_TABLE = """
    ES 12.50, MES 1.25, NQ 5.00, MNQ 0.50, YM 5.00, MYM 0.50,
    RTY 5.00, M2K 0.50, EMD 10.00, NKD 25.00,
    CL 10.00, QM 12.50, MCL 1.00, NG 10.00, MNG 1.00,
    RB 4.20, HO 4.20,
    GC 10.00, MGC 1.00, SI 25.00, SIL 5.00, HG 12.50, PL 5.00,
    ZT 7.8125, ZF 7.8125, ZN 15.625, TN 15.625,
    ZB 31.25, UB 31.25,
    6E 6.25, 6B 6.25, 6J 6.25, 6A 5.00, 6C 5.00, 6S 6.25,
    6N 5.00, 6M 5.00, M6E 1.25, M6A 1.00, M6B 0.625,
    ZC 12.50, ZW 12.50, ZS 12.50, ZM 10.00, ZL 6.00,
    HE 10.00, LE 10.00, GF 12.50,
    BTC 25.00, MBT 0.50, MET 0.05,
"""
PUBLISHED = dict(pair.split() for pair in PUBLISHED_TABLE.strip().rstrip(",").split(","))


def test_the_table_lists_exactly_the_published_contracts() -> None:
    assert SPECS.keys() == PUBLISHED.keys()


@pytest.mark.parametrize("root", PUBLISHED)
def test_tick_times_multiplier_is_the_published_tick_value(root: str) -> None:
    assert SPECS[root].tick_value == USD.of(PUBLISHED[root])


@pytest.mark.parametrize(
    ("micro", "mini"),
    [
        *(("MES", "ES"), ("MNQ", "NQ"), ("MYM", "YM"), ("M2K", "RTY"), ("MCL", "CL")),
        *(("MNG", "NG"), ("MGC", "GC"), ("M6E", "6E"), ("M6A", "6A"), ("M6B", "6B")),
    ],
)
def test_a_micro_is_a_tenth_of_its_mini(micro: str, mini: str) -> None:
    assert SPECS[micro].multiplier * 10 == SPECS[mini].multiplier
    assert (SPECS[micro].size_class, SPECS[mini].size_class) == ("micro", "mini")


@pytest.mark.parametrize(
    ("one", "other"), [("ES", "MES"), ("CL", "QM"), ("SI", "SIL"), ("BTC", "MBT"), ("6E", "M6E")]
)
def test_sisters_share_group_and_underlying(one: str, other: str) -> None:
    assert SPECS[one].group == SPECS[other].group
    assert SPECS[one].underlying == SPECS[other].underlying


def test_different_markets_have_different_underlyings() -> None:
    assert SPECS["ES"].underlying != SPECS["NQ"].underlying
    assert SPECS["ZN"].underlying != SPECS["TN"].underlying


def test_one_underlying_never_spans_two_groups() -> None:
    groups = {(spec.underlying, spec.group) for spec in SPECS.values()}
    assert len(groups) == len({underlying for underlying, _ in groups})


@pytest.mark.parametrize(
    ("roots", "closes_at"),
    [("ZC ZW ZS ZM ZL", time(13, 20)), ("HE LE GF", time(13, 5)), ("ES CL GC ZN 6E MBT", None)],
)
def test_grains_and_livestock_close_earlier_every_day(roots: str, closes_at: time | None) -> None:
    assert {SPECS[root].closes_at for root in roots.split()} == {closes_at}
