"""Refusals of the business: the request was understood, and a fact forbids it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

BUSINESS: Final[Mapping[str, Kind]] = {
    "account-ended": Kind(
        409,
        "The account has ended",
        "Nothing can be added to it. Read its violations for the reason.",
    ),
    "account-id-taken": Kind(
        409,
        "The account identifier is taken",
        "Leave `account_id` out to be given one, or read the account that has it.",
    ),
    "already-recorded-differently": Kind(
        409,
        "Recorded before with other facts",
        "If the platform corrected it, send it as a correction.",
    ),
    "before-opening": Kind(
        409,
        "Before the account was opened",
        "Check the time; nothing can have happened on an account that did not exist.",
    ),
    "calendar-not-loaded": Kind(
        422,
        "Outside the trading calendar",
        "Check the date. If it is right, the calendar of this release must be extended.",
    ),
    "day-not-over": Kind(
        409, "The session has not ended", "Close the day after its session has ended."
    ),
    "exit-before-entry": Kind(
        422, "Closed before it was opened", "Check both times and their offsets."
    ),
    "fees-negative": Kind(422, "Fees below zero", "Send what the trade cost, zero or more."),
    "history-too-long": Kind(
        409,
        "Too much history to judge again",
        "Close the account and carry its balance over to a new one.",
    ),
    "not-a-price": Kind(
        422, "Not a price", "Write a plain decimal text such as `5003.25`, without an exponent."
    ),
    "not-a-trading-day": Kind(
        422, "Not a trading day", "Name a day on which the exchange has a session."
    ),
    "not-an-amount": Kind(
        422, "Not an amount", "Write a decimal text with at most four decimal places."
    ),
    "not-found": Kind(
        404,
        "Not found",
        "Check the identifier. What is not yours to see is not found either.",
    ),
    "nothing-to-replace": Kind(
        409,
        "Nothing to replace",
        "Check the identifier, or report the execution as a new one.",
    ),
    "nothing-to-void": Kind(
        409, "Nothing to void", "Check the identifier; what was never recorded cannot go back."
    ),
    "price-off-tick": Kind(
        422,
        "Price between two ticks",
        "Send the price that was traded; the nearest two are in `below` and `above`.",
    ),
    "news-month-full": Kind(
        409, "The month takes no more releases", "Leave out the releases of low impact."
    ),
    "program-unknown": Kind(
        422, "No such program", "Name a program and a phase that the firm sells."
    ),
    "quantity-out-of-range": Kind(
        422, "Impossible quantity", "Send a number of contracts from 1 to 10,000."
    ),
    "release-known-differently": Kind(
        409,
        "Scheduled before with other facts",
        "Withdraw the scheduled one, then schedule the changed one under a new identifier.",
    ),
    "release-unknown": Kind(
        404, "No such release", "List the news of the month for its identifiers."
    ),
    "release-withdrawn": Kind(
        409, "The release was withdrawn", "Schedule it under a new identifier."
    ),
    "revision-decided-already": Kind(
        409,
        "Decided in another way",
        "That decision stands. A later correction can raise the outcome anew.",
    ),
    "revision-unknown": Kind(
        404, "No such revision", "List the account's revisions for their numbers."
    ),
    "time-to-come": Kind(
        422, "A time that has not come yet", "Check the clock, or leave the time out."
    ),
    "time-without-offset": Kind(
        422, "Time without an offset", "Send the time with its offset, or in UTC with `Z`."
    ),
    "too-many-executions": Kind(
        409, "Too many executions in one day", "Check the feed for a loop."
    ),
    "too-many-releases": Kind(
        409,
        "Too many releases ahead",
        "Note the next ones when their days are nearer; those that are over make room.",
    ),
    "trading-day-closed": Kind(
        409,
        "The trading day is closed",
        "A mark or a close of it comes too late. Trades, fills and voids correct it.",
    ),
    "unknown-contract": Kind(
        422, "Unknown contract", "Write a root, a month letter and a year, such as `ESH6`."
    ),
}
