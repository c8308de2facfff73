"""Run as a process: a signal before every step that waiting takes, one waiting for each.

Prints how many steps there were. With a handler that sets the event itself it never ends.
"""

import signal
import sys
import threading
from types import FrameType
from typing import Any

from interfaces.cli.stopping import stopped_by_signals

ALL_STEPS = 1_000_000
A_MOMENT = 0.001


def waited_out(*, signalled_at: int) -> int:
    """Wait until stopped, with a signal before one step of it; how many steps came before."""
    steps = 0

    def trace(frame: FrameType, what: str, _: Any) -> Any:
        nonlocal steps
        if frame.f_code.co_filename != threading.__file__:
            return None
        frame.f_trace_opcodes = True
        if what == "opcode":
            steps += 1
            if steps == signalled_at:
                signal.raise_signal(signal.SIGTERM)
        return trace

    with stopped_by_signals() as stop:
        sys.settrace(trace)
        stop.wait(A_MOMENT)
        sys.settrace(None)
        if signalled_at < ALL_STEPS:
            stop.wait()
    return steps


if __name__ == "__main__":
    every = waited_out(signalled_at=ALL_STEPS)
    for step in range(1, every + 1):
        waited_out(signalled_at=step)
    sys.stdout.write(f"{every}\n")
