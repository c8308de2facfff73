"""Who holds a lease."""

from __future__ import annotations

import os
import secrets
import socket


def owner_of(instance: str | None) -> str:
    """A name that no other process has, even one that was given the same name by mistake."""
    name = instance or f"{socket.gethostname()}-{os.getpid()}"
    return f"{name[:100]}:{secrets.token_hex(4)}"
