"""What breaks, and when: the same seed, the same schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "writer_killed",
    "daemon_killed",
    "daemon_paused",
    "rebuild_killed",
    "postgres_killed",
    "connection_cut",
    "connections_cut",
    "redis_killed",
    "disk_filled",
    "wal_filled",
]
Side: TypeAlias = Literal["request", "answer"]

KINDS: Final[Sequence[Kind]] = get_args(Kind)
NEED_A_DISK: Final[frozenset[Kind]] = frozenset({"disk_filled", "wal_filled"})
SIDES: Final[Sequence[Side]] = get_args(Side)

LASTING_MS: Final[Mapping[Kind, tuple[int, int]]] = {
    "daemon_paused": (500, 4_000),
    "rebuild_killed": (1_000, 12_000),
    "redis_killed": (100, 2_000),
    "disk_filled": (300, 1_500),
    "wal_filled": (300, 1_500),
}
"""From when to when something stays as it is; the others are over when they have happened."""

PAUSE_MS: Final = (100, 1_200)
"""Between the beginnings of two faults; they may well overlap."""

CUTS_MAX: Final = 5
TARGETS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One fault: when it begins and how long it stays, in milliseconds.

    `target` chooses among those that may be hit, by the rest of its division; `cuts` are what the
    next connections lose: what they ask, or what they are answered.
    """

    at_ms: int
    kind: Kind
    target: int
    lasting_ms: int = 0
    cuts: Sequence[Side] = ()

    def __str__(self) -> str:
        lasting = f" for {self.lasting_ms} ms" if self.lasting_ms else ""
        return f"at {self.at_ms} ms: {self.kind.replace('_', ' ')}{lasting}"


def schedule_of(seed: int, *, seconds: int, kinds: Sequence[Kind] = KINDS) -> Sequence[Strike]:
    """The faults of so many seconds. Each kind comes once before any comes again."""
    return list(_strikes(Random(f"schedule {seed}"), seconds * 1_000, kinds))  # noqa: S311 (not a secret)


def _strikes(random: Random, until_ms: int, kinds: Sequence[Kind]) -> Iterator[Strike]:
    assert kinds, "something must break"
    at_ms, deck = 0, list[Kind]()
    while (at_ms := at_ms + random.randint(*PAUSE_MS)) < until_ms:
        if not deck:
            deck = random.sample(list(kinds), len(kinds))
        kind = deck.pop()
        least, most = LASTING_MS.get(kind, (0, 0))
        yield Strike(
            at_ms=at_ms,
            kind=kind,
            target=random.randrange(TARGETS),
            lasting_ms=random.randint(least, most),
            cuts=random.choices(SIDES, k=random.randint(1, CUTS_MAX))
            if kind == "connection_cut"
            else (),
        )
