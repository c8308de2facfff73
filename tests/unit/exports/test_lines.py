"""One event, one byte string."""

import json
from datetime import timedelta, timezone

from application.exports.lines import line_of
from tests.unit.exports.memory import recorded

LINE = (
    '{"actor":"admin:7","causation_id":"cause-7","correlation_id":null,'
    '"effective_at":"2026-01-05T12:00:06.999999Z",'
    '"event_id":"00000000-0000-0000-0000-0000006acfd5",'
    '"event_type":"account.trade_recorded","ledger_seq":7,'
    '"payload":{"note":"Zürich 7","number":7},"reason":"a \\"quoted\\" reason\\n",'
    '"recorded_at":"2026-01-05T12:00:07.000000Z","request_id":null,"schema_version":1,'
    '"stream_id":"00000000-0000-0000-0000-000000000002","stream_version":3}'
)


def test_an_event_is_always_these_bytes() -> None:
    assert line_of(recorded(7)).decode() == LINE


def test_a_line_is_its_own_canonical_form() -> None:
    again = json.dumps(json.loads(LINE), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again == LINE


def test_the_zone_of_a_time_does_not_show() -> None:
    event = recorded(7)
    chicago = event.recorded_at.astimezone(timezone(timedelta(hours=-6)))
    assert line_of(event._replace(recorded_at=chicago)) == line_of(event)


def test_the_payload_is_the_very_text_of_the_log() -> None:
    odd = '{"b" : 1.50, "a":"\\u00e9"}'
    assert f'"payload":{odd},' in line_of(recorded(7)._replace(payload=odd)).decode()
