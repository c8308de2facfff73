"""The line of packs sold for one phase of one program: a version at a time, never changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID, uuid5

from typing_extensions import override

from domain.documents import canonical_json
from domain.kernel import Aggregate
from domain.plans.diffing import diff_of
from domain.plans.errors import (
    ImpactMissing,
    ImpactNotOfTheBook,
    ImpactOfOtherPacks,
    PackNotOfLine,
    PackUnchanged,
)
from domain.plans.events import PackVersionPublished
from domain.plans.impact import Impact, read_impact
from domain.rules.canonical import document_of, hash_of, pack_from_text
from domain.rules.pack import RulePack

_NAMED_MAX: Final = 3
LINES: Final = UUID("a700cc9a-6877-5e55-9835-3e865c7e7ca8")
"""The namespace of the identifiers of lines; it never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackVersion:
    """A published version. `changes` is how many places differ from the version before."""

    number: int
    pack: str
    pack_hash: str
    changes: int
    impact: str | None
    impact_hash: str | None
    reason: str
    published_at: datetime

    @property
    def rules(self) -> RulePack:
        """The pack as values."""
        return pack_from_text(self.pack)

    @property
    def run(self) -> Impact | None:
        """The run that the version was decided on; None for the first."""
        return None if self.impact is None else read_impact(self.impact)


def line_id_of(*, program: str, phase: str) -> UUID:
    """The stream of a program's phase."""
    return uuid5(LINES, f"{program}/{phase}")


class PackLine(Aggregate):
    """What is sold under one name. A version is published once and stays as it is for ever."""

    TOPIC = "pack_line"
    program: str
    phase: str

    def __init__(self, id: UUID, created_on: datetime) -> None:
        super().__init__(id, created_on)
        self.versions: tuple[PackVersion, ...] = ()

    @property
    def newest(self) -> PackVersion:
        """What is on sale."""
        return self.versions[-1]

    @classmethod
    def first(
        cls, *, program: str, phase: str, pack: RulePack, sold: RulePack, reason: str, at: datetime
    ) -> Self:
        """Begin the line with its first version. `sold` is what was sold until now, without one.

        Refuses with PackNotOfLine.
        """
        _insist_on_line(pack, sold)
        facts = _facts_of(pack, number=1, before={}, impact=None)
        return cls.begin(
            PackVersionPublished,
            id=line_id_of(program=program, phase=phase),
            at=at,
            program=program,
            phase=phase,
            reason=reason,
            **facts,
        )

    def publish(self, pack: RulePack, *, impact: Impact | None, reason: str, at: datetime) -> None:
        """Put another version on sale. What is on sale already changes nothing.

        Refuses with PackNotOfLine, PackUnchanged, ImpactMissing, ImpactOfOtherPacks or
        ImpactNotOfTheBook.
        """
        if hash_of(pack) == self.newest.pack_hash:
            return
        _insist_on_line(pack, self.newest.rules)
        before = document_of(self.newest.rules)
        _insist_on_other_rules(before, document_of(pack))
        self._insist_on_run(pack, impact)
        self.record(
            PackVersionPublished,
            at=at,
            program=self.program,
            phase=self.phase,
            reason=reason,
            **_facts_of(pack, number=self.newest.number + 1, before=before, impact=impact),
        )

    def _insist_on_run(self, pack: RulePack, impact: Impact | None) -> None:
        wanted = (self.newest.pack_hash, hash_of(pack))
        if impact is None:
            raise ImpactMissing(
                f"Version {self.newest.number + 1} needs the what-if run from the pack {wanted[0]}"
                f" to {wanted[1]}: run it over the accounts, look at what flips, and attach it.",
                old_pack_hash=wanted[0],
                new_pack_hash=wanted[1],
            )
        if impact.new_pack_hash != wanted[1] or not self._judged_newest(impact):
            old = ", ".join(impact.old_pack_hashes[:_NAMED_MAX]) or "no pack"
            raise ImpactOfOtherPacks(
                f"The attached run compares {old} with {impact.new_pack_hash or 'itself'}; needed"
                f" is one from {wanted[0]}, the newest version, to {wanted[1]}. Where nobody has"
                " the newest version, ask about all.",
                old_pack_hash=wanted[0],
                new_pack_hash=wanted[1],
            )
        _insist_on_book(impact)

    def _judged_newest(self, impact: Impact) -> bool:
        """Where no account has the newest version yet, a run over all of them has shown that."""
        return self.newest.pack_hash in impact.old_pack_hashes or impact.is_of_all

    @override
    def when(self, event: PackVersionPublished) -> None:
        self.program, self.phase = event.program, event.phase
        published = PackVersion(
            number=event.number,
            pack=event.pack,
            pack_hash=event.pack_hash,
            changes=len(event.diff),
            impact=event.impact,
            impact_hash=event.impact_hash,
            reason=event.reason,
            published_at=event.timestamp,
        )
        self.versions = (*self.versions, published)


def _facts_of(
    pack: RulePack, *, number: int, before: dict[str, Any], impact: Impact | None
) -> dict[str, Any]:
    document = document_of(pack)
    return {
        "number": number,
        "pack": canonical_json(document),
        "pack_hash": hash_of(pack),
        "diff": tuple(asdict(each) for each in diff_of(before, document)),
        "impact": impact.text if impact else None,
        "impact_hash": impact.hash if impact else None,
    }


def _insist_on_book(impact: Impact) -> None:
    if impact.is_of_one:
        raise ImpactNotOfTheBook(
            "The attached run judged one account; ask about the plan, or about all accounts."
        )
    if impact.is_of_less:
        raise ImpactNotOfTheBook(
            "The attached run judged as if less had been traded; ask with the pack alone."
        )


def _insist_on_line(pack: RulePack, like: RulePack) -> None:
    if (pack.starting_balance, pack.phase) != (like.starting_balance, like.phase):
        raise PackNotOfLine(
            f"The pack is for {pack.phase} accounts of {pack.starting_balance}; what is sold here"
            f" are {like.phase} accounts of {like.starting_balance}. Check program and phase.",
            starting_balance=str(like.starting_balance),
            phase=like.phase,
        )


def _insist_on_other_rules(before: dict[str, Any], after: dict[str, Any]) -> None:
    if {**before, "name": None} == {**after, "name": None}:
        raise PackUnchanged(
            "Only the name of the pack is another; keep the version that is on sale.",
            name=before["name"],
        )
