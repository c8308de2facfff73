"""Alarms: what a person must do something about, out of figures and nothing else.

One alarm a kind, however many things it is about, so that a screen holds them all. Its sentence
says what is so and what to do first; its page says the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from application.lanes import LANE_OF_LEASE
from application.watching.alarm_kinds import Alarm
from application.watching.figures import Figures, Missing, ProjectionFigures, unread
from application.watching.thresholds import Thresholds
from application.watching.wording import counted, named, whole


def alarms(
    figures: Figures, before: Figures | None = None, thresholds: Thresholds | None = None
) -> Sequence[Alarm]:
    """Every alarm of a moment, the critical ones first.

    `before` is an earlier look of the same watcher; see `stillness.remembering` for what it adds.
    """
    limits = thresholds or Thresholds()
    found = [each for rule in _RULES for each in rule(figures, before, limits)]
    return sorted(found, key=lambda each: each.severity)


def stalled(figures: Figures, limits: Thresholds) -> Sequence[ProjectionFigures]:
    """Projections that stand still although the log went on, for longer than is in order."""
    return [
        each
        for each in _projections(figures)
        if each.still_since and figures.since(each.still_since) > limits.still
    ]


def lagging(figures: Figures, limits: Thresholds) -> Sequence[ProjectionFigures]:
    """Projections that move, and are too many events behind, or too long."""
    standing = [each.name for each in stalled(figures, limits)]
    return [
        each
        for each in _projections(figures)
        if each.name not in standing
        and (
            figures.behind(each.position) > limits.lag_events
            or figures.since(each.waiting_since) > limits.lag
        )
    ]


def _projections(figures: Figures) -> Sequence[ProjectionFigures]:
    return () if isinstance(figures.projections, Missing) else figures.projections


def _stalled(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    if found := stalled(figures, limits):
        longest = max(figures.since(each.still_since) for each in found)
        names = [each.name for each in found]
        yield Alarm(
            name="projection-stalled",
            subjects=names,
            sentence=f"{named(names)} did not move for {whole(longest)} while the log did: see"
            " whether `dynasty daemon` runs, and what it says.",
        )


def _unowned(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    """Sooner told than a standstill: without an owner nothing can begin to move."""
    if isinstance(figures.leases, Missing):
        return
    held = {
        LANE_OF_LEASE.get(each.name) for each in figures.leases if each.state(figures.at) == "held"
    }
    waiting = {
        lane.lane
        for each in _projections(figures)
        for lane in each.lanes
        if figures.since(lane.waiting_since) > limits.unowned
    }
    if found := sorted(waiting - held):
        yield Alarm(
            name="lanes-unowned",
            subjects=[f"lane-{lane}" for lane in found],
            sentence=f"Events wait in {counted(len(found), 'lane')} that no daemon holds: start"
            " `dynasty daemon`, or see why it stopped.",
        )


def _lagging(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    if found := lagging(figures, limits):
        events = max(figures.behind(each.position) for each in found)
        longest = max(figures.since(each.waiting_since) for each in found)
        names = [each.name for each in found]
        yield Alarm(
            name="projection-lagging",
            subjects=names,
            sentence=f"{named(names)}: {counted(events, 'event')} and {whole(longest)} behind. If"
            " that grows, start another `dynasty daemon`; look at the database's load.",
        )


def _dead_letters(figures: Figures, _: object, __: object) -> Iterator[Alarm]:
    dead = figures.dead_letters
    if not isinstance(dead, Missing) and dead.count:
        names = sorted(dead.by_projection) or ["unknown"]
        yield Alarm(
            name="dead-letters",
            subjects=names,
            sentence=f"{counted(dead.count, 'event')} set aside in {named(names)}, and"
            " their accounts wait: see why with `dynasty dlq list`, mend it, then"
            " `dynasty dlq retry`.",
        )


def _leases(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    if isinstance(figures.leases, Missing):
        return
    found = [
        each.name
        for each in figures.leases
        if each.owner and figures.since(each.expires_at) > limits.lease_overdue
    ]
    if found:
        yield Alarm(
            name="lease-expired",
            subjects=found,
            sentence=f"{named(found)}: the owner is gone, and nobody has taken over. Start the"
            " process that does this work.",
        )


def _effects_failed(figures: Figures, _: object, __: object) -> Iterator[Alarm]:
    if not isinstance(figures.effects, Missing) and figures.effects.failed:
        yield Alarm(
            name="effects-failed",
            subjects=["effects"],
            sentence=f"The platform refused {counted(figures.effects.failed, 'order')}, whose"
            " accounts may still trade there: see `dynasty rules-engine effects list`, then"
            " `retry`.",
        )


def _effects_waiting(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    if isinstance(figures.effects, Missing):
        return
    waited = figures.since(figures.effects.oldest_pending_at)
    unsearched = figures.since(figures.effects.waiting_since)
    said = []
    if waited > limits.effects_waiting:
        said.append(
            f"{counted(figures.effects.pending, 'order')} to the platform to be sent, the oldest"
            f" for {whole(waited)}"
        )
    if unsearched > limits.effects_waiting:
        events = figures.behind(figures.effects.position)
        said.append(
            f"{counted(events, 'event')} not searched for orders, the oldest for"
            f" {whole(unsearched)}"
        )
    if said:
        yield Alarm(
            name="effects-waiting",
            subjects=["effects"],
            sentence=f"{'; '.join(said)}: see whether `dynasty daemon` runs, and what it says.",
        )


def _unsealed(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    if isinstance(figures.seal, Missing):
        return
    open_events = figures.behind(figures.seal.sealed)
    if open_events > limits.unsealed_events:
        yield Alarm(
            name="unsealed-growing",
            subjects=["seal"],
            sentence=f"{counted(open_events, 'event')} of the log not under the tree yet: see"
            " whether `dynasty daemon` runs, and what its sealer says.",
        )


def _checkpoint(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    seal = figures.seal
    if isinstance(seal, Missing) or seal.checkpoint is None:
        return
    age = figures.since(seal.checkpoint_at)
    if figures.behind(seal.checkpoint) and age > limits.checkpoint:
        yield Alarm(
            name="checkpoint-old",
            subjects=["seal"],
            sentence=f"The newest signed checkpoint is {whole(age)} old and the log went on: see"
            " whether `dynasty daemon` runs and can use its key.",
        )


def _verification(figures: Figures, _: object, limits: Thresholds) -> Iterator[Alarm]:
    found = figures.verification
    if isinstance(found, Missing):
        return
    if found.finding:
        yield Alarm(
            name="log-not-sound",
            subjects=["log"],
            sentence=f"{found.finding}. Keep the server as it is, find out who changed it, and run"
            " `dynasty log verify`.",
        )
    elif (age := figures.since(found.sound_at or found.began_at)) > limits.verification:
        yield Alarm(
            name="verification-old",
            subjects=["log"],
            sentence=f"The log was not compared with what was sealed for {whole(age)}: see whether"
            " `dynasty daemon` runs, and what its verifier says.",
        )


def _combiner(figures: Figures, before: Figures | None, limits: Thresholds) -> Iterator[Alarm]:
    now = figures.combiner
    if isinstance(now, Missing):
        return
    earlier = before.combiner if before else Missing.ABSENT
    turned_away = 0 if isinstance(earlier, Missing) else now.turned_away - earlier.turned_away
    if turned_away > 0 or now.waiting > limits.appends_waiting:
        yield Alarm(
            name="combiner-full",
            subjects=["combiner"],
            sentence=f"{counted(now.waiting, 'append')} waiting in this process, and"
            f" {max(0, turned_away):,} turned away since the last look: the database commits too"
            " slowly for them.",
        )


def _redis(figures: Figures, _: object, __: object) -> Iterator[Alarm]:
    if figures.redis_up is False:
        yield Alarm(
            name="redis-down",
            subjects=["redis"],
            sentence="Redis does not answer: no marks come in, and hints are late. Mend Redis; no"
            " fact is lost.",
        )


def _blind(figures: Figures, _: object, __: object) -> Iterator[Alarm]:
    if parts := unread(figures):
        yield Alarm(
            name="watch-blind",
            subjects=parts,
            sentence=f"{named(parts)} could not be read, so nothing is known of it: see whether the"
            " login has the role `dynasty_reader`, and the database's load.",
        )


_Rule: TypeAlias = Callable[[Figures, Figures | None, Thresholds], Iterator[Alarm]]
_RULES: Final[Sequence[_Rule]] = (
    _stalled, _unowned, _lagging, _dead_letters, _leases, _effects_failed, _effects_waiting,
    _unsealed, _checkpoint, _verification, _combiner, _redis, _blind,
)  # fmt: skip
