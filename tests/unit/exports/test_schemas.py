"""JSON Schemas of payloads."""

from datetime import datetime

import pytest

from application.exports.schemas import event_types, payload_schema
from domain.accounts.events import AccountOpened, DayLocked, TradeRecorded
from domain.kernel import Event

ACCOUNT_TYPES = sorted(name for name in event_types() if name.startswith("account."))


def test_every_event_of_an_account_is_known() -> None:
    assert event_types()["account.opened"] is AccountOpened
    assert len(ACCOUNT_TYPES) >= 15


@pytest.mark.parametrize("name", ACCOUNT_TYPES)
def test_a_schema_names_every_field_of_the_payload_and_no_other(name: str) -> None:
    event_class: type[Event] = event_types()[name]
    fields = {field for each in event_class.__mro__ for field in vars(each).get(
        "__annotations__", {}) if each not in Event.__mro__}  # fmt: skip
    schema = payload_schema(event_class)
    assert set(schema["properties"]) == fields == set(schema["required"])
    assert schema["additionalProperties"] is False
    assert schema["title"] == name


def test_a_schema_says_how_times_days_and_prices_are_written() -> None:
    properties = payload_schema(TradeRecorded)["properties"]
    assert properties["exited_at"] == {"type": "string", "format": "date-time"}
    assert properties["trading_day"] == {"type": "string", "format": "date"}
    assert properties["entry_price"] == {"type": "string", "format": "decimal"}
    assert DayLocked.__annotations__["until"] in (datetime, "datetime")
