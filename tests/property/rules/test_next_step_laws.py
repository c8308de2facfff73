"""A next step that is taken reaches its objective, and one unit less does not."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from domain.money import USD
from domain.rules.next_steps import NextStep, Progress, next_steps
from domain.rules.pack import RulePack
from tests.support.builders import pack_of

RATIOS = st.integers(1, 100).map(lambda number: f"{number / 100:.2f}")
CONSISTENCY = st.builds(
    lambda limit, of, effect: {"limit": limit, "of": of, "effect": effect},
    limit=RATIOS,
    of=st.sampled_from(["total_profit", "profit_target"]),
    effect=st.sampled_from(["delay", "raise_target"]),
)
PACKS = st.builds(
    pack_of,
    profit_target=st.integers(1, 5_000).map(lambda dollars: f"{dollars}.00"),
    consistency=CONSISTENCY,
    minimum_trading_days=st.integers(0, 20),
)
PROGRESS = st.builds(
    Progress,
    net_profit=st.integers(-50_000_000, 50_000_000).map(USD),
    best_day=st.none() | st.integers(-10_000_000, 30_000_000).map(USD),
    trading_days=st.integers(0, 25),
    winning_days=st.just(0),
)


def step(pack: RulePack, progress: Progress, objective: str) -> NextStep | None:
    found = [each for each in next_steps(pack, progress) if each.objective == objective]
    return found[0] if found else None


def more_in(text: str) -> USD | None:
    """The money that a sentence asks for."""
    amount, _, rest = text.partition(" more net profit")
    return USD.of(amount.replace(",", "")) if rest else None


@given(pack=PACKS, progress=PROGRESS)
def test_the_profit_that_is_asked_for_is_enough_and_no_unit_too_much(
    pack: RulePack, progress: Progress
) -> None:
    for objective in ("profit_target", "consistency"):
        found = step(pack, progress, objective)
        more = more_in(found.text) if found else None
        if found is None or more is None:
            continue
        assert not found.reached
        assert more > USD(0)
        enough = replace(progress, net_profit=progress.net_profit + more)
        short = replace(progress, net_profit=enough.net_profit - USD(1))
        reached, missed = step(pack, enough, objective), step(pack, short, objective)
        assert reached is not None
        assert missed is not None
        assert (reached.reached, missed.reached) == (True, False)


@given(pack=PACKS, progress=PROGRESS)
def test_every_step_is_a_sentence_and_each_objective_has_one(
    pack: RulePack, progress: Progress
) -> None:
    steps = next_steps(pack, progress)
    assert len({each.objective for each in steps}) == len(steps)
    for each in steps:
        assert each.text.endswith(".")
        assert each.text[0].isupper() or each.text[0].isdigit()


@given(pack=PACKS, progress=PROGRESS)
def test_consistency_by_the_target_is_never_promised_for_profit(
    pack: RulePack, progress: Progress
) -> None:
    found = step(pack, progress, "consistency")
    assert pack.consistency is not None
    if found is None:
        assert pack.consistency.effect == "raise_target"
    elif pack.consistency.of == "profit_target":
        best, target = progress.best_day or USD(0), pack.profit_target or USD(0)
        within = Fraction(best.units, target.units) <= Fraction(pack.consistency.limit)
        assert found.reached == within
        assert more_in(found.text) is None
