"""One account's rows made anew."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from application.errors import StreamNotFound
from projections.errors import NoRowsOfAccounts, PoisonEvent, ReadModelOutdated
from projections.healing import Healed, Healer, is_of_accounts
from projections.read_models import READ_MODELS, read_model
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

LIVES = [History("no rules", [Step("result", 1, 1, 1), Step("trade", 1, 1, 1)] * 3)] * 2
OF_ACCOUNTS = [model for model in READ_MODELS if is_of_accounts(model)]


@pytest.fixture
def broken(at_work: Projecting) -> Projecting:
    """Two accounts, both with wrong rows in several tables."""
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    at_work.admin.execute("UPDATE read.accounts SET balance_units = 0")
    at_work.admin.execute("DELETE FROM read.trades WHERE kind = 'result'")
    return at_work


def ids(at_work: Projecting) -> Sequence[UUID]:
    return [row["account_id"] for row in at_work.rows("accounts", order="account_id")]


def healer(at_work: Projecting) -> Healer:
    return Healer(at_work.log, at_work.pool)


def changed(found: Sequence[Healed]) -> dict[str, tuple[int, int]]:
    return {
        each.table: (len(each.only_live), len(each.only_built)) for each in found if not each.same
    }


class TestHeal:
    def test_knows_whose_rows_belong_to_accounts(self) -> None:
        others = set(NAMES) - {model.name for model in OF_ACCOUNTS}
        assert others == {"news_releases", "pack_versions"}

    def test_shows_the_difference_and_changes_nothing(self, broken: Projecting) -> None:
        one, _ = ids(broken)
        found = healer(broken).difference(one, OF_ACCOUNTS)
        assert changed(found) == {"accounts": (1, 1), "trades": (0, 3)}
        accounts = next(each for each in found if each.table == "accounts")
        assert '"balance_units": 0' in accounts.only_live[0]
        assert {each.table for each in broken.differences()} == {"accounts", "trades"}

    def test_puts_the_rows_of_one_account_right(self, broken: Projecting) -> None:
        one, other = ids(broken)
        assert changed(healer(broken).heal(one, OF_ACCOUNTS)) == {
            "accounts": (1, 1),
            "trades": (0, 3),
        }
        assert changed(healer(broken).difference(one, OF_ACCOUNTS)) == {}
        assert changed(healer(broken).difference(other, OF_ACCOUNTS)) != {}
        healer(broken).heal(other, OF_ACCOUNTS)
        assert broken.differences() == []

    def test_leaves_models_alone_that_were_not_named(self, broken: Projecting) -> None:
        for each in ids(broken):
            healer(broken).heal(each, [read_model("trades")])
        assert [each.table for each in broken.differences()] == ["accounts"]

    def test_goes_no_further_than_each_model_is(self, broken: Projecting) -> None:
        (one,) = record(broken.ledger, LIVES[:1], first_account=9)
        broken.catch_up(models=READ_MODELS[:2])
        broken.admin.execute("DELETE FROM read.trades WHERE account_id = %s", (one,))
        healer(broken).heal(one, OF_ACCOUNTS)
        broken.catch_up()
        assert changed(healer(broken).difference(one, OF_ACCOUNTS)) == {}

    @pytest.mark.parametrize("name", ["news_releases", "pack_versions"])
    def test_refuses_a_model_without_rows_of_accounts(self, broken: Projecting, name: str) -> None:
        with pytest.raises(NoRowsOfAccounts):
            healer(broken).heal(ids(broken)[0], [read_model(name)])

    @pytest.mark.parametrize("account_id", [uuid4(), UUID(int=0)], ids=["unknown", "the first"])
    def test_refuses_an_account_without_events(self, broken: Projecting, account_id: UUID) -> None:
        with pytest.raises(StreamNotFound):
            healer(broken).heal(account_id, OF_ACCOUNTS)

    def test_refuses_tables_of_another_shape(self, broken: Projecting) -> None:
        broken.admin.execute("UPDATE read.positions SET definition = 'old'")
        with pytest.raises(ReadModelOutdated):
            healer(broken).heal(ids(broken)[0], OF_ACCOUNTS)

    def test_refuses_an_event_that_cannot_be_taken_in(
        self, broken: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ArithmeticError("no")

        monkeypatch.setattr(type(read_model("trades")), "project", fail)
        with pytest.raises(PoisonEvent):
            healer(broken).heal(ids(broken)[0], OF_ACCOUNTS)
        assert [row["balance_units"] for row in broken.rows("accounts", order="account_id")] == [
            0,
            0,
        ]
