"""What can happen to the rule packs that are sold."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from domain.kernel import CreationEvent, Event


class PackVersionPublished(CreationEvent):
    """From now on accounts of this program and phase are opened under this version of its pack.

    `pack` is the canonical JSON text. `diff` lists the places that differ from the version before
    (from nothing, for the first): `pointer`, `before`, `after`; null is absent. `impact` is the
    text of the what-if run that the decision rests on, null for the first version.
    """

    TOPIC = "pack_line.version_published"
    program: str
    phase: str
    number: int
    pack: str
    pack_hash: str
    diff: tuple[dict[str, Any], ...]
    impact: str | None
    impact_hash: str | None
    reason: str

    @property
    @override
    def natural_key(self) -> str:
        return f"version:{self.number}:{self.pack_hash}"

    @property
    @override
    def natural_fingerprint(self) -> str:
        """Two who publish one pack as one version have done the same, for whatever reason."""
        return self.pack_hash

    @override
    def mutate(self, aggregate: Any) -> Any:
        """The first version begins its line; every later one is added to it."""
        return super().mutate(None) if aggregate is None else Event.mutate(self, aggregate)
