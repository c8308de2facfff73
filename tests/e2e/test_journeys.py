"""What traders and staff do with a service that somebody else started."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.talking import asked, done, opened, read, trade
from tests.support.processes import Server, serving

LOST = {"amount": "24897.5200", "currency": "USD"}
"""The balance after one such trade."""


@pytest.fixture(scope="module")
def server(shared_directory: Path) -> Iterator[Server]:
    with serving(shared_directory) as started:
        yield started


@pytest.fixture(scope="module")
def admin(server: Server) -> Iterator[httpx.Client]:
    with server.client("admin") as client:
        yield client


class TestATrader:
    def test_sees_a_trade_and_what_it_broke_at_once(
        self, server: Server, admin: httpx.Client
    ) -> None:
        trader = f"trader_{uuid4()}"
        account = opened(admin, trader=trader)
        booked = done(admin, f"{account}/trades", trade())
        with server.client("trader", trader) as client:
            assert read(client, account, after=booked)["balance"] == LOST
            (violation,) = read(client, f"{account}/violations", after=booked)["data"]
        assert (violation["rule"], violation["effect"]) == ("position_limit", "flag")
        assert violation["explanation"].startswith("MGC was traded (2 contracts), and the plan")
        assert violation["evidence"] == [2]

    def test_sees_its_own_accounts_and_no_others(self, server: Server, admin: httpx.Client) -> None:
        trader, other = f"trader_{uuid4()}", f"trader_{uuid4()}"
        own, foreign = opened(admin, trader=trader), opened(admin, trader=other)
        written = done(admin, f"{foreign}/trades", trade())
        with server.client("trader", trader) as client:
            listed = read(client, "/v1/accounts", after=written)["data"]
            assert [f"/v1/accounts/{each['id']}" for each in listed] == [own]
            assert client.get(foreign).json()["code"] == "not-found"
            assert client.get(f"{foreign}/trades").json()["code"] == "not-found"

    def test_sees_the_role_of_staff_and_not_the_person(
        self, server: Server, admin: httpx.Client
    ) -> None:
        trader = f"trader_{uuid4()}"
        account = opened(admin, trader=trader)
        booked = done(admin, f"{account}/trades", trade())
        with server.client("trader", trader) as client:
            trail = read(client, f"{account}/audit", after=booked)["data"]
        assert {each["actor"] for each in trail} == {"admin"}


class TestARole:
    @pytest.mark.parametrize(
        ("role", "reads", "audits", "opens"),
        [
            ("trader", 200, 403, 403),
            ("support", 200, 200, 403),
            ("compliance", 200, 200, 403),
            ("admin", 200, 200, 201),
        ],
    )
    def test_may_do_what_it_is_for(
        self, server: Server, role: str, reads: int, audits: int, opens: int
    ) -> None:
        traders = [str(uuid4())] if role == "trader" else []
        body = {"trader_id": f"trader_{uuid4()}", "plan": "p", "program": "standard-25k"}
        with server.client(role, *traders) as client:
            found = client.get("/v1/accounts"), client.get("/v1/audit")
            answer = asked(client, "/v1/accounts", {**body, "phase": "evaluation"})
        assert [each.status_code for each in (*found, answer)] == [reads, audits, opens]

    def test_is_needed_for_everything_but_health(self, server: Server) -> None:
        with httpx.Client(base_url=server.url) as nobody:
            assert nobody.get("/v1/ready").json()["status"] == "ready"
            assert nobody.get("/v1/accounts").json()["code"] == "token-missing"
            assert nobody.get("/openapi.json").status_code == httpx.codes.OK


class TestThePast:
    def test_is_read_by_time_and_by_position(self, admin: httpx.Client) -> None:
        account = opened(admin)
        later = {"entered_at": "2025-10-09T15:00:00Z", "exited_at": "2025-10-09T15:30:00Z"}
        done(admin, f"{account}/trades", trade("t-1"))
        booked = done(admin, f"{account}/trades", trade("t-2", **later))
        trail = read(admin, f"{account}/audit", after=booked, type="account.trade_recorded")["data"]
        assert [each["version"] for each in trail] == [5, 2]
        first = str(trail[-1]["ledger_seq"])
        assert read(admin, account, after=booked)["balance"]["amount"] == "24795.0400"
        for then in ({"as_of": "2025-10-08T23:59:59Z"}, {"at_seq": first}):
            assert read(admin, account, after=booked, **then)["balance"] == LOST
        before = admin.get(account, params={"as_of": "2025-10-01T00:00:00Z"})
        assert before.json()["code"] == "not-found"


class TestTheAuditTrail:
    def test_names_who_did_what_when_and_by_which_request(self, admin: httpx.Client) -> None:
        account = opened(admin)
        request = f"r-{uuid4()}"
        booked = done(admin, f"{account}/trades", trade(), Request_Id=request)
        trail = read(admin, f"{account}/audit", after=booked, actor="admin:test")["data"]
        assert [each["type"] for each in trail] == [
            "account.rule_violated",
            "account.trade_recorded",
            "account.opened",
        ]
        assert [each["request_id"] == request for each in trail] == [True, True, False]
        assert trail[1]["effective_at"] == "2025-10-08T15:30:00Z"
        assert "MGCZ5" in trail[1]["summary"]


class TestTheDemoAccounts:
    def test_are_there_with_the_figures_that_arithmetic_knows(self, admin: httpx.Client) -> None:
        # They were booked before anything else: whatever comes after them is shown later.
        later = done(admin, f"{opened(admin)}/trades", trade())
        listed = read(admin, "/v1/accounts", after=later, plan="standard-25k")["data"]
        found = {each["balance"]["amount"]: (each["status"], each["ended_by"]) for each in listed}
        assert found == {"23521.4400": ("active", None), "23869.6200": ("failed", "max_loss")}


class TestABadCommand:
    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"symbol": "XXZ5"}, "unknown-contract"),
            ({"entry_price": "4000.03"}, "price-off-tick"),
            ({"exited_at": "2025-10-08T14:59:59Z"}, "exit-before-entry"),
            ({"exited_at": "2025-10-08T15:30:00"}, "invalid-request"),
            ({"quantity": "two"}, "invalid-request"),
            ({"quantity": 0}, "invalid-request"),
            ({"fees": 2.48}, "invalid-request"),
            ({"profit": "1000000"}, "invalid-request"),
            (
                {"entered_at": "2025-10-01T15:00:00Z", "exited_at": "2025-10-01T15:30:00Z"},
                "before-opening",
            ),
        ],
    )
    def test_gets_a_clear_answer_and_changes_nothing(
        self, admin: httpx.Client, facts: dict[str, Any], code: str
    ) -> None:
        account = opened(admin)
        written = done(admin, f"{account}/trades", trade())
        answer = asked(admin, f"{account}/trades", trade("t-2", **facts))
        assert answer.is_client_error
        assert answer.json()["code"] == code
        assert answer.json()["detail"]
        assert read(admin, account, after=written)["version"] == 3
        assert admin.get(account).headers["ETag"] == '"3"'

    def test_is_one_whose_key_stood_for_another(self, admin: httpx.Client) -> None:
        path, key = f"{opened(admin)}/trades", str(uuid4())
        first = done(admin, path, trade(), Idempotency_Key=key)
        assert asked(admin, path, trade("t-2"), Idempotency_Key=key).json()["code"] == (
            "idempotency-key-reused"
        )
        again = done(admin, path, trade(), Idempotency_Key=key)
        assert (again.headers["ETag"], again.headers["Idempotent-Replayed"]) == (
            first.headers["ETag"],
            "true",
        )

    def test_is_one_decided_on_a_version_that_has_passed(self, admin: httpx.Client) -> None:
        path = f"{opened(admin)}/trades"
        done(admin, path, trade(), If_Match='"1"')
        stale = asked(admin, path, trade("t-2"), If_Match='"1"')
        assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
