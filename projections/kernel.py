"""What a read model is: tables, and how a batch of events changes them.

The runner wraps `project` and the position in one transaction, so each event counts exactly once.
Rows may depend on the events of one stream alone: not on a clock, not on another stream, and not on
where one batch ends and the next begins. Table names are never qualified: the schema comes from the
search path, so that a rebuild can fill the same tables beside the live ones.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from psycopg import Cursor

from application.log import RecordedEvent
from domain.accounts.events_corrections import HistoryCorrected
from domain.kernel import Event
from projections.folding import AccountFold, Moment

Row: TypeAlias = tuple[Any, ...]
E = TypeVar("E", bound=Event)

_MAKES_INDEX: Final = re.compile(r"^CREATE (UNIQUE )?INDEX ")
_UNLESS_MADE: Final = r"CREATE \1INDEX IF NOT EXISTS "


@dataclass(frozen=True, slots=True, kw_only=True)
class DDL:
    """The tables of a model by name, the SQL that makes them with their keys, and their indexes.

    Indexes stand apart because a rebuild makes them last, when the tables are full.
    """

    names: tuple[str, ...]
    tables: str
    indexes: str = ""

    @property
    def each_index(self) -> Sequence[str]:
        """The statements that make the indexes; one that is there already is left alone."""
        return [
            f"{_MAKES_INDEX.sub(_UNLESS_MADE, statement)};"
            for each in self.indexes.split(";")
            if (statement := each.strip())
        ]

    @property
    def definition(self) -> str:
        """A hash of the shape: two releases with the same one can share the tables."""
        return hashlib.sha256(f"{self.tables}\n{self.indexes}".encode()).hexdigest()[:16]


class Projected(NamedTuple):
    """One event of the log.

    `moment` (the account right after it) is None in streams that are no accounts, and so is `event`
    in those that no read model decodes.
    """

    recorded: RecordedEvent
    event: Event | None
    moment: Moment | None


Correction: TypeAlias = tuple[Projected, HistoryCorrected]


class Happened:
    """Events by their class, so that each model looks at its own alone."""

    __slots__ = ("_found",)

    def __init__(self, events: Iterable[Projected]) -> None:
        self._found: defaultdict[type[Event | None], list[tuple[Projected, Any]]]
        self._found = defaultdict(list)
        for each in events:
            event = each.event
            self._found[type(event)].append((each, event))

    def of(self, kind: type[E]) -> Sequence[tuple[Projected, E]]:
        """Those of one class, each twice: with what is known of it, and as what it is."""
        return self._found.get(kind, ())


@dataclass(frozen=True)
class Batch:
    """Events, and every account they touch as it stands after the last.

    Those of one stream are in its order. Streams come mixed as in the log, or one after the other.
    """

    events: Sequence[Projected]
    accounts: Mapping[UUID, AccountFold]

    @cached_property
    def happened(self) -> Happened:
        """The events by their class."""
        return Happened(self.events)

    @cached_property
    def runs(self) -> Sequence[tuple[Happened, Sequence[Correction]]]:
        """Runs of events, each with the corrections that follow it, one of an account at the most.

        Only the order of each account is kept. The first run has all events of accounts that
        nothing corrects, so that there are hardly more runs than corrections of one account.
        """
        if not self.happened.of(HistoryCorrected):
            return [(self.happened, ())]
        runs: list[tuple[list[Projected], list[Correction]]] = [([], [])]
        places: dict[UUID, int] = {}
        for each in self.events:
            place = places.get(each.recorded.stream_id, 0) if places else 0
            if isinstance(each.event, HistoryCorrected):
                runs[place][1].append((each, each.event))
                places[each.recorded.stream_id] = place + 1
                if len(runs) == place + 1:
                    runs.append(([], []))
            else:
                runs[place][0].append(each)
        return [(Happened(events), corrections) for events, corrections in runs]

    @cached_property
    def opened(self) -> frozenset[UUID]:
        """The streams that begin here: of these no model has any row yet."""
        heads = (each.recorded for each in self.events)
        return frozenset(head.stream_id for head in heads if head.stream_version == 1)


class Projection(ABC):
    """A read model, named for the question it answers.

    One that is `strict` has to hold every event; of one that is not, a person may leave one out.
    `account_column` says whose a row is, where rows belong to accounts.
    """

    name: ClassVar[str]
    ddl: ClassVar[DDL]
    strict: ClassVar[bool] = True
    account_column: ClassVar[str] = "account_id"

    @abstractmethod
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        """Write what the batch changes. Events that are not for this model are passed over."""
