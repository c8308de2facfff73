"""How long a projector waits before it looks again."""

from projections.pacing import GATHER_SECONDS, IDLE_SECONDS_MAX, IDLE_SECONDS_MIN, Pace


class TestPace:
    def test_looks_again_at_once_after_a_full_batch(self) -> None:
        assert Pace().after(events=1_000, limit=1_000) == 0

    def test_gathers_while_events_keep_coming(self) -> None:
        pace = Pace()
        waits = [pace.after(events=events, limit=1_000) for events in (0, 3, 5, 2, 0, 1)]
        assert waits[1:4] == [IDLE_SECONDS_MIN, GATHER_SECONDS, GATHER_SECONDS]
        assert waits[5] == IDLE_SECONDS_MIN

    def test_looks_rarely_where_nothing_comes(self) -> None:
        pace = Pace()
        waits = [pace.after(events=0, limit=1_000) for _ in range(12)]
        assert waits == sorted(waits)
        assert waits[-1] == IDLE_SECONDS_MAX
        assert pace.after(events=1, limit=1_000) == IDLE_SECONDS_MIN

    def test_heeds_hints_only_when_idle(self) -> None:
        pace = Pace()
        pace.after(events=0, limit=1_000)
        assert pace.is_idle
        pace.after(events=1, limit=1_000)
        assert not pace.is_idle
