"""The figures of a moment as families of metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from application.watching.alarm_kinds import ALARMS
from application.watching.figures import PARTS, Figures, Missing
from interfaces.watching.catalogue import LEDGER
from interfaces.watching.watch import Seen

Samples: TypeAlias = Iterable[tuple[tuple[str, ...], float]]
_STATES: Final = ("held", "expired", "free")


def families(seen: Seen | None) -> Iterator[Metric]:
    """Every family of the ledger's metrics. Where nothing could be seen they are empty, but for the
    one that says so.
    """
    known = dict(_samples(seen)) if seen else {"dynasty_database_up": [((), 0.0)]}
    for described in LEDGER:
        family = GaugeMetricFamily(described.name, described.help, labels=tuple(described.labels))
        for labels, value in known.get(described.name, ()):
            family.add_metric(labels, value)
        yield family


def _samples(seen: Seen) -> Iterator[tuple[str, Samples]]:
    yield from _log(seen.figures)
    yield from _projections(seen.figures)
    yield from _leases(seen.figures)
    yield from _rest(seen.figures)
    counted = {each.name: len(each.subjects) for each in seen.alarms}
    yield (
        "dynasty_alarm",
        [((name, kind.severity), counted.get(name, 0)) for name, kind in ALARMS.items()],
    )


def _log(figures: Figures) -> Iterator[tuple[str, Samples]]:
    yield "dynasty_database_up", _one(1)
    if figures.redis_up is not None:
        yield "dynasty_redis_up", _one(int(figures.redis_up))
    yield (
        "dynasty_watch_part_read",
        [
            ((part,), int(getattr(figures, part) is not Missing.UNREAD))
            for part in PARTS
            if getattr(figures, part) is not Missing.ABSENT
        ],
    )
    yield "dynasty_log_head_position", _one(figures.head)
    yield "dynasty_log_room_events", _one(max(0, figures.room_until - figures.head))
    if figures.head_moved_at:
        yield "dynasty_log_head_age_seconds", _age(figures, figures.head_moved_at)
    if not isinstance(figures.seal, Missing):
        yield "dynasty_log_sealed_position", _one(figures.seal.sealed)
        yield "dynasty_log_unsealed_events", _one(figures.behind(figures.seal.sealed))
        if figures.seal.checkpoint is not None:
            yield "dynasty_log_checkpoint_position", _one(figures.seal.checkpoint)
            yield "dynasty_log_checkpoint_age_seconds", _age(figures, figures.seal.checkpoint_at)
    if not isinstance(figures.verification, Missing):
        yield "dynasty_log_verified_position", _one(figures.verification.sound)
        yield "dynasty_log_verifying_position", _one(figures.verification.position)
        if figures.verification.sound_at:
            yield "dynasty_log_verified_age_seconds", _age(figures, figures.verification.sound_at)
    if not isinstance(figures.archives, Missing):
        yield "dynasty_log_archived_position", _one(figures.archives.position)
        yield "dynasty_log_archives", _one(figures.archives.count)


def _projections(figures: Figures) -> Iterator[tuple[str, Samples]]:
    if not isinstance(figures.projections, Missing):
        found = {each.name: each for each in figures.projections}
        yield "dynasty_projection_position", _by({n: each.position for n, each in found.items()})
        yield (
            "dynasty_projection_lag_events",
            _by({name: figures.behind(each.position) for name, each in found.items()}),
        )
        yield (
            "dynasty_projection_lag_seconds",
            [((name,), _seconds(figures, each.waiting_since)) for name, each in found.items()],
        )
        yield (
            "dynasty_projection_still_seconds",
            [((name,), _seconds(figures, each.still_since)) for name, each in found.items()],
        )
    if not isinstance(figures.dead_letters, Missing):
        # A projection without any is told of, too: an alert can tell none from no answer.
        known = () if isinstance(figures.projections, Missing) else figures.projections
        none = dict.fromkeys((each.name for each in known), 0)
        yield "dynasty_dead_letters", _by({**none, **figures.dead_letters.by_projection})
        oldest_at = figures.dead_letters.oldest_at
        yield "dynasty_dead_letter_oldest_seconds", _age(figures, oldest_at)
    if not isinstance(figures.rebuilds, Missing):
        yield "dynasty_rebuilds_running", _one(len(figures.rebuilds))


def _leases(figures: Figures) -> Iterator[tuple[str, Samples]]:
    if isinstance(figures.leases, Missing):
        return
    states = [each.state(figures.at) for each in figures.leases]
    yield "dynasty_leases", _by({state: states.count(state) for state in _STATES})
    ends: dict[str, list[datetime]] = {state: [] for state in _STATES}
    for each in figures.leases:
        ends[each.state(figures.at)].append(each.expires_at)
    if ends["held"]:
        left = min(ends["held"]) - figures.at
        yield "dynasty_lease_oldest_left_seconds", [((), left.total_seconds())]
    yield "dynasty_lease_overdue_seconds", _age(figures, min(ends["expired"], default=None))


def _rest(figures: Figures) -> Iterator[tuple[str, Samples]]:
    effects, engine = figures.effects, figures.engine
    if not isinstance(effects, Missing):
        yield "dynasty_effects", _by({"pending": effects.pending, "failed": effects.failed})
        oldest_at = effects.oldest_pending_at
        yield "dynasty_effect_oldest_pending_seconds", _age(figures, oldest_at)
        yield "dynasty_effects_lag_events", _one(figures.behind(effects.position))
    if not isinstance(engine, Missing):
        yield "dynasty_engine_instances", _one(engine.instances)
        unwatched = engine.partitions - engine.watched
        yield "dynasty_engine_partitions", _by({"watched": engine.watched, "unwatched": unwatched})


def _one(value: int) -> Samples:
    return [((), value)]


def _by(values: Mapping[str, int]) -> Samples:
    return [((name,), value) for name, value in values.items()]


def _age(figures: Figures, moment: datetime | None) -> Samples:
    return [((), _seconds(figures, moment))]


def _seconds(figures: Figures, moment: datetime | None) -> float:
    return figures.since(moment).total_seconds()
