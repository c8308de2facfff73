"""What commands have in common that need the servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.settings import load_settings


@contextmanager
def configured() -> Iterator[Runtime]:
    """The runtime that the environment describes."""
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        yield runtime
