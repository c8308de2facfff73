"""What a verification of the log finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

from application.log import RecordedEvent

FINDINGS_MAX: Final = 100
Kind: TypeAlias = Literal["altered", "removed", "inserted", "tree", "checkpoint", "archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was sealed or signed. A removed event's stream is not known."""

    kind: Kind
    sentence: str
    ledger_seq: int | None = None
    stream_id: UUID | None = None
    stream_version: int | None = None
    event_type: str | None = None


@dataclass
class Findings:
    """The first hundred findings, and how many there are."""

    told: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, finding: Finding) -> None:
        """Count it, and keep it while there is room."""
        self.count += 1
        if len(self.told) < FINDINGS_MAX:
            self.told.append(finding)

    @property
    def crowded(self) -> bool:
        """Whether so much was found that looking for the best name of more is not worth it."""
        return self.count >= FINDINGS_MAX

    def altered(self, row: RecordedEvent, *, sealed_as: int) -> None:
        """A row that is not what was sealed."""
        self._of_row("altered", row, f"event {sealed_as} is not what was sealed")

    def inserted(self, row: RecordedEvent) -> None:
        """A row that was never sealed, among those that were."""
        self._of_row("inserted", row, f"event {row.ledger_seq} was put in after the sealing")

    def removed(self, ledger_seq: int, *, renumbered: bool = False) -> None:
        """A leaf without its row."""
        more = ", and what followed was renumbered" if renumbered else ""
        sentence = f"event {ledger_seq} was taken out{more}"
        self.add(Finding(kind="removed", sentence=sentence, ledger_seq=ledger_seq))

    def removed_unsealed(self, first: int, last: int) -> None:
        """Numbers without a row, behind what was sealed."""
        many = f"events {first} to {last}" if last > first else f"event {first}"
        sentence = f"{many}, not sealed yet, {'were' if last > first else 'was'} taken out"
        self.add(Finding(kind="removed", sentence=sentence, ledger_seq=first))

    def _of_row(self, kind: Literal["altered", "inserted"], row: RecordedEvent, said: str) -> None:
        finding = Finding(
            kind=kind,
            sentence=f"{said}: {row.event_type}, version {row.stream_version} of {row.stream_id}",
            ledger_seq=row.ledger_seq,
            stream_id=row.stream_id,
            stream_version=row.stream_version,
            event_type=row.event_type,
        )
        self.add(finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked and found. `unsealed` events are recorded and not in the tree yet.

    Checkpoints are of the database, and of elsewhere where such were given. All of them agree with
    the tree up to `agreed_size`; the first that does not is of `differs_size`.
    """

    tree_size: int
    root: bytes
    events: int
    unsealed: int
    checkpoints: int
    outside: int
    signatures_checked: bool
    agreed_size: int | None
    differs_size: int | None
    findings: Sequence[Finding]
    finding_count: int
