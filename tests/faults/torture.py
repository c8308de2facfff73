"""`make torture`: ordeal after ordeal, each on a database of its own, for as long as asked."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import ExitStack
from random import SystemRandom
from time import monotonic
from typing import Final

from rich.console import Console

from tests.faults.checking import Aftermath, settle
from tests.faults.crew import Combining
from tests.faults.disks import why_not
from tests.faults.laws import LAWS
from tests.faults.ordeal import Plan, suffer, world_of

RUN_SECONDS: Final = 60
COMBINING: Final[tuple[Combining, ...]] = ("mixed", "on", "off")

_out = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> None:
    """Break everything at random moments under load, and check what is left."""
    parser = argparse.ArgumentParser(prog="make torture", description=main.__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="load in all, without the checks")
    parser.add_argument(
        "--seed", type=int, help="of the first ordeal; each further one has the next"
    )
    options = parser.parse_args()
    seed = SystemRandom().randrange(2**32) if options.seed is None else options.seed
    if why_not():
        _out.print(f"No disk is filled: {why_not()}.")
    left, totals, began = options.seconds, Counter[str](), monotonic()
    while left > 0:
        plan = plan_of(seed, seconds=min(left, RUN_SECONDS))
        _out.print(f"\nseed {plan.seed}, {plan.seconds} s, combiner {plan.combining}")
        if not _run(plan, totals):
            _out.print(f"Again: make torture SECONDS={plan.seconds} SEED={plan.seed}")
            sys.exit(1)
        left, seed = left - plan.seconds, seed + 1
    _out.print(f"\nIn {monotonic() - began:,.0f} s, and every law held:")
    for what, times in totals.items():
        _out.print(f"{times:10,} {what}")


def plan_of(seed: int, *, seconds: int) -> Plan:
    """The ordeal of a seed; whether appends go together is the seed's, too."""
    return Plan(seed=seed, seconds=seconds, combining=COMBINING[seed % len(COMBINING)])


def _run(plan: Plan, totals: Counter[str]) -> bool:
    """Whether all is as promised."""
    with ExitStack() as stack:
        world = stack.enter_context(world_of(plan))
        try:
            suffer(world, lambda said: _out.print(f"  {said}"))
            aftermath = settle(world, stack)
        except Exception:  # noqa: BLE001 (whatever it is, the ordeal has failed)
            _out.print_exception()
            _out.print(world.told())
            return False
        broken = [each.__name__ for each in LAWS if not _holds(each, aftermath)]
        if broken or world.crew.ended:
            _out.print(world.told())
            _out.print(
                f"Broken: {', '.join(broken) or 'none'}. Ended: {world.crew.ended or 'none'}"
            )
            return False
        _count(aftermath, totals)
    return True


def _holds(law: object, aftermath: Aftermath) -> bool:
    assert callable(law)
    try:
        law(aftermath)
    except AssertionError:
        _out.print_exception()
        return False
    return True


def _count(aftermath: Aftermath, totals: Counter[str]) -> None:
    decided = aftermath.decided.values()
    found = {
        "events in the log": len(aftermath.events),
        "commands acknowledged": len(aftermath.noted.acknowledged),
        "commands that nobody was told of": len(decided),
        "of these in the log": sum(each.kept is not None for each in decided),
        "orders that the platform received": aftermath.world.platform.received,
        "connections cut by plan": aftermath.world.proxy.cuts_made,
        "daemons that found no database": aftermath.world.crew.could_not_begin,
        **{f"rebuilds {end}": times for end, times in aftermath.world.crew.rebuilds.items()},
        **{kind.replace("_", " "): times for kind, times in aftermath.world.struck.items()},
    }
    for what, times in found.items():
        totals[what] += times
    _out.print("  " + ", ".join(f"{times:,} {what}" for what, times in found.items()))


if __name__ == "__main__":
    main()
