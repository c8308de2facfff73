"""A line of packs, packs of it, and impact runs, for tests."""

from datetime import UTC, datetime
from typing import Any

from application.plans.catalogue import program
from domain.documents import Place
from domain.plans.impact import Impact, impact_of
from domain.plans.pack_line import PackLine
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
PROGRAM, PHASE = "standard-25k", "evaluation"
SHIPPED = program(PROGRAM).pack(PHASE)


def with_rules(**rules: Any) -> RulePack:
    """The shipped pack with other rules."""
    return read_pack(Place({**document_of(SHIPPED), **rules}))


SOFT = with_rules(profit_target="1400.00")
SOFTER = with_rules(profit_target="1300.00")


def run_of(old: RulePack, new: RulePack, **facts: Any) -> Impact:
    """An impact run between two packs."""
    return impact_of(Place(run_document(old, new, **facts)))


def run_document(old: RulePack, new: RulePack, **facts: Any) -> dict[str, Any]:
    """What such a run says."""
    return {
        "old_pack_hash": hash_of(old),
        "new_pack_hash": hash_of(new),
        "accounts": 2,
        "events": 40,
        "flips": [{"account_id": "a-1", "before": "failed", "after": "active"}],
        **facts,
    }


def begun(pack: RulePack = SHIPPED) -> PackLine:
    """A line with its first version, saved."""
    line = PackLine.first(
        program=PROGRAM, phase=PHASE, pack=pack, sold=SHIPPED, reason="As sold.", at=AT
    )
    line.collect_events()
    return line
