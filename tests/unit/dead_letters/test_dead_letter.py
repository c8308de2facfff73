"""What people ordered about an event, as the log keeps it."""

from datetime import UTC, datetime
from uuid import UUID

from domain.dead_letters.dead_letter import DeadLetter, dead_letter_id
from domain.dead_letters.events import DeadLetterTakenUp, DiscardOrdered, RetryOrdered

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)


def taken_up() -> DeadLetter:
    return DeadLetter.take_up(
        ledger_seq=1041, stream=UUID(int=7), event_type="account.trade_recorded",
        projections=("limit_warnings",), error_code="unreadable-event", sentence="No.", at=AT,
    )  # fmt: skip


def order_discard(letter: DeadLetter, number: int) -> None:
    letter.order_discard(
        letter=number, projections=("limit_warnings",), reason="It was sent by hand.", at=AT
    )


class TestDeadLetter:
    def test_is_one_stream_for_each_event_that_stopped(self) -> None:
        assert taken_up().id == dead_letter_id(1041) != dead_letter_id(1042)

    def test_keeps_each_retry(self) -> None:
        letter = taken_up()
        for attempts in (1, 2):
            letter.order_retry(letter=3, attempts=attempts, at=AT)
        kinds = [type(each) for each in letter.pending_events]
        assert kinds == [DeadLetterTakenUp, RetryOrdered, RetryOrdered]
        assert letter.retries == 2

    def test_keeps_a_discard_once_for_a_letter(self) -> None:
        letter = taken_up()
        for number in (3, 3, 4):
            order_discard(letter, number)
        kinds = [type(each) for each in letter.pending_events]
        assert kinds == [DeadLetterTakenUp, DiscardOrdered, DiscardOrdered]
