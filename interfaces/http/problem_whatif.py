"""Refusals of what-if questions, and the ways in which a run of one can end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

WHATIF: Final[Mapping[str, Kind]] = {
    "counterfactual-refused": Kind(
        422,
        "That cannot be left out",
        "Give a size above 0 and at most 1, such as `1/2`, and at most 100 trades to leave out.",
    ),
    "too-many-whatif-runs": Kind(
        429,
        "Too many what-if runs are not ended",
        "Wait for one to end, or cancel one, then send the same request again.",
        retryable=True,
    ),
    "trade-not-in-history": Kind(
        422,
        "No such trade in the history",
        "Name a closed trade by its id, as the list of trades shows it.",
    ),
    "whatif-busy": Kind(
        503,
        "As many questions are being answered as can be at once",
        "Ask again after `Retry-After`.",
        retryable=True,
    ),
    "whatif-gave-up": Kind(
        500,
        "Every worker ended before the run was done",
        "Ask about fewer accounts; an operator sees to the workers and their memory.",
    ),
    "whatif-interrupted": Kind(
        503,
        "A process that judged accounts ended before its time",
        "Ask again, with fewer processes if it is the memory that was short.",
        retryable=True,
    ),
    "whatif-refused": Kind(
        422,
        "The question contradicts itself or asks nothing",
        "Name a pack or what should have been traded less, and one account, one plan or all.",
    ),
    "whatif-run-ended": Kind(
        409, "The run has ended already", "Read what it came to; nothing is left to cancel."
    ),
    "whatif-timed-out": Kind(
        503, "The run took too long", "Ask about fewer accounts or a shorter window."
    ),
    "whatif-too-long": Kind(
        422,
        "The history is too long to wait for",
        "An administrator asks the same as a job: `POST /v1/whatif-runs`.",
    ),
}
