"""`dynasty certificate`, as it is typed, on a real log; and the same certificate over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from application.certificates.errors import (
    CertificateNotSound,
    CertificateUnreadable,
    NoVerdict,
)
from application.context import CommandContext, acting
from application.errors import StreamNotFound
from application.exports.errors import ExportNotWritten
from domain.accounts.account import TradingAccount
from domain.documents import canonical_json
from domain.kernel import UUID
from infrastructure.event_store.ledger import open_ledger
from interfaces.cli.main import app
from tests.api.world import World, world_on
from tests.support.builders import (
    ACCOUNT,
    OPENED,
    TRADER,
    TUESDAY,
    closing,
    marking,
    pack_of,
    trading,
)
from tests.support.postgres import Database

QUIET, NOBODY = UUID(int=90), UUID(int=91)
RULE = {"mode": "eod_trailing", "amount": "2000.00"}
VERDICTS = ["account.failed", "account.rule_violated", "account.rule_violated"]
LIMITS = {"per_symbol": {"MES": 1}}


@pytest.fixture(scope="module")
def world(module_database: Database) -> Iterator[World]:
    """A ledger with an account that failed, and one about which nothing was decided."""
    ledger = open_ledger(module_database.url, pool_size=1)
    pack = pack_of(max_loss=RULE, position_limits=LIMITS)
    failed, quiet = (
        TradingAccount.open(account_id=each, trader_id=TRADER, plan="test", pack=pack, at=OPENED)
        for each in (ACCOUNT, QUIET)
    )
    with acting(CommandContext(actor="admin:alice", reason="told by the platform")):
        ledger.save(quiet)
        for command in (
            trading(profit="250.00", fees="4.50", quantity=2),
            closing(),
            marking("-2000.00", day=TUESDAY),
        ):
            command(failed)
            ledger.save(failed)
    ledger.close()
    with world_on(module_database) as opened:
        opened.catch_up()
        yield opened


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    return {"DATABASE_URL": world.runtime.database_url, "REDIS_URL": "redis://127.0.0.1:1"}


def run(environment: dict[str, str], *arguments: object) -> Result:
    typed = ["certificate", *map(str, arguments)]
    return CliRunner().invoke(app, typed, env=environment)


def test_a_certificate_is_written_and_verified(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    made = run(environment, ACCOUNT, "-o", file)
    assert made.exit_code == 0, made.output
    assert "digest" in made.stderr
    verified = run({}, "verify", file)
    assert verified.exit_code == 0
    document = json.loads(file.read_text())
    assert verified.stdout == f"{canonical_json(document['verdict'])}\n"
    assert document["verdict"]["type"] == "account.failed"
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]


def test_without_a_file_it_is_printed(environment: dict[str, str]) -> None:
    printed = run(environment, ACCOUNT).stdout
    assert run(environment, "make", ACCOUNT, "-o", "-").stdout == printed
    assert canonical_json(json.loads(printed)) + "\n" == printed


def test_the_list_names_what_can_be_asked_for(environment: dict[str, str]) -> None:
    lines = run(environment, "list", ACCOUNT, "--json").stdout.splitlines()
    listed = [json.loads(each) for each in lines]
    assert [each["type"] for each in listed] == VERDICTS
    for each in listed:
        by_event = run(environment, ACCOUNT, "--verdict", each["verdict"]).stdout
        by_version = run(environment, ACCOUNT, "--verdict", f"v{each['version']}").stdout
        assert by_event == by_version
        assert json.loads(by_event)["verdict"]["id"] == each["verdict"]


def test_the_table_fits_a_terminal(environment: dict[str, str]) -> None:
    printed = run(environment, "list", ACCOUNT).stdout
    assert max(map(len, printed.splitlines())) <= 100
    assert printed.count("breach") == len(VERDICTS)
    assert "Nothing was decided" in run(environment, "list", QUIET).stdout


def test_the_api_gives_the_same_bytes(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    listed = world.get(f"/v1/accounts/acc_{ACCOUNT}/verdicts").json()["data"]
    assert [each["type"] for each in listed] == VERDICTS
    for each in listed:
        path = f"/v1/accounts/acc_{ACCOUNT}/verdicts/{each['verdict']}/certificate"
        answer = world.get(path, "trader", TRADER)
        assert (
            answer.content == run(environment, ACCOUNT, "--verdict", each["verdict"]).stdout_bytes
        )
        page = world.get(path, Accept="text/html").content
        run(environment, ACCOUNT, "--verdict", each["verdict"], "-o", tmp_path / "page.html")
        assert page == (tmp_path / "page.html").read_bytes()


def test_a_page_is_drawn_from_the_file_alone(environment: dict[str, str], tmp_path: Path) -> None:
    file, one, two = (tmp_path / name for name in ("c.json", "one.html", "two.html"))
    run(environment, ACCOUNT, "-o", file)
    run(environment, ACCOUNT, "-o", one)
    assert run({}, "page", file, "-o", two).exit_code == 0
    assert one.read_text() == two.read_text()


def test_a_changed_cent_is_named_and_exits_with_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "c.json"
    run(environment, ACCOUNT, "-o", file)
    text = file.read_text()
    assert '"fees_units":45000' in text
    file.write_text(text.replace('"fees_units":45000', '"fees_units":45100', 1))
    verified = run({}, "verify", file)
    assert (verified.exit_code, verified.stdout) == (1, "")
    assert "/events/1/payload/fingerprint: recorded" in verified.stderr
    assert "/digest: recorded" in verified.stderr
    page = run({}, "page", file, "-o", tmp_path / "page.html")
    assert isinstance(page.exception, CertificateNotSound)
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ((QUIET,), NoVerdict),
        ((NOBODY,), StreamNotFound),
        (("list", NOBODY), StreamNotFound),
        ((ACCOUNT, "--verdict", "v1"), StreamNotFound),
        (("verify", "nothing.json"), CertificateUnreadable),
        (("verify", "/"), CertificateUnreadable),
        ((ACCOUNT, "-o", "/nowhere/c.json"), ExportNotWritten),
        ((ACCOUNT, "-o", "/dev/null"), ExportNotWritten),
    ],
)
def test_what_cannot_be_done_is_refused(
    environment: dict[str, str], arguments: tuple[object, ...], refusal: type[Exception]
) -> None:
    assert isinstance(run(environment, *arguments).exception, refusal)
