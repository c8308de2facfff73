"""The composition root: the only package that knows which adapter stands behind which port."""

from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import (
    event_codec,
    histories_on,
    loading_on,
    new_log_key,
    prepare_database,
    running,
    trade_sources,
)

__all__ = [
    "Runtime",
    "event_codec",
    "histories_on",
    "loading_on",
    "new_log_key",
    "prepare_database",
    "running",
    "trade_sources",
]
