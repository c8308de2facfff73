"""Interrupting a thread of a test."""

import ctypes
from threading import Thread


def interrupt(thread: Thread) -> None:
    """What Ctrl-C does; it is noticed as soon as the thread runs."""
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
    )
