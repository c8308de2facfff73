"""`dynasty serve` and `dynasty migrate`."""

from __future__ import annotations

import logging
import signal
from contextlib import ExitStack
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn
from rich.console import Console
from typing_extensions import override

from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import prepare_database, running
from interfaces.daemon import daemon_beside
from interfaces.demo_data import ACCOUNT, STRICTER_ACCOUNT, book_demo, standard_pack, stricter_pack
from interfaces.http.app import create_app
from interfaces.rules_engine import engine_beside
from interfaces.scheduling import let_the_woken_wait
from interfaces.settings import Settings, load_settings, signing_secret
from interfaces.watching.observing import ProcessObserver
from interfaces.watching.process import watched
from interfaces.whatif.worker import working

_out = Console(highlight=False, markup=False, soft_wrap=True)
_log = logging.getLogger("dynasty.rules_engine")


class _AnnouncingServer(uvicorn.Server):
    """Says where it listens once it does: port 0 is known only then."""

    @override
    def _log_started_message(self, listeners: object) -> None:
        for server in self.servers:
            for socket in server.sockets:
                host, port = socket.getsockname()[:2]
                _out.print(f"Listening on http://{host}:{port}  (described at /openapi.json)")
        _out.print("Tokens: dynasty token --role admin.  Stop: Ctrl-C.")


def serve(
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    demo_data: Annotated[
        bool, typer.Option(help="Book the demo accounts (only where everything is embedded).")
    ] = True,
    with_engine: Annotated[
        bool, typer.Option("--with-engine", help="Run an instance of the rules engine, too.")
    ] = False,
    worker: Annotated[
        bool, typer.Option(help="Work on what-if runs, too (only where everything is embedded).")
    ] = True,
) -> None:
    """Run the query and command API; with nothing configured, everything it needs with it."""
    signal.signal(signal.SIGTERM, _end)
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir, serves=True) as runtime:
        if settings.embedded and demo_data:
            _book(runtime)
        with ExitStack() as stack:
            observer = stack.enter_context(watched(runtime, service="api", report=_out.print))
            if settings.embedded:
                stack.enter_context(daemon_beside(runtime))
            if settings.embedded and worker:
                stack.enter_context(working(runtime))
            if with_engine:
                stack.enter_context(engine_beside(runtime, report=_log.info))
            let_the_woken_wait()
            _listen(runtime, settings, observer, host=host, port=port)


def migrate() -> None:
    """Apply the migrations to DATABASE_URL and make the tables of the read models."""
    settings = load_settings()
    if settings.database_url is None:
        _out.print("DATABASE_URL is not set: the embedded database is migrated when it is started.")
        return
    for migration in prepare_database(settings.database_url.get_secret_value()):
        _out.print(f"applied {migration.number:04d} {migration.name}")
    _out.print("The database is up to date.")


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Leave every block in order, so that what was started here is stopped before this ends.

    The server finishes its requests first, then sends itself the signal again.
    """
    raise SystemExit(0)


def _book(runtime: Runtime) -> None:
    book_demo(runtime, account_id=ACCOUNT, pack=standard_pack())
    book_demo(runtime, account_id=STRICTER_ACCOUNT, pack=stricter_pack())
    _out.print(f"Demo accounts: acc_{ACCOUNT} and acc_{STRICTER_ACCOUNT}")


def _listen(
    runtime: Runtime,
    settings: Settings,
    observer: ProcessObserver,
    *,
    host: str | None,
    port: int | None,
) -> None:
    app = create_app(runtime, secret=signing_secret(settings), observer=observer)
    config = uvicorn.Config(
        app,
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
        limit_concurrency=500,
    )
    _AnnouncingServer(config).run()
