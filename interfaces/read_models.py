"""Keeping the read models at the head of the log within this process."""

from __future__ import annotations

from interfaces.bootstrap.runtime import Runtime
from projections.daemon import catch_up


def catch_up_with_log(runtime: Runtime) -> int:
    """Bring the read models to the head of the log; return that position."""
    return catch_up(
        log=runtime.log,
        pool=runtime.projector,
        parked_max=runtime.settings.parked_accounts_max,
    )
