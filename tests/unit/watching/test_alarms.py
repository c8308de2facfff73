"""Each alarm: not at its threshold, but beyond it, and what it says."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.watching.alarm_kinds import ALARMS
from application.watching.alarms import alarms
from application.watching.figures import (
    DeadLetters,
    EffectFigures,
    Figures,
    LeaseFigures,
    Missing,
    SealFigures,
    VerificationFigures,
)
from application.watching.thresholds import Thresholds
from application.watching.wording import named, whole
from tests.support.figures import COMBINER, HEAD, NOW, ago, figures, lane, projection

ROOT = Path(__file__).parents[3]
LIMITS = Thresholds(
    still=timedelta(seconds=30), lag=timedelta(seconds=60), lag_events=500,
    lease_overdue=timedelta(seconds=10), effects_waiting=timedelta(minutes=5),
    unsealed_events=100, checkpoint=timedelta(hours=1), appends_waiting=64,
)  # fmt: skip


def behind(events: int, *, seconds: int, still: int = 0) -> Figures:
    """One projection that is so far behind, and last moved so long ago."""
    late = lane(HEAD - events, moved=ago(seconds=still), waiting=ago(seconds=seconds))
    return figures(projection("accounts", lane(number=1), late), projection("trades"))


def effects(**facts: Any) -> Figures:
    found = EffectFigures(pending=0, failed=0, oldest_pending_at=None, position=HEAD)
    return figures(effects=replace(found, **facts))


def lease(seconds: int, owner: str | None = "a:1") -> Figures:
    """One that ran out so long ago."""
    return figures(
        leases=[LeaseFigures(name="lanes", owner=owner, expires_at=ago(seconds=seconds))]
    )


def seal(sealed: int, checkpoint: int | None, **age: int) -> Figures:
    return figures(seal=SealFigures(sealed=sealed, checkpoint=checkpoint, checkpoint_at=ago(**age)))


def verification(**facts: Any) -> Figures:
    found = VerificationFigures(
        position=HEAD, size=HEAD, over=True, began_at=NOW, sound=HEAD, sound_at=NOW, finding=None,
        found_at=None,
    )  # fmt: skip
    return figures(verification=replace(found, **facts))


def combiner(**facts: Any) -> Figures:
    return figures(combiner=replace(COMBINER, **facts))


def told(found: Figures, before: Figures | None = None) -> list[str]:
    return [each.name for each in alarms(found, before, LIMITS)]


def unowned(*, owner: str | None = None, seconds: int = 6) -> Figures:
    """Lane 0 is held; an event waits in lane 1 for so long."""
    late = lane(HEAD - 1, number=1, moved=ago(seconds=seconds), waiting=ago(seconds=seconds))
    until = NOW + timedelta(seconds=20)
    leases = [
        LeaseFigures(name="lane-0", owner="a:1", expires_at=until),
        LeaseFigures(name="lane-1", owner=owner, expires_at=until if owner else NOW),
    ]
    return figures(projection("accounts", lane(), late), leases=leases)


IN_ORDER = {
    "everything": figures(projection()),
    "a standstill of the limit": behind(1, seconds=40, still=30),
    "so many events behind": behind(500, seconds=1),
    "so long behind": behind(1, seconds=60),
    "no dead letters": figures(dead_letters=DeadLetters(count=0, by_projection={}, oldest_at=None)),
    "a lease that ran out just now": lease(10),
    "a lease that was given back": lease(1_000, owner=None),
    "an event that waits shortly in a free lane": unowned(seconds=5),
    "an event that waits in a lane that is held": unowned(owner="a:2"),
    "orders that wait a little": effects(pending=3, oldest_pending_at=ago(minutes=5)),
    "so many not sealed": seal(HEAD - 100, HEAD),
    "an old checkpoint of all there is": seal(HEAD, HEAD, days=9),
    "no checkpoint at all": seal(HEAD, None),
    "a checkpoint of that age": seal(HEAD, HEAD - 1, hours=1),
    "a log that was compared lately": verification(sound_at=ago(hours=72)),
    "a first round that has begun": verification(sound_at=None, began_at=ago(hours=72)),
    "a log that nobody has compared yet": verification(sound_at=None, began_at=None),
    "so many appends waiting": combiner(waiting=64),
    "appends turned away before anybody looked": combiner(turned_away=9),
    "redis that nobody asked": figures(redis_up=None),
    "parts that are not there": figures(seal=Missing.ABSENT),
}
OUT_OF_ORDER = {
    "projection-stalled": behind(1, seconds=40, still=31),
    "projection-lagging": behind(501, seconds=1),
    "lanes-unowned": unowned(),
    "dead-letters": figures(
        dead_letters=DeadLetters(count=2, by_projection={"a": 2}, oldest_at=NOW)
    ),
    "lease-expired": lease(11),
    "effects-failed": effects(failed=1),
    "effects-waiting": effects(pending=3, oldest_pending_at=ago(seconds=301)),
    "unsealed-growing": seal(HEAD - 101, HEAD),
    "checkpoint-old": seal(HEAD, HEAD - 1, seconds=3_601),
    "log-not-sound": verification(finding="event 2 was taken out", found_at=NOW),
    "verification-old": verification(sound_at=ago(hours=73)),
    "combiner-full": combiner(waiting=65),
    "redis-down": figures(redis_up=False),
    "watch-blind": figures(seal=Missing.UNREAD),
}


@pytest.mark.parametrize("found", IN_ORDER.values(), ids=IN_ORDER)
def test_all_is_in_order_with(found: Figures) -> None:
    assert told(found) == []


@pytest.mark.parametrize(("name", "found"), OUT_OF_ORDER.items(), ids=OUT_OF_ORDER)
def test_an_alarm_is_given_beyond_its_threshold(name: str, found: Figures) -> None:
    assert told(found) == [name]


def test_every_kind_is_shown_here() -> None:
    assert OUT_OF_ORDER.keys() == ALARMS.keys()


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_has_a_page_that_speaks_of_it(name: str) -> None:
    (alarm,) = alarms(OUT_OF_ORDER[name], None, LIMITS)
    assert f"`{name}`" in (ROOT / alarm.runbook).read_text()


def test_a_projection_that_lags_in_time_alone_is_told_of() -> None:
    assert told(behind(1, seconds=61)) == ["projection-lagging"]


def test_events_that_nobody_searches_for_orders_are_told_of() -> None:
    still = effects(position=HEAD - 7, waiting_since=ago(seconds=301))
    (alarm,) = alarms(still, None, LIMITS)
    assert alarm.name == "effects-waiting"
    assert alarm.sentence.startswith("7 events not searched for orders, the oldest for 5 min 1 s: ")
    assert told(effects(position=HEAD - 7, waiting_since=ago(seconds=300))) == []


def test_a_round_that_never_comes_through_is_told_of() -> None:
    assert told(verification(sound_at=None, began_at=ago(hours=73))) == ["verification-old"]


def test_one_lane_that_stands_still_is_a_standstill() -> None:
    (alarm,) = alarms(behind(1, seconds=400, still=300), None, LIMITS)
    assert (alarm.subjects, alarm.severity) == (["accounts"], "critical")
    assert alarm.sentence.startswith("accounts did not move for 5 min 0 s while the log did: ")


def test_appends_turned_away_since_the_last_look_are_told_of() -> None:
    now, before = combiner(turned_away=9), combiner(turned_away=8)
    assert told(now, before) == ["combiner-full"]
    assert told(now, now) == []


def test_a_combiner_that_began_anew_turned_nobody_away() -> None:
    assert told(combiner(turned_away=0), combiner(turned_away=8)) == []


def test_a_sentence_names_two_and_counts_the_others() -> None:
    assert [named(list("abcd")[:count]) for count in range(1, 5)] == [
        "a", "a and b", "a, b and 1 more", "a, b and 2 more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_660, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert whole(timedelta(seconds=seconds)) == said
