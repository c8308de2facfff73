"""A small aggregate to fill the log with: it counts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Self, TypeAlias, assert_never
from uuid import UUID, uuid4

from typing_extensions import override

from domain.kernel import Aggregate, CreationEvent, Event

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class TallyBegun(CreationEvent):
    """Somebody starts to count."""

    TOPIC = "tally.begun"
    subject: str


class Counted(Event):
    """One more, or several."""

    TOPIC = "tally.counted"
    number: int


class Sighted(Event):
    """One more, told by a source that has its own number for it."""

    TOPIC = "tally.sighted"
    sighting_id: str
    number: int

    @property
    @override
    def natural_key(self) -> str:
        return self.sighting_id


class Described(Event):
    """A fact of every type that a payload may hold."""

    TOPIC = "tally.described"
    at: datetime
    day: date
    weight: Decimal
    witness: UUID
    colours: tuple[str, ...]
    mood: Literal["glad", "grim"]
    sizes: dict[str, int]
    note: str | None = None


class Renamed(Event):
    """What the subject is called; in version 1 the name was called `title`."""

    TOPIC = "tally.renamed"
    class_version = 2
    subject: str

    @staticmethod
    def upcast_v1_v2(state: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"subject": state["title"]}


TallyEvent: TypeAlias = TallyBegun | Counted | Sighted | Described | Renamed


class Tally(Aggregate):
    """Counts."""

    TOPIC = "tally"

    def __init__(self, id: UUID, created_on: datetime) -> None:
        super().__init__(id, created_on)
        self.subject = ""
        self.total = 0

    @classmethod
    def of(cls, subject: str, *, id: UUID | None = None, at: datetime = NOON) -> Self:
        return cls.begin(TallyBegun, id=id or uuid4(), at=at, subject=subject)

    def count(self, number: int = 1, *, times: int = 1, at: datetime = NOON) -> Self:
        for _ in range(times):
            self.record(Counted, at=at, number=number)
        return self

    def sight(self, sighting_id: str, number: int = 1, *, at: datetime = NOON) -> Self:
        self.record(Sighted, at=at, sighting_id=sighting_id, number=number)
        return self

    @override
    def when(self, event: TallyEvent) -> None:
        match event:
            case TallyBegun() | Renamed():
                self.subject = event.subject
            case Counted() | Sighted():
                self.total += event.number
            case Described():
                pass
            case _:
                assert_never(event)


class Other(Aggregate):
    """Another kind of aggregate, which no stream of these tests holds."""

    TOPIC = "other"


def after(**passed: int) -> datetime:
    """Noon, and some time: `after(hours=1)`."""
    return NOON + timedelta(**passed)
