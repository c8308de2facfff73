"""The HTTP application: every router, every guard, and the way refusals leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI
from pydantic import SecretStr
from typing_extensions import override

from interfaces.bootstrap.runtime import Runtime
from interfaces.http import (
    account_commands,
    accounts,
    audit,
    catalogue,
    certificates,
    corrections,
    days,
    engine,
    error_pages,
    health,
    limit_warnings,
    log,
    metrics,
    news,
    opening,
    pack_changes,
    packs,
    packs_publishing,
    payout_commands,
    payout_eligibility,
    payouts,
    problems,
    restatements,
    trades,
    violations,
    whatif,
    whatif_reading,
    whatif_runs,
)
from interfaces.http.desk import Desk
from interfaces.http.middleware import Envelope
from interfaces.http.openapi import VERSION, document_of
from interfaces.http.sealing import Sealer
from interfaces.http.tokens import Tokens
from interfaces.settings import signing_secret
from interfaces.watching.observing import ProcessObserver
from interfaces.watching.process import observer_of

_ROUTERS: Final = (
    health, error_pages, accounts, trades, days, violations, certificates, audit, catalogue,
    opening, account_commands, payout_eligibility, payouts, payout_commands, limit_warnings, packs,
    packs_publishing, pack_changes, whatif, whatif_runs, whatif_reading, news, corrections,
    restatements, engine, log, metrics,
)  # fmt: skip


class Api(FastAPI):
    """FastAPI with our OpenAPI document."""

    @override
    def openapi(self) -> dict[str, Any]:
        """The document, with security, headers and examples."""
        return document_of(self)


def utc_now() -> datetime:
    """The clock of the process: the time at which a command arrives."""
    return datetime.now(UTC)


def create_app(
    runtime: Runtime,
    *,
    clock: Callable[[], datetime] = utc_now,
    secret: SecretStr | None = None,
    observer: ProcessObserver | None = None,
) -> FastAPI:
    """The API on a running system. `secret` signs tokens; None takes the configured one."""
    secret = secret or signing_secret(runtime.settings)
    observer = observer or observer_of(runtime, service="api")
    app = routes_only()
    app.add_middleware(Envelope, body_bytes_max=runtime.settings.body_bytes_max, observer=observer)
    app.state.desk = Desk(
        runtime=runtime,
        clock=clock,
        tokens=Tokens(secret),
        sealer=Sealer(secret),
        observer=observer,
    )
    return app


def routes_only() -> FastAPI:
    """The routes and their document, without anything behind them."""
    app = Api(
        title="Dynasty Ledger",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        separate_input_output_schemas=False,
    )
    problems.install(app)
    for each in _ROUTERS:
        app.include_router(each.router)
    return app
