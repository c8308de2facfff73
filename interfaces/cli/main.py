"""The `dynasty` command: every subject is a file of its own beside this one."""

from __future__ import annotations

import json
import sys

import typer
from rich.console import Console

from domain.errors import DomainError
from interfaces.cli import (
    accounts,
    accounts_list,
    audit,
    certificates,
    corrections,
    daemon,
    demo,
    dlq,
    events,
    imports,
    log,
    log_archive,
    marks,
    moving,
    news,
    packs,
    packs_lint,
    payouts,
    projections,
    rules_engine,
    scenario,
    serve,
    simulate,
    snapshots,
    status,
    token,
    whatif,
    worker,
)

app = typer.Typer(
    name="dynasty",
    help="The ledger of a futures prop-trading firm: real trades in, verdicts out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(scenario.app, name="scenario")
app.add_typer(accounts.app, name="accounts")
app.add_typer(accounts.programs_app, name="programs")
app.add_typer(corrections.app, name="corrections")
app.add_typer(corrections.revisions_app, name="revisions")
app.add_typer(payouts.app, name="payouts")
app.add_typer(packs.app, name="packs")
app.add_typer(imports.app, name="import")
app.add_typer(news.app, name="news")
packs.app.command("lint")(packs_lint.lint)
accounts.app.command("list")(accounts_list.list_accounts)
accounts.app.command("move")(moving.move)
accounts.app.command("consent")(moving.consent)
app.add_typer(projections.app, name="projections")
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(rules_engine.app, name="rules-engine")
app.add_typer(marks.app, name="marks")
app.add_typer(audit.app, name="audit")
app.add_typer(events.app, name="events")
app.add_typer(certificates.app, name="certificate")
log.app.command("archive")(log_archive.archive)
log.app.command("archives")(log_archive.archives)
app.add_typer(log.app, name="log")
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("migrate")(serve.migrate)
app.command("daemon")(daemon.daemon)
app.add_typer(dlq.app, name="dlq")
app.command("simulate")(simulate.simulate)
app.command("status")(status.status)
app.command("token")(token.token)
app.command("whatif")(whatif.whatif)
app.command("worker")(worker.worker)


def main() -> None:
    """Run a command; a refusal is one sentence on standard error and exit 2.

    With --json it is an object with `code` and `sentence`, on standard error as well.
    """
    try:
        app()
    except DomainError as refusal:
        said = f"{refusal.code}: {refusal.sentence}"
        if "--json" in sys.argv:
            said = json.dumps({"code": refusal.code, "sentence": refusal.sentence})
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(said)
        sys.exit(2)
