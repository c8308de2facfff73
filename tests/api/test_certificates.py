"""Verdicts and their certificates over HTTP."""

from threading import BoundedSemaphore
from typing import Any

import httpx
import pytest

from application.certificates.verifying import verify_certificate
from interfaces.bootstrap.starting import event_codec
from interfaces.http import certificates
from tests.api.world import OTHER, TRADER, World, trade, usd

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def failed(world: World) -> str:
    """An account with three flags, a lock and a failure."""
    path = world.opened()
    for number in (1, 2, 3):
        assert world.post(f"{path}/trades", trade(f"t-{number}", quantity=3)).status_code == 202
    for pnl in ("-4000.00", "-6000.00"):
        marked = {"open_pnl": usd(pnl), "marked_at": "2026-03-02T16:00:00Z"}
        world.post(f"{path}/equity-marks", marked)
    return path


def listed(world: World, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"{path}/verdicts").json()["data"]
    return found


def certificate(
    world: World, path: str, *, verdict: str, accept: str | None = None
) -> httpx.Response:
    headers = {} if accept is None else {"Accept": accept}
    return world.get(f"{path}/verdicts/{verdict}/certificate", "trader", **headers)


def test_verdicts_are_listed_newest_first_and_in_pages(world: World) -> None:
    path = failed(world)
    whole = listed(world, path)
    assert [each["kind"] for each in whole] == ["breach", "breach", "lock"] + ["breach"] * 4
    assert [each["ends_account"] for each in whole] == [True] + [False] * 6
    pages, cursor = [], None
    while True:
        query = "limit=2" if cursor is None else f"cursor={cursor}"
        answer = world.get(f"{path}/verdicts?{query}", "trader").json()
        pages += answer["data"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert pages == whole


def test_they_are_listed_before_any_read_model_knows(world: World) -> None:
    path = failed(world)
    answer = world.get(f"{path}/verdicts", "trader")
    assert answer.status_code == 200
    assert answer.headers["Ledger-Position"].startswith("v1.")


def test_each_has_a_certificate_that_verifies(world: World) -> None:
    path = failed(world)
    for each in listed(world, path):
        answer = certificate(world, path, verdict=each["verdict"])
        assert answer.headers["Content-Type"] == "application/json"
        findings = verify_certificate(answer.content, event_codec())
        assert findings.document
        assert findings.document["verdict"]["id"] == each["verdict"]
        assert answer.headers["ETag"] == f'"{findings.document["digest"]}"'


def test_a_certificate_is_a_file_with_a_name(world: World) -> None:
    path = failed(world)
    answer = certificate(world, path, verdict="v13")
    account = path.rpartition("acc_")[2]
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="certificate-{account}-v13.json"'
    )
    assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, TEXT/HTML;level=1;q=0.7", "text/html; charset=utf-8"),
        ("text/html;q=0", "application/json"),
        (",;q=,;;", "application/json"),
    ],
)
def test_people_are_given_a_page(world: World, accept: str | None, kind: str) -> None:
    path = failed(world)
    answer = certificate(world, path, verdict="v13", accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    if kind.startswith("text/html"):
        assert answer.text.startswith("<!doctype html>")
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["ETag"].endswith('-page"')


def test_nothing_of_the_staff_is_in_a_traders_certificate(world: World) -> None:
    path = failed(world)
    assert "alice" not in certificate(world, path, verdict="v13").text


@pytest.mark.parametrize("verdict", ["v1", "v999", "0199f3c2-7f00-7000-8000-0000000000e1"])
def test_what_is_no_verdict_is_not_found(world: World, verdict: str) -> None:
    answer = certificate(world, failed(world), verdict=verdict)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("verdict", ["57", "v0", "latest", "v1x"])
def test_what_names_no_verdict_is_invalid(world: World, verdict: str) -> None:
    answer = certificate(world, failed(world), verdict=verdict)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


def test_another_traders_verdicts_are_not_found(world: World) -> None:
    path = failed(world)
    for each in ("verdicts", "verdicts/v13/certificate"):
        answer = world.get(f"{path}/{each}", "trader", OTHER)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert world.get(f"{path}/{each}", "trader", OTHER, TRADER).status_code == 200


def test_no_more_are_made_at_once_than_a_few(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = failed(world)
    monkeypatch.setattr(certificates, "_making", BoundedSemaphore(1))
    monkeypatch.setattr(certificates, "WAIT_SECONDS", 0)
    with certificates._one_of_few():
        answer = certificate(world, path, verdict="v13")
    assert (answer.status_code, answer.json()["code"]) == (503, "certificates-busy")
    assert answer.headers["Retry-After"] == "1"
    assert certificate(world, path, verdict="v13").status_code == 200
