"""How the threads of a service are scheduled."""

from __future__ import annotations

import os
from contextlib import suppress


def let_the_woken_wait() -> None:
    """This thread, and those that it starts from now on, do not push aside whoever woke them.

    A thread that is told of its append would take the core from the one that tells it, which holds
    the interpreter's lock, and would wait for that lock at once. Where the system knows no such
    policy, or forbids it, all stays as it is.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
