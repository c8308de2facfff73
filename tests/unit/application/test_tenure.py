"""Keeping leases: what renewing bears, and what is given back while it goes on."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from psycopg.errors import ReadOnlySqlTransaction

from application.leasing.tenure import Tenure

PATIENCE_SECONDS = 60


class Kept:
    """Leases that this process has until it gives them back."""

    def __init__(self) -> None:
        self.owned = {"lane-0": 1, "lane-1": 1}
        self.tended = 0
        self.fails_at = 0
        self.went_on, self.giving, self.given = Event(), Event(), Event()
        self.given.set()

    def tend(self) -> dict[str, int]:
        self.tended += 1
        if self.tended == self.fails_at:
            raise ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction")
        if self.tended > self.fails_at:
            self.went_on.set()
        return dict(self.owned)

    def surplus(self) -> int:
        return 1

    def give_back(self, leased: Iterable[str]) -> None:
        self.giving.set()
        assert self.given.wait(PATIENCE_SECONDS)
        for each in leased:
            self.owned.pop(each)

    def leave(self) -> None:
        self.owned.clear()


@contextmanager
def tenure(leases: Kept, said: list[str], *, seconds: float) -> Iterator[Tenure[str]]:
    kept = Tenure(leases, lease=timedelta(seconds=seconds), report=said.append)
    kept.begin()
    try:
        yield kept
    finally:
        kept.end()


def test_an_error_that_nobody_foresaw_ends_no_renewing() -> None:
    leases, said = Kept(), list[str]()
    leases.fails_at = 2
    with tenure(leases, said, seconds=0.03):
        assert leases.went_on.wait(PATIENCE_SECONDS)
    assert said == ["The leases were not renewed: cannot execute UPDATE in a read-only transaction"]


def test_what_is_given_back_is_not_taken_again_by_a_renewal_on_the_way() -> None:
    leases = Kept()
    with tenure(leases, [], seconds=3_600) as kept:
        leases.given.clear()
        giving = Thread(target=kept.give_back, args=(["lane-0"],))
        giving.start()
        assert leases.giving.wait(PATIENCE_SECONDS)
        kept._tend()
        assert kept.owned() == {"lane-1": 1}
        leases.given.set()
        giving.join(PATIENCE_SECONDS)
        assert kept.owned() == {"lane-1": 1}


def test_a_surplus_is_told_of_once() -> None:
    with tenure(Kept(), [], seconds=3_600) as kept:
        assert [kept.spare(), kept.spare()] == [True, False]
