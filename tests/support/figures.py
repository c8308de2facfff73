"""Figures of a ledger at work, one by one and by hypothesis."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from application.watching.figures import (
    ArchiveFigures,
    CombinerFigures,
    DeadLetters,
    EffectFigures,
    EngineFigures,
    Figures,
    LaneFigures,
    LeaseFigures,
    Missing,
    ProjectionFigures,
    RebuildFigures,
    SealFigures,
    VerificationFigures,
)
from application.watching.stillness import still_since

NOW: Final = datetime(2026, 3, 2, 18, tzinfo=UTC)
HEAD: Final = 1_000
COMBINER: Final = CombinerFigures(
    waiting=0, in_flight=0, batches=10, appends=20, stored=18, replayed=1, conflicts=1, refused=0,
    turned_away=0, largest_batch=4, batch_sizes={1: 8, 2: 1, 4: 1},
)  # fmt: skip


def ago(**length: int) -> datetime:
    """A moment before `NOW`."""
    return NOW - timedelta(**length)


def lane(
    position: int = HEAD,
    *,
    number: int = 0,
    moved: datetime = NOW,
    waiting: datetime | None = None,
    head: int = HEAD,
) -> LaneFigures:
    """A lane as one look finds it."""
    since = still_since(position=position, head=head, moved_at=moved, waiting_since=waiting)
    return LaneFigures(
        lane=number, position=position, moved_at=moved, waiting_since=waiting, still_since=since
    )


def projection(name: str = "accounts", *lanes: LaneFigures) -> ProjectionFigures:
    """A projection; with no lane given it is at the head."""
    return ProjectionFigures(name=name, lanes=lanes or (lane(),))


def figures(*projections: ProjectionFigures, **parts: Any) -> Figures:
    """A ledger at position 1,000 in which all is in order, but for what is given."""
    return replace(
        Figures(at=NOW, head=HEAD, head_moved_at=NOW, redis_up=True, projections=projections),
        **parts,
    )


NAMES: Final = st.text("abcdefghijklmnopqrstuvwxyz_ ü界", min_size=1, max_size=60)
COUNTS: Final = st.integers(0, 10**15)
MOMENTS: Final = st.integers(0, 10**9).map(lambda seconds: NOW - timedelta(seconds=seconds))


@st.composite
def lanes(draw: st.DrawFn, head: int) -> Sequence[LaneFigures]:
    count = draw(st.sampled_from([1, 3]))
    return [
        lane(
            position=draw(st.integers(0, head)),
            number=number,
            moved=draw(MOMENTS),
            waiting=draw(st.none() | MOMENTS),
            head=head,
        )
        for number in range(count)
    ]


def _or_missing(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return part | st.sampled_from(Missing)


@st.composite
def any_figures(draw: st.DrawFn) -> Figures:
    """Whatever a look may find."""
    head = draw(COUNTS)
    following = st.builds(ProjectionFigures, name=NAMES, lanes=lanes(head))
    leases = st.builds(
        LeaseFigures, name=NAMES, owner=st.none() | NAMES, expires_at=MOMENTS | st.just(NOW)
    )
    return Figures(
        at=NOW + timedelta(seconds=draw(st.integers(-5, 5))),
        head=head,
        head_moved_at=draw(st.none() | MOMENTS),
        redis_up=draw(st.none() | st.booleans()),
        projections=draw(_or_missing(st.lists(following, max_size=15))),
        dead_letters=draw(
            _or_missing(
                st.builds(
                    DeadLetters,
                    count=COUNTS,
                    by_projection=st.dictionaries(NAMES, COUNTS, max_size=5),
                    oldest_at=st.none() | MOMENTS,
                )
            )
        ),
        leases=draw(_or_missing(st.lists(leases, max_size=8))),
        seal=draw(
            _or_missing(
                st.builds(
                    SealFigures,
                    sealed=COUNTS,
                    checkpoint=st.none() | COUNTS,
                    checkpoint_at=st.none() | MOMENTS,
                )
            )
        ),
        verification=draw(
            _or_missing(
                st.builds(
                    VerificationFigures,
                    position=COUNTS,
                    size=COUNTS,
                    over=st.booleans(),
                    began_at=st.none() | MOMENTS,
                    sound=COUNTS,
                    sound_at=st.none() | MOMENTS,
                    finding=st.none() | NAMES,
                    found_at=st.none() | MOMENTS,
                )
            )
        ),
        archives=draw(_or_missing(st.builds(ArchiveFigures, count=COUNTS, position=COUNTS))),
        rebuilds=draw(
            _or_missing(
                st.lists(
                    st.builds(
                        RebuildFigures,
                        name=NAMES,
                        state=NAMES,
                        began_at=MOMENTS,
                        done=COUNTS,
                        total=COUNTS,
                    ),
                    max_size=3,
                )
            )
        ),
        effects=draw(
            _or_missing(
                st.builds(
                    EffectFigures,
                    pending=COUNTS,
                    failed=COUNTS,
                    oldest_pending_at=st.none() | MOMENTS,
                    position=COUNTS,
                    waiting_since=st.none() | MOMENTS,
                )
            )
        ),
        engine=draw(
            _or_missing(
                st.builds(EngineFigures, instances=COUNTS, partitions=COUNTS, watched=COUNTS)
            )
        ),
        combiner=draw(
            _or_missing(st.builds(replace, st.just(COMBINER), waiting=COUNTS, turned_away=COUNTS))
        ),
    )
