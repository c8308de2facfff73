from dataclasses import replace
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest

from application.context import CommandContext, IdempotencyKey, acting
from application.errors import (
    IdempotencyKeyReused,
    LedgerUnavailable,
    NaturalKeyTaken,
    StaleVersion,
    StreamNotFound,
    WriteConflict,
)
from application.ledger import Receipt
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog
from tests.integration.event_store.tally import NOON, Counted, Other, Tally, after
from tests.support.postgres import Database

KEY = IdempotencyKey(scope="test", key="k-1", fingerprint="a" * 64)
KEYED = CommandContext(actor="ann", idempotency=KEY)
OTHER_INPUT = replace(KEYED, idempotency=replace(KEY, fingerprint="b" * 64))


def begun(ledger: EventSourcedLedger) -> Tally:
    tally = Tally.of("sheep")
    ledger.save(tally)
    return tally


class TestSaveAndLoad:
    def test_give_back_the_same_aggregate(self, ledger: EventSourcedLedger) -> None:
        tally = Tally.of("sheep").count(3, at=after(hours=1))
        receipt = ledger.save(tally)
        loaded = ledger.load(Tally, tally.id, expected_version=2)
        assert receipt == Receipt(stream_id=tally.id, version=2, position=2)
        assert (loaded.subject, loaded.total, loaded.version) == ("sheep", 3, 2)
        assert loaded.modified_on == after(hours=1)

    def test_write_several_aggregates_whole_or_not_at_all(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        known, new = begun(ledger), Tally.of("goats")
        ledger.save(ledger.load(Tally, known.id).count())
        with pytest.raises(WriteConflict):
            ledger.save(new, known.count())
        assert log.head() == 2
        with pytest.raises(StreamNotFound):
            ledger.load(Tally, new.id)

    def test_leave_no_hole_after_a_refusal(self, ledger: EventSourcedLedger) -> None:
        tally = begun(ledger)
        stale = ledger.load(Tally, tally.id).count()
        assert ledger.save(tally.count()).position == 2
        with pytest.raises(WriteConflict) as refusal:
            ledger.save(stale)
        assert refusal.value.facts["positions"] == [2]
        assert ledger.save(tally.count()).position == 3

    def test_change_nothing_when_nothing_is_pending(self, ledger: EventSourcedLedger) -> None:
        tally = begun(ledger)
        assert ledger.save(tally) == Receipt(stream_id=tally.id, version=1, position=None)

    def test_keep_what_is_pending_until_it_is_written(self, database: Database) -> None:
        ledger = open_ledger(database.conninfo, pool_size=1)
        ledger.close()
        tally = Tally.of("sheep")
        with pytest.raises(LedgerUnavailable):
            ledger.save(tally)
        assert len(tally.pending_events) == 1

    def test_refuse_a_version_that_is_no_longer_the_newest(
        self, ledger: EventSourcedLedger
    ) -> None:
        with pytest.raises(StaleVersion) as refusal:
            ledger.load(Tally, begun(ledger).id, expected_version=4)
        assert (refusal.value.facts["expected"], refusal.value.facts["actual"]) == (4, 1)

    @pytest.mark.parametrize("kind", [Tally, Other])
    def test_refuse_a_stream_that_is_not_there_or_of_another_kind(
        self, ledger: EventSourcedLedger, kind: type[Tally] | type[Other]
    ) -> None:
        stream_id = begun(ledger).id if kind is Other else uuid4()
        with pytest.raises(StreamNotFound):
            ledger.load(kind, stream_id)

    def test_refuse_an_envelope_that_is_too_long(self, ledger: EventSourcedLedger) -> None:
        with acting(CommandContext(actor="a" * 256)), pytest.raises(NotRecordable):
            ledger.save(Tally.of("sheep"))


class TestIdempotencyKey:
    def test_answers_the_first_receipt_again(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        first = Tally.of("sheep")
        with acting(KEYED):
            receipt = ledger.save(first)
            again = ledger.save(Tally.of("sheep"))
        assert again == replace(receipt, replayed=True)
        assert ledger.receipt_of(KEY) == again
        assert log.head() == 1

    def test_refuses_another_input(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        with acting(KEYED):
            ledger.save(Tally.of("sheep"))
        with acting(OTHER_INPUT), pytest.raises(IdempotencyKeyReused):
            ledger.save(Tally.of("goats"))
        assert OTHER_INPUT.idempotency is not None
        with pytest.raises(IdempotencyKeyReused):
            ledger.receipt_of(OTHER_INPUT.idempotency)
        assert log.head() == 1

    def test_is_found_before_a_conflict_is_reported(self, ledger: EventSourcedLedger) -> None:
        tally = begun(ledger)
        same_decision = ledger.load(Tally, tally.id).count()
        with acting(KEYED):
            receipt = ledger.save(tally.count())
            assert ledger.save(same_decision) == replace(receipt, replayed=True)

    def test_is_kept_when_the_command_changed_nothing(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tally = begun(ledger)
        with acting(KEYED):
            receipt = ledger.save(tally)
            ledger.save(tally.count())
        assert receipt == Receipt(stream_id=tally.id, version=1, position=None)
        assert ledger.receipt_of(KEY) == replace(receipt, replayed=True)
        assert log.head() == 1

    def test_is_unknown_until_used(self, ledger: EventSourcedLedger) -> None:
        assert ledger.receipt_of(KEY) is None

    def test_is_not_spent_by_a_refusal(self, ledger: EventSourcedLedger) -> None:
        tally = begun(ledger)
        stale = ledger.load(Tally, tally.id).count()
        ledger.save(tally.count())
        with acting(KEYED), pytest.raises(WriteConflict):
            ledger.save(stale)
        assert ledger.receipt_of(KEY) is None

    def test_gives_one_append_and_one_receipt_to_eight_at_once(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tally, receipts, start = begun(ledger), list[Receipt](), Barrier(8)

        def save() -> None:
            decided = ledger.load(Tally, tally.id).count()
            start.wait()
            with acting(KEYED):
                receipts.append(ledger.save(decided))

        threads = [Thread(target=save) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert log.head() == 2
        assert sorted(receipt.replayed for receipt in receipts) == [False] + [True] * 7
        assert {replace(receipt, replayed=False) for receipt in receipts} == {
            Receipt(stream_id=tally.id, version=2, position=2)
        }


class TestNaturalKey:
    def test_changes_nothing_when_recorded_with_the_same_content(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tally = begun(ledger)
        ledger.save(tally.sight("s-1").count())
        receipt = ledger.save(ledger.load(Tally, tally.id).sight("s-1"))
        assert receipt == Receipt(stream_id=tally.id, version=3, position=None)
        assert log.head() == 3

    def test_refuses_other_content(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        tally = begun(ledger)
        ledger.save(tally.sight("s-1", 1))
        with pytest.raises(NaturalKeyTaken) as refusal:
            ledger.save(ledger.load(Tally, tally.id).sight("s-1", 2))
        assert refusal.value.facts["ledger_seq"] == 2
        assert log.head() == 2

    @pytest.mark.parametrize("key", ["NULL", 'a "b" \\ {c}, d', "é\n'"])
    def test_may_be_any_text(self, ledger: EventSourcedLedger, key: str) -> None:
        tally = begun(ledger)
        ledger.save(tally.sight(key))
        assert ledger.save(ledger.load(Tally, tally.id).sight(key)).position is None

    def test_is_free_in_another_stream(self, ledger: EventSourcedLedger) -> None:
        ledger.save(begun(ledger).sight("s-1"))
        assert ledger.save(begun(ledger).sight("s-1")).position == 4

    def test_keeps_the_key_of_a_repetition(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tally = begun(ledger)
        ledger.save(tally.sight("s-1"))
        with acting(KEYED):
            receipt = ledger.save(ledger.load(Tally, tally.id).sight("s-1"))
        assert ledger.receipt_of(KEY) == replace(receipt, replayed=True)
        assert log.head() == 2

    def test_loses_no_new_fact_beside_a_repeated_one(self, ledger: EventSourcedLedger) -> None:
        tally = begun(ledger)
        ledger.save(tally.sight("s-1"))
        with pytest.raises(NaturalKeyTaken, match="Of 2 identifiers"):
            ledger.save(ledger.load(Tally, tally.id).sight("s-1").sight("s-2"))

    def test_stands_once_in_a_command(self, ledger: EventSourcedLedger) -> None:
        with pytest.raises(NaturalKeyTaken, match="twice"):
            ledger.save(Tally.of("sheep").sight("s-1").sight("s-1"))


class TestMetadata:
    def test_comes_from_the_context(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        context = CommandContext(
            actor="ann", correlation_id="c", causation_id="d", request_id="e", reason='"f" \\ {g}'
        )
        tally = Tally.of('all "sorts" \\ of {text}, NULL\n\x00 é')
        with acting(context):
            ledger.save(tally)
        (event,) = log.read(after=0, limit=9)
        told = (event.actor, event.correlation_id, event.causation_id, event.request_id)
        assert (*told, event.reason) == ("ann", "c", "d", "e", '"f" \\ {g}')
        assert (event.event_type, event.schema_version) == ("tally.begun", 1)
        assert event.effective_at == NOON < event.recorded_at
        assert isinstance(event.event_id, UUID)
        assert event.event_id.version == 7
        assert ledger.load(Tally, tally.id).subject == tally.subject


class TestLoadUntil:
    @pytest.fixture
    def tally(self, ledger: EventSourcedLedger) -> Tally:
        tally = Tally.of("sheep")
        ledger.save(
            tally.count(at=after(hours=2)).count(at=after(hours=1)).count(at=after(hours=3))
        )
        return tally

    def test_knows_only_what_was_recorded_by_a_position(
        self, ledger: EventSourcedLedger, log: PostgresLog, tally: Tally
    ) -> None:
        assert ledger.load_until(Tally, tally.id, at_seq=3).total == 2
        assert log.load_until(Tally, tally.id, at_seq=3).total == 2

    def test_stops_at_the_first_event_that_happened_later(
        self, ledger: EventSourcedLedger, log: PostgresLog, tally: Tally
    ) -> None:
        for source in (ledger, log):
            assert source.load_until(Tally, tally.id, as_of=after(hours=1)).total == 0
            assert source.load_until(Tally, tally.id, as_of=after(hours=2)).total == 2
            assert source.load_until(Tally, tally.id, as_of=after(hours=3), at_seq=3).total == 2

    def test_refuses_when_there_was_nothing_yet(
        self, ledger: EventSourcedLedger, log: PostgresLog, tally: Tally
    ) -> None:
        for source in (ledger, log):
            with pytest.raises(StreamNotFound):
                source.load_until(Tally, tally.id, as_of=after(hours=-1))
            with pytest.raises(StreamNotFound):
                source.load_until(Tally, tally.id, at_seq=0)


def test_an_event_says_when_it_happened(ledger: EventSourcedLedger, log: PostgresLog) -> None:
    ledger.save(Tally.of("sheep").count(at=after(days=-3)))
    decoded = log.decode(log.read(after=1, limit=1)[0])
    assert isinstance(decoded, Counted)
    assert decoded.effective_at == after(days=-3)
