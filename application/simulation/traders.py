"""Who trades an account: drawn from the seed and the account's number alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, TypeAlias

from application.plans.catalogue import program, program_names
from application.simulation.chance import Chance
from application.simulation.instruments import INSTRUMENTS, Instrument
from application.simulation.temperaments import TEMPERAMENTS, Temperament
from domain.money import USD, ZERO
from domain.rules.pack import NewsRule, RulePack

Reporting: TypeAlias = Literal["fills", "trades"]

_EVALUATIONS_PERMILLE: Final = 750
_LOCKING_PERMILLE: Final = 120
_FILLS_PERMILLE: Final = 550
_NEWS_PERMILLE: Final = 250
_ACTIVATES_PERMILLE: Final = 850
_NEWS_MINUTES: Final = 2
_FAVOURITES_MAX: Final = 3
_LIMIT_OF_OTHERS: Final = 2
_ALLOWANCE_OF_NO_RULE: Final = USD.of("2000.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """The temperament, what was bought, which products are traded, and how the platform reports:
    every fill, or whole round trips.
    """

    temperament: Temperament
    plan: str
    pack: RulePack
    reporting: Reporting
    favourites: Sequence[Instrument]

    @property
    def allowance(self) -> USD:
        """What the account may lose in all, as its trader thinks of it."""
        rule = self.pack.max_loss
        return (rule.amount if rule else None) or _ALLOWANCE_OF_NO_RULE

    def lists(self, instrument: Instrument) -> bool:
        """Whether the pack names the product."""
        return instrument.root in _listed(self.pack)

    def limit(self, instrument: Instrument) -> int:
        """How many contracts may be open at once; a few of what the pack does not name."""
        return _listed(self.pack).get(instrument.root, _LIMIT_OF_OTHERS)


def draw_trader(chance: Chance, *, plan: str | None) -> Trader:
    """A trader of any temperament with an account of the plan, or of any plan."""
    temperament = chance.weighted([(each, each.weight) for each in TEMPERAMENTS])
    drawn = chance.one_of(_programs())
    plan = plan or drawn
    pack = _draw_pack(chance, plan)
    roots = sorted(set(_listed(pack)) & set(INSTRUMENTS)) or sorted(INSTRUMENTS)
    favourites = {chance.one_of(roots) for _ in range(chance.between(1, _FAVOURITES_MAX))}
    return Trader(
        temperament=temperament,
        plan=plan,
        pack=pack,
        reporting="fills" if chance.happens(_FILLS_PERMILLE) else "trades",
        favourites=[INSTRUMENTS[root] for root in sorted(favourites)],
    )


def draw_funded(chance: Chance, trader: Trader) -> Trader | None:
    """The trader with the account that follows a pass; None when nobody pays the activation."""
    bought = program(trader.plan)
    funded = sorted(set(bought.packs) - {"evaluation"})
    pack = _with_news(chance, bought.packs[chance.one_of(funded)])
    is_charged = bought.prices.get("activation", ZERO) > ZERO
    if is_charged and not chance.happens(_ACTIVATES_PERMILLE):
        return None
    return replace(trader, pack=pack)


def day_locking(pack: RulePack) -> RulePack:
    """The pack with a daily loss that locks the day; it is named for it."""
    assert pack.daily_loss is not None, "there is a daily loss"
    rule = replace(pack.daily_loss, effect="lock_day")
    return replace(pack, name=f"{pack.name}-day-lock", daily_loss=rule)


def _listed(pack: RulePack) -> Mapping[str, int]:
    return (pack.position_limits.per_symbol if pack.position_limits else None) or {}


@cache
def _programs() -> Sequence[str]:
    return program_names()


def _draw_pack(chance: Chance, plan: str) -> RulePack:
    """A phase of the program. Some packs lock the day where the catalogue's would fail, and some
    funded ones close minutes around news: nothing on sale does either, and both should be seen.
    """
    packs = program(plan).packs
    funded = sorted(set(packs) - {"evaluation"})
    is_evaluation, phase = chance.happens(_EVALUATIONS_PERMILLE), chance.one_of(funded)
    locks = chance.happens(_LOCKING_PERMILLE)
    pack = packs["evaluation" if is_evaluation else phase]
    if not is_evaluation:
        pack = _with_news(chance, pack)
    return day_locking(pack) if locks and pack.daily_loss else pack


def _with_news(chance: Chance, pack: RulePack) -> RulePack:
    if not chance.happens(_NEWS_PERMILLE):
        return pack
    rule = NewsRule(minutes_before=_NEWS_MINUTES, minutes_after=_NEWS_MINUTES, effect="flag")
    return replace(pack, name=f"{pack.name}-news", news=rule)
