"""For any cut and any question the answers before and after are equal."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.log import LogSelection, RecordedEvent
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store import log as log_module
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.integration.archive.archiving import ACTORS, Archiving, archiving_on, fill, reopened
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Cluster, cluster

EVENTS = 260
CUTS = (101, 201)
TYPES = ("tally.begun", "tally.counted", "nothing.such")


@dataclass(frozen=True)
class Cut:
    """One history, of which so much is archived; read by one who has just come, each time."""

    log: PostgresLog
    ledger: EventSourcedLedger


@dataclass(frozen=True)
class Book:
    """The same history whole, and cut in every way."""

    whole: Cut
    cuts: Sequence[Cut]
    streams: Sequence[UUID]
    moments: Sequence[datetime]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    with ExitStack() as stack:
        original = stack.enter_context(cluster().lent(Cluster.migrated_database))
        key = tmp_path_factory.mktemp("key")
        with archiving_on(original, key) as opened:
            streams = fill(opened.ledger, EVENTS)
            opened.office.seal_and_sign()
            moments = [each.recorded_at for each in opened.everything()]
        cuts = []
        for before in CUTS:
            database = stack.enter_context(cluster().lent(lambda c: c.copied(original)))
            directory = tmp_path_factory.mktemp(f"cut-{before}")
            (directory / "log_key.pem").write_bytes((key / "log_key.pem").read_bytes())
            (directory / "log_key.pem").chmod(0o600)
            with reopened(database, directory) as archiving:
                assert archiving.archive(before)
                shelf = Shelf(lambda at=archiving.store: at, bytes_max=20_000)  # type: ignore[misc]
            cuts.append(opened_cut(stack, database.url, shelf))
        yield Book(opened_cut(stack, original.url, None), cuts, streams, moments)


def opened_cut(stack: ExitStack, url: str, shelf: Shelf | None) -> Cut:
    cut = Cut(open_log(url, shelf=shelf), open_ledger(url, pool_size=1, shelf=shelf))
    stack.callback(cut.log.close)
    stack.callback(cut.ledger.close)
    return cut


def positions() -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, EVENTS + 5) | st.sampled_from((1, 100, 101, 200, 201))


@given(
    data=st.data(),
    first=positions(),
    last=positions(),
    types=st.none() | st.lists(st.sampled_from(TYPES), max_size=2),
    actor=st.none() | st.sampled_from((*ACTORS, "nobody")),
    newest_first=st.booleans(),
    limit=st.integers(1, 300),
    places=st.none() | st.frozensets(st.integers(0, EVENTS + 5), max_size=12),
)
@settings(max_examples=150)
def test_selections_are_answered_alike(  # noqa: PLR0917 - hypothesis names them
    book: Book,
    data: st.DataObject,
    first: int | None,
    last: int | None,
    types: Sequence[str] | None,
    actor: str | None,
    newest_first: bool,  # noqa: FBT001
    limit: int,
    places: frozenset[int] | None,
) -> None:
    moment = st.none() | st.sampled_from(book.moments)
    selection = LogSelection(
        first_seq=first,
        last_seq=last,
        stream_id=data.draw(st.none() | st.sampled_from([*book.streams, UUID(int=1)])),
        event_types=types,
        actor=actor,
        recorded_from=data.draw(moment),
        recorded_before=data.draw(moment),
        positions=places,
    )
    wanted = book.whole.log.select(selection, newest_first=newest_first, limit=limit)
    for cut in book.cuts:
        assert cut.log.select(selection, newest_first=newest_first, limit=limit) == wanted
    if limit > 150:
        streamed = list(book.whole.log.stream(selection))
        assert all(list(cut.log.stream(selection)) == streamed for cut in book.cuts)


@given(
    data=st.data(),
    gt=st.none() | st.integers(0, 45),
    lte=st.none() | st.integers(0, 45),
    desc=st.booleans(),
    limit=st.none() | st.integers(1, 20),
)
@settings(max_examples=100)
def test_streams_are_loaded_alike(  # noqa: PLR0917 - hypothesis names them
    book: Book,
    data: st.DataObject,
    gt: int | None,
    lte: int | None,
    desc: bool,  # noqa: FBT001
    limit: int | None,
) -> None:
    stream_id = data.draw(st.sampled_from([*book.streams, UUID(int=1)]))

    def loaded(cut: Cut) -> list[dict[str, Any]]:
        facts = cut.ledger.recorder.select_events(stream_id, gt=gt, lte=lte, desc=desc, limit=limit)
        return [vars(each) for each in facts]

    wanted = loaded(book.whole)
    assert all(loaded(cut) == wanted for cut in book.cuts)


@given(data=st.data(), shift=st.sampled_from((-1, 0, 1)))
@settings(max_examples=60)
def test_moments_are_found_alike(book: Book, data: st.DataObject, shift: int) -> None:
    moment = data.draw(st.sampled_from(book.moments)) + timedelta(microseconds=shift)
    wanted = book.whole.log.last_seq_before(moment)
    assert all(cut.log.last_seq_before(moment) == wanted for cut in book.cuts)


@given(data=st.data(), last=st.integers(1, EVENTS), events=st.sampled_from((1, 40, 90, 1000)))
@settings(max_examples=40)
def test_whole_streams_are_read_alike(
    book: Book, data: st.DataObject, last: int, events: int
) -> None:
    ranges = book.whole.log.ranges(events=events, last_seq=last)
    within = data.draw(st.sampled_from(list(ranges)))
    wanted = list(book.whole.log.streams(within, last_seq=last))
    for cut in book.cuts:
        assert cut.log.ranges(events=events, last_seq=last) == ranges
        assert list(cut.log.streams(within, last_seq=last)) == wanted


def test_whole_streams_go_on_while_more_is_archived(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(archiving.ledger, 250)
    monkeypatch.setattr(log_module, "STREAMS_PIECE", 40)
    with archiving.fresh_log() as log:
        (whole,) = log.ranges(events=1000, last_seq=250)
        wanted = list(log.streams(whole, last_seq=250))
        assert len(wanted) == 250
        found = []
        for each in log.streams(whole, last_seq=250):
            found.append(each)
            if len(found) in (30, 130):
                assert archiving.archive(101 if len(found) == 30 else 201)
        assert found == wanted


def test_pages_and_subscribers_see_every_event(book: Book) -> None:
    def notified(cut: Cut) -> list[int]:
        recorder, found, last = cut.ledger.recorder, [], 0
        while page := recorder.select_notifications(last + 1, 37):
            found += [each.id for each in page]
            last = found[-1]
        return found

    for cut in (book.whole, *book.cuts):
        assert notified(cut) == list(range(1, EVENTS + 1))
        pages: list[RecordedEvent] = []
        while page := cut.log.read(after=len(pages), limit=33):
            pages += page
        assert [each.ledger_seq for each in pages] == list(range(1, EVENTS + 1))


def test_one_who_remembers_an_older_bound_sees_no_hole(archiving: Archiving) -> None:
    streams = fill(archiving.ledger, 250)
    with archiving.fresh_log() as log:
        assert len(log.read(after=0, limit=300)) == 250
        before = {each: list(log.stream(LogSelection(stream_id=each))) for each in streams}
        moments = [each.recorded_at for each in log.read(after=0, limit=300)][::50]
        found = [log.last_seq_before(each) for each in moments]
        for cut in CUTS:
            archiving.archive(cut)
            # Each way of asking is the first to find out, once.
            assert [log.last_seq_before(each) for each in moments] == found
        for each in streams:
            assert list(log.stream(LogSelection(stream_id=each))) == before[each]


def test_remembered_aggregates_go_on_and_forgotten_ones_are_read_whole(
    archiving: Archiving,
) -> None:
    streams = fill(archiving.ledger, 210)
    totals = {each: archiving.ledger.load(Tally, each) for each in streams}
    archiving.archive(201)
    for each in streams:
        again = archiving.ledger.load(Tally, each)
        assert (again.version, again.total) == (totals[each].version, totals[each].total)
        archiving.ledger._remembered.forget([each])
        afresh = archiving.ledger.load(Tally, each)
        assert (afresh.version, afresh.total) == (totals[each].version, totals[each].total)
        archiving.ledger.save(afresh.count())


def test_what_is_asked_of_one_position_is_found_on_both_sides(archiving: Archiving) -> None:
    fill(archiving.ledger, 150)
    archiving.archive(101)
    with archiving.fresh_log() as log:
        for seq in (1, 100, 101, 150):
            here = LogSelection(first_seq=seq, last_seq=seq)
            (found,) = log.select(here, newest_first=True, limit=1)
            assert found.ledger_seq == seq
            assert list(log.stream(replace(here, last_seq=seq))) == [found]


def test_the_files_are_in_the_directory_by_partition(archiving: Archiving) -> None:
    fill(archiving.ledger, 150)
    (done,) = archiving.archive(101)
    place = Path(done.place.removeprefix("file://"))
    names = {each.name.partition("-")[0] for each in place.iterdir()}
    assert names == {
        "events", "traces", "streams", "checkpoint", "hashes", "manifest", "verifier"
    }  # fmt: skip
    assert place.name == "00000000000000000001-00000000000000000100"
