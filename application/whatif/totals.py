"""What a question came to over many accounts: by plan, and all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from application.whatif.answers import Answer, KindTold
from application.whatif.flips import Change


@dataclass(slots=True, kw_only=True)
class Sums:
    """Counts of accounts and flips, and differences in money: after less before, in units.

    Money is summed over accounts whose figures are known at both ends; `unknown` counts accounts
    of which something is not known, by their status or figures.
    """

    accounts: int = 0
    events: int = 0
    changed: int = 0
    flips: int = 0
    failed_before: int = 0
    failed_after: int = 0
    passed_before: int = 0
    passed_after: int = 0
    locks_before_only: int = 0
    locks_after_only: int = 0
    violations_before_only: int = 0
    violations_after_only: int = 0
    payouts_refused: int = 0
    payouts_units: int = 0
    trader_share_units: int = 0
    net_profit_units: int = 0
    lives_on: int = 0
    ends_earlier: int = 0
    refused: int = 0
    unknown: int = 0

    def add(self, answer: Answer) -> None:
        """Count one account."""
        before, after = answer.before, answer.after
        self.accounts += 1
        self.events += answer.events
        self.changed += answer.changed
        self.flips += answer.flip_count
        self.failed_before += answer.status_before == "failed"
        self.failed_after += answer.status_after == "failed"
        self.passed_before += answer.status_before == "passed"
        self.passed_after += answer.status_after == "passed"
        self.lives_on += answer.lives_on
        self.ends_earlier += answer.ignored > 0
        self.refused += answer.refusal_count
        self.unknown += bool(answer.doubts)
        self.payouts_units += after.payouts - before.payouts
        self.trader_share_units += after.trader_share - before.trader_share
        if after.net_profit is not None and before.net_profit is not None:
            self.net_profit_units += after.net_profit - before.net_profit
        self._count_flips(answer.counted)

    def merge(self, other: Sums) -> None:
        """Add the sums of other accounts."""
        for each in fields(self):
            total = getattr(self, each.name) + getattr(other, each.name)
            setattr(self, each.name, total)

    def _count_flips(self, counted: Mapping[tuple[KindTold, Change], int]) -> None:
        self.locks_before_only += counted.get(("lock", "disappears"), 0)
        self.locks_after_only += counted.get(("lock", "appears"), 0)
        self.violations_before_only += counted.get(("violation", "disappears"), 0)
        self.violations_after_only += counted.get(("violation", "appears"), 0)
        self.payouts_refused += counted.get(("payout", "disappears"), 0)


@dataclass(slots=True)
class Totals:
    """Sums by plan, and the packs that the accounts were opened under or moved to."""

    by_plan: dict[str, Sums] = field(default_factory=dict)
    pack_hashes: set[str] = field(default_factory=set)

    def add(self, answer: Answer) -> None:
        """Count one account."""
        self.by_plan.setdefault(answer.plan, Sums()).add(answer)
        self.pack_hashes.update(answer.pack_hashes)

    @property
    def all(self) -> Sums:
        """Every plan together."""
        found = Sums()
        for each in self.by_plan.values():
            found.merge(each)
        return found

    def plans(self) -> Sequence[tuple[str, Sums]]:
        """By name."""
        return sorted(self.by_plan.items())
