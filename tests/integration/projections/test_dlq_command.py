"""`dynasty dlq` as somebody types it, on a given database."""

import json
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from domain.dead_letters.dead_letter import dead_letter_id
from interfaces.cli import dlq
from projections.errors import DeadLetterNotFound, DeadLetterStrict
from projections.read_models import READ_MODELS
from projections.stepping import Stepper
from projections.trades import Trades
from tests.integration.projections.failing import PickyTrades, PickyWarnings
from tests.integration.projections.projecting import Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)
POISON = 4
TAKEN_UP = (
    "The event account.result_recorded at position 4, which stopped trades, was taken up:"
    " ValueError: It is too bitter."
)


@pytest.fixture
def used(at_work: Projecting, monkeypatch: pytest.MonkeyPatch) -> Projecting:
    """The database is the one that the environment names; one of two accounts is parked twice."""
    monkeypatch.setenv("DATABASE_URL", at_work.database.url)
    monkeypatch.setenv("REDIS_URL", "redis://not-used.invalid")
    for number in (1, 2):
        record(at_work.ledger, [RESULTS], first_account=number)
    picky = {"trades": PickyTrades(POISON), "limit_warnings": PickyWarnings(POISON + 1)}
    stepper = Stepper(
        at_work.log, models=[picky.get(each.name, each) for each in READ_MODELS], parked_max=5
    )
    with at_work.pool.connection() as connection:
        while stepper.step(connection).events:
            pass
    return at_work


def dynasty(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(dlq.app, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def printed(*arguments: str) -> Any:
    return json.loads(dynasty(*arguments, "--json").stdout)


def audited(used: Projecting) -> list[tuple[str, str, str | None]]:
    rows = used.admin.execute(
        "SELECT event_type, actor, reason FROM ledger.events"
        " WHERE event_type LIKE 'dead_letter.%' ORDER BY ledger_seq"
    ).fetchall()
    return [(kind, actor.partition(":")[0], reason) for kind, actor, reason in rows]


class TestList:
    @pytest.mark.usefixtures("used")
    def test_shows_who_is_parked_behind_what(self) -> None:
        found = printed("list")
        assert [(each["ledger_seq"], each["projections"]) for each in found] == [
            (5, ["limit_warnings"]),
            (4, ["trades"]),
        ]
        assert {each["stream_id"] for each in found} == {str(UUID(int=1))}
        lines = dynasty("list").stdout.splitlines()
        assert any(str(UUID(int=1)) in line for line in lines)
        assert max(map(len, lines)) <= 80

    def test_says_when_nobody_is(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", at_work.database.url)
        monkeypatch.setenv("REDIS_URL", "redis://not-used.invalid")
        assert dynasty("list").stdout == "No account is parked.\n"


class TestShow:
    @pytest.mark.usefixtures("used")
    def test_shows_the_event_the_error_and_what_waits(self) -> None:
        shown = printed("show", "1")
        assert (shown["waiting"], shown["event"]["event_type"]) == (6, "account.result_recorded")
        assert shown["sentence"] == "ValueError: It is too bitter."
        text = dynasty("show", "1").stdout
        assert "6 later events of the stream wait behind it." in text
        assert '"net_units"' in text

    @pytest.mark.usefixtures("used")
    def test_refuses_a_number_that_there_is_not(self) -> None:
        result = CliRunner().invoke(dlq.app, ["show", "7"])
        assert isinstance(result.exception, DeadLetterNotFound)


class TestRetry:
    def test_lets_the_account_go_on_and_is_kept_in_the_log(self, used: Projecting) -> None:
        done = printed("retry", "1", "--reason", "It was mended.")
        assert (done["status"], done["events"], done["attempts"]) == ("retried", 7, 2)
        assert audited(used) == [
            ("dead_letter.taken_up", "cli", "It was mended."),
            ("dead_letter.retry_ordered", "cli", "It was mended."),
        ]
        assert "was retried before; nothing was done" in dynasty("retry", "1").stdout
        assert len(audited(used)) == 2
        used.catch_up()
        summaries = [
            each.summary
            for each in used.audited()
            if each.recorded.stream_id == dead_letter_id(POISON)
        ]
        assert summaries == [
            TAKEN_UP,
            "The dead letter 1 was ordered to be tried anew.",
        ]

    def test_says_what_still_fails(self, used: Projecting, monkeypatch: pytest.MonkeyPatch) -> None:
        def project(*_: object) -> None:
            raise ValueError("It is bitter still.")

        monkeypatch.setattr(Trades, "project", project)
        told = dynasty("retry", "1", exit_code=1).stdout
        assert told.startswith(
            "It still fails, at position 10 in the read model trades: ValueError: It is bitter"
            " still. The account stays parked;"
        )
        assert [kind for kind, _, _ in audited(used)][-1] == "dead_letter.retry_ordered"
        (open_,) = [each for each in printed("list") if each["letter_id"] == 1]
        assert (open_["attempts"], open_["sentence"]) == (2, "ValueError: It is bitter still.")


class TestDiscard:
    def test_lets_the_account_go_on_without(self, used: Projecting) -> None:
        done = printed("discard", "2", "--reason", "The warning was sent by hand.")
        assert (done["status"], done["events"]) == ("discarded", 5)
        again = dynasty("discard", "2", "--reason", "Again.").stdout
        assert "was discarded before" in again
        assert "was discarded before" in dynasty("retry", "2", exit_code=1).stdout
        assert audited(used)[-1] == (
            "dead_letter.discard_ordered",
            "cli",
            "The warning was sent by hand.",
        )
        used.catch_up()
        last = used.audited()[-1].summary
        assert last.endswith("left out of limit_warnings: The warning was sent by hand.")

    def test_is_refused_where_figures_rest_on_the_event(self, used: Projecting) -> None:
        result = CliRunner().invoke(dlq.app, ["discard", "1", "--reason", "It is in the way."])
        assert isinstance(result.exception, DeadLetterStrict)
        assert audited(used) == []

    @pytest.mark.usefixtures("used")
    @pytest.mark.parametrize("reason", ["", " ", "x" * 501])
    def test_wants_a_reason(self, reason: str) -> None:
        dynasty("discard", "2", "--reason", reason, exit_code=2)
