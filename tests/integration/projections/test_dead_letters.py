"""An event that cannot be taken in parks its account; all others go on."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege, LockNotAvailable

from application.archiving.errors import ArchiveDamaged, ArchiveStoreRefused
from application.log import StreamRange
from projections import stepping
from projections.dead_letters import DeadLetter, letters, parked_streams, standing_letters
from projections.errors import (
    DeadLetterNotFound,
    DeadLetterStrict,
    PoisonEvent,
    RetiredOutdated,
)
from projections.healing import Healer
from projections.kernel import Projection
from projections.positions import PositionMoved
from projections.read_models import READ_MODELS, read_model
from projections.rebuild import Rebuilder
from projections.retrying import Retrier
from projections.reverting import Reverter
from projections.stepping import Stepper
from tests.integration.projections.failing import PickyTrades, PickyWarnings, Unreadable
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)
POISON = 14
"""In the second of three accounts of ten events each."""

SECOND = UUID(int=2)


def record_accounts(at_work: Projecting, count: int) -> None:
    """Ten events each, one account after the other."""
    for number in range(1, count + 1):
        record(at_work.ledger, [RESULTS], first_account=number)


def those(*, instead: Projection) -> Sequence[Projection]:
    """All models, one of them another."""
    return [instead if each.name == instead.name else each for each in READ_MODELS]


def project(at_work: Projecting, log: Any = None, *, limit: int = 1_000, **options: Any) -> None:
    """Step until nothing is left, parking what has to be."""
    stepper = Stepper(log or at_work.log, **{"parked_max": 5, **options})
    with at_work.pool.connection() as connection:
        while stepper.step(connection, limit=limit).events:
            pass


def open_letters(at_work: Projecting) -> Sequence[DeadLetter]:
    return letters(at_work.admin)


def audited(at_work: Projecting) -> Sequence[int]:
    return [row["ledger_seq"] for row in at_work.rows("audit_log", order="ledger_seq")]


@pytest.fixture
def unreadable(at_work: Projecting) -> Unreadable:
    record_accounts(at_work, 3)
    return Unreadable(at_work.log, {POISON})


class TestAnEventThatCannotBeRead:
    @pytest.mark.parametrize("limit", [1, 7, 1_000])
    def test_parks_its_account_and_no_other(
        self, at_work: Projecting, unreadable: Unreadable, limit: int
    ) -> None:
        project(at_work, unreadable, limit=limit)
        assert at_work.positions() == dict.fromkeys(NAMES, 30)
        assert audited(at_work) == [seq for seq in range(1, 31) if not POISON <= seq <= 20]
        (letter,) = open_letters(at_work)
        assert (letter.stream_id, letter.ledger_seq, letter.status) == (SECOND, POISON, "parked")
        assert sorted(letter.projections) == sorted(NAMES)
        assert (letter.error_code, letter.sentence) == (
            "ValueError",
            "ValueError: The quantity is a poem.",
        )
        assert parked_streams(at_work.admin, ["trades"]) == [SECOND]

    def test_keeps_later_events_of_its_account_waiting(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        # A process that knows nothing of it yet, and could read it.
        record(at_work.ledger, [RESULTS], first_account=4)
        project(at_work)
        assert len(audited(at_work)) == 40 - 7
        assert len(open_letters(at_work)) == 1

    def test_in_the_dark_of_one_lane_lets_the_others_shine(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        versions = {row["account_id"].int: row["version"] for row in at_work.rows(
            "accounts", order="account_id"
        )}  # fmt: skip
        assert versions == {1: 10, 2: 3, 3: 10}

    def test_is_taken_in_by_a_retry_once_it_can_be_read(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        (letter,) = open_letters(at_work)
        retrier = Retrier(unreadable, at_work.pool)
        attempt = retrier.retry(letter.letter_id)
        assert attempt.still is not None
        assert (attempt.letter.status, attempt.letter.attempts) == ("parked", 2)
        unreadable.positions.clear()
        assert retrier.waiting(letter) == 6
        attempt = retrier.retry(letter.letter_id)
        assert (attempt.still, attempt.events, attempt.letter.status) == (None, 7, "retried")
        assert at_work.differences() == []
        assert audited(at_work) == list(range(1, 31))
        again = retrier.retry(letter.letter_id)
        assert (again.events, again.letter) == (0, attempt.letter)

    def test_that_was_retried_lets_the_daemon_that_parked_it_go_on(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        stepper = Stepper(unreadable, parked_max=5)
        with at_work.pool.connection() as connection:
            while stepper.step(connection, limit=16).events:
                pass
            (letter,) = open_letters(at_work)
            unreadable.positions.clear()
            Retrier(unreadable, at_work.pool).retry(letter.letter_id)
            record(at_work.ledger, [RESULTS], first_account=4)
            while stepper.step(connection, limit=16).events:
                pass
        assert at_work.differences() == []

    def test_retried_while_a_batch_is_in_hand_is_lost_by_nobody(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable, limit=16)
        stepper = Stepper(unreadable, parked_max=5)
        at_work.admin.execute("UPDATE read.positions SET position = 30")
        (letter,) = open_letters(at_work)
        with at_work.pool.connection() as connection:
            stepper.step(connection)
            record(at_work.ledger, [RESULTS], first_account=4)
            group = stepper._hindmost(connection)
            recorded = unreadable.read(after=30, limit=10)
            unreadable.positions.clear()
            Retrier(unreadable, at_work.pool).retry(letter.letter_id)
            with pytest.raises(Exception, match="Nothing was applied twice"):
                stepper._apply(connection, group, recorded)
        project(at_work)
        assert at_work.differences() == []

    def test_stays_out_of_a_rebuild_as_it_does_of_the_live_rows(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        assert at_work.differences() == []
        Rebuilder(at_work.log, at_work.pool, batch=11).rebuild(
            READ_MODELS, progress=lambda _, __: None
        )
        assert len(audited(at_work)) == 30 - 7
        (letter,) = open_letters(at_work)
        Retrier(at_work.log, at_work.pool).retry(letter.letter_id)
        assert at_work.differences() == []
        assert len(audited(at_work)) == 30

    def test_keeps_its_account_out_though_the_first_look_at_the_letters_fails(
        self, at_work: Projecting, unreadable: Unreadable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with at_work.pool.connection() as connection:
            Stepper(unreadable, parked_max=5).reach(connection, POISON)
        looks: list[int] = []

        def failing_once(*asked: Any) -> Sequence[DeadLetter]:
            looks.append(1)
            if len(looks) == 1:
                raise LockNotAvailable
            return standing_letters(*asked)

        monkeypatch.setattr(stepping, "standing_letters", failing_once)
        stepper = Stepper(at_work.log, parked_max=5)
        with at_work.pool.connection() as connection:
            with pytest.raises(LockNotAvailable):
                stepper.step(connection)
            stepper.reach(connection, 30)
        assert len(audited(at_work)) == 30 - 7


class TestAnEventThatOneModelCannotBear:
    def test_parks_its_account_for_that_model_alone(self, at_work: Projecting) -> None:
        record_accounts(at_work, 3)
        picky = PickyTrades(POISON)
        project(at_work, models=those(instead=picky))
        (letter,) = open_letters(at_work)
        assert letter.projections == ["trades"]
        assert audited(at_work) == list(range(1, 31))
        assert len(at_work.rows("trades", order="ledger_seq")) == 27 - 7
        assert parked_streams(at_work.admin, ["accounts"]) == []
        picky.positions.clear()
        Retrier(at_work.log, at_work.pool, models=those(instead=picky)).retry(letter.letter_id)
        assert at_work.differences() == []
        assert len(at_work.rows("trades", order="ledger_seq")) == 27

    def test_may_not_be_left_out_where_figures_rest_on_it(self, at_work: Projecting) -> None:
        record_accounts(at_work, 3)
        project(at_work, models=those(instead=PickyTrades(POISON)))
        (letter,) = open_letters(at_work)
        with pytest.raises(DeadLetterStrict, match="trades"):
            Retrier(at_work.log, at_work.pool).discard(letter.letter_id)
        assert open_letters(at_work) == [letter]

    def test_may_be_left_out_where_none_do(self, at_work: Projecting) -> None:
        record_accounts(at_work, 3)
        project(at_work, models=those(instead=PickyWarnings(POISON)))
        (letter,) = open_letters(at_work)
        retrier = Retrier(at_work.log, at_work.pool, models=those(instead=PickyWarnings(POISON)))
        attempt = retrier.discard(letter.letter_id)
        assert (attempt.letter.status, attempt.events) == ("discarded", 6)
        assert retrier.discard(letter.letter_id).events == 0
        assert open_letters(at_work) == []
        # A rebuild does not look at it either.
        picky = those(instead=PickyWarnings(POISON))
        Rebuilder(at_work.log, at_work.pool).rebuild(picky, progress=lambda _, __: None)
        assert at_work.differences() == []

    def test_is_one_letter_for_all_that_cannot(self, at_work: Projecting) -> None:
        record_accounts(at_work, 3)
        models = [
            PickyWarnings(POISON) if each.name == "limit_warnings" else each
            for each in those(instead=PickyTrades(POISON))
        ]
        project(at_work, models=models)
        (letter,) = open_letters(at_work)
        assert letter.projections == ["limit_warnings", "trades"]


REFUSING = """
CREATE FUNCTION read.refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No row of %.', NEW.account_id; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON read.trades FOR EACH ROW
WHEN (NEW.ledger_seq = 14) EXECUTE FUNCTION read.refuse();
"""
CHECKING = "ALTER TABLE read.trades ADD CONSTRAINT sweet CHECK (ledger_seq <> 14)"


class TestARowThatTheServerWillNotHave:
    @pytest.mark.parametrize(
        ("statements", "said"),
        [
            (REFUSING, f"RaiseException: No row of {SECOND}."),
            (
                CHECKING,
                'CheckViolation: new row for relation "trades" violates check constraint "sweet".',
            ),
        ],
        ids=["a trigger", "a constraint"],
    )
    def test_parks_its_account_and_is_told_without_its_values(
        self, at_work: Projecting, statements: LiteralString, said: str
    ) -> None:
        at_work.admin.execute(statements)
        record_accounts(at_work, 3)
        project(at_work)
        (letter,) = open_letters(at_work)
        assert (letter.ledger_seq, letter.projections) == (POISON, ["trades"])
        assert letter.sentence == said
        assert len(at_work.rows("trades", order="ledger_seq")) == 27 - 7


class TestNotPoison:
    @pytest.mark.parametrize(
        "error",
        [
            OSError("The disk is full."),
            InsufficientPrivilege("No right."),
            MemoryError(),
            ArchiveStoreRefused("The archive cannot be used."),
            ArchiveDamaged("A file of the archive is missing."),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_what_is_no_fault_of_the_event_parks_nobody(
        self, at_work: Projecting, error: Exception
    ) -> None:
        record_accounts(at_work, 3)
        with pytest.raises(PoisonEvent):
            project(at_work, models=those(instead=PickyTrades(POISON, error=error)))
        assert open_letters(at_work) == []
        assert at_work.positions()["trades"] == POISON - 1

    def test_a_flood_stops_the_read_models(self, at_work: Projecting) -> None:
        record_accounts(at_work, 4)
        unreadable = Unreadable(at_work.log, {2, 12, 22, 32})
        with pytest.raises(PoisonEvent, match="3 accounts are parked, and no more may be"):
            project(at_work, unreadable, parked_max=3)
        assert len(open_letters(at_work)) == 3
        assert at_work.positions() == dict.fromkeys(NAMES, 31)

    def test_a_letter_that_there_is_not_is_refused(self, at_work: Projecting) -> None:
        with pytest.raises(DeadLetterNotFound):
            Retrier(at_work.log, at_work.pool).retry(7)


class TestABuild:
    def test_that_began_before_the_parking_is_made_again(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work)
        begun = Rebuilder(_ParksMeanwhile(at_work, unreadable), at_work.pool)
        record(at_work.ledger, [RESULTS], first_account=4)
        unreadable.positions = {35}
        with pytest.raises(PositionMoved):
            begun.rebuild(READ_MODELS, progress=lambda _, __: None)
        begun.rebuild(READ_MODELS, progress=lambda _, __: None)
        (letter,) = letters(at_work.admin, every=True)
        assert (letter.ledger_seq, letter.status) == (35, "parked")
        assert at_work.differences() == []
        assert audited(at_work) == list(range(1, 35))
        Retrier(at_work.log, at_work.pool).retry(letter.letter_id)
        assert at_work.differences() == []
        assert audited(at_work) == list(range(1, 41))

    def test_is_not_gone_back_to_once_an_account_was_let_go(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        Rebuilder(at_work.log, at_work.pool).rebuild(READ_MODELS, progress=lambda _, __: None)
        trades, reverter = read_model("trades"), Reverter(at_work.log, at_work.pool)
        reverter.revert(trades)
        (letter,) = open_letters(at_work)
        Retrier(at_work.log, at_work.pool).retry(letter.letter_id)
        with pytest.raises(RetiredOutdated):
            reverter.revert(trades)
        assert at_work.differences() == []

    def test_heals_an_account_no_further_than_it_stands(
        self, at_work: Projecting, unreadable: Unreadable
    ) -> None:
        project(at_work, unreadable)
        healer = Healer(at_work.log, at_work.pool)
        found = healer.difference(SECOND, [read_model("trades"), read_model("rule_state")])
        assert all(each.same for each in found)


class _ParksMeanwhile(Unreadable):
    """A log whose reader is overtaken by a live projector that cannot read an event."""

    def __init__(self, at_work: Projecting, live: Unreadable) -> None:
        super().__init__(at_work.log)
        self.at_work, self.live, self.done = at_work, live, False

    def streams(self, within: StreamRange, *, last_seq: int) -> Any:
        if not self.done:
            self.done = True
            yield from super().streams(within, last_seq=last_seq)
            project(self.at_work, self.live)
        else:
            yield from super().streams(within, last_seq=last_seq)
