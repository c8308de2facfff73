"""One sentence for each verdict, from nothing but its witness."""

from typing import Any

import pytest

from domain.rules.explanations import Witness, explain, explain_warning

FLAG = "; this is put on record and has no further effect."
END = "; this ends the account."
LOCK = "; trading is locked until the next session."
LOSS: dict[str, Any] = {
    "rule": "max_loss",
    "effect": "fail",
    "observed": "23499.50",
    "limit": "23500.00",
    "unit": "USD",
}
TRAILING = {
    "mode": "eod_trailing",
    "basis": "equity",
    "breach": "at_or_below",
    "peak": "25000.00",
    "allowance": "1500.00",
}
LIMIT: dict[str, Any] = {
    "rule": "position_limit",
    "effect": "flag",
    "observed": "3",
    "limit": "2",
    "unit": "contracts",
    "subject": "ES",
}

TIMED: dict[str, Any] = {
    "rule": "flat_by",
    "effect": "fail",
    "observed": "2",
    "limit": "0",
    "unit": "contracts",
    "subject": "ES",
}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {**LOSS, "threshold": TRAILING},
            "The equity of $23,499.50 reached or fell below the maximum loss floor of $23,500.00,"
            " the highest closing balance of $25,000.00 less $1,500.00" + END,
        ),
        (
            {**LOSS, "threshold": {**TRAILING, "basis": "balance", "breach": "below"}},
            "The balance of $23,499.50 fell below the maximum loss floor of $23,500.00,"
            " the highest closing balance of $25,000.00 less $1,500.00" + END,
        ),
        (
            {**LOSS, "threshold": {**TRAILING, "lock_at": "23500.00"}},
            "The equity of $23,499.50 reached or fell below the maximum loss floor of $23,500.00,"
            " where it stops rising with the highest closing balance" + END,
        ),
        (
            {**LOSS, "threshold": {**TRAILING, "fixed_by_payout": "23500.00"}},
            "The equity of $23,499.50 reached or fell below the maximum loss floor of $23,500.00,"
            " where the first payout put it for good" + END,
        ),
        (
            {
                **LOSS,
                "rule": "daily_loss",
                "effect": "lock_day",
                "observed": "-1250.5",
                "limit": "-1000.00",
                "threshold": {
                    "from": "day_start_balance",
                    "start": "0.00",
                    "allowance": "1000.00",
                    "basis": "equity",
                    "breach": "at_or_below",
                },
            },
            "The equity of -$1,250.5 reached or fell below the day's loss floor of -$1,000.00,"
            " the balance at the start of the day of $0.00 less $1,000.00" + LOCK,
        ),
        (
            {**LIMIT, "threshold": {"reason": "position_limit"}},
            "3 contracts of ES were open at once, and the plan allows 2" + FLAG,
        ),
        (
            {**LIMIT, "observed": "1", "limit": "0", "threshold": {"reason": "position_limit"}},
            "1 contract of ES was open at once, and the plan allows 0" + FLAG,
        ),
        (
            {**LIMIT, "unit": "units", "subject": "all", "observed": "30", "limit": "20"},
            "30 units over all products were open at once, and the plan allows 20" + FLAG,
        ),
        (
            {**LIMIT, "subject": "6E", "limit": "0", "threshold": {"reason": "not_tradable"}},
            "6E was traded (3 contracts), and the plan does not allow it" + FLAG,
        ),
        (
            {**LIMIT, "rule": "scaling", "unit": "units", "subject": "all"},
            "3 units were open at once, and at the profit of the last close the plan's scaling"
            " allows 2" + FLAG,
        ),
        (
            {**LIMIT, "rule": "mixed_sizes"},
            "Mini and micro contracts were open at once when ES was traded, and the plan allows one"
            " size at a time" + FLAG,
        ),
        (
            {**LIMIT, "rule": "hedging", "subject": "S&P 500"},
            "Long and short positions in S&P 500 were open at once, and the plan forbids hedging"
            + FLAG,
        ),
        (
            {**LIMIT, "rule": "minimum_hold", "unit": "seconds", "observed": "1", "limit": "60"},
            "A position in ES was held for 1 second, and the plan asks for at least 60" + FLAG,
        ),
        (
            {**LIMIT, "rule": "a_rule", "unit": "seconds", "observed": "1", "limit": "60"},
            "The rule a rule saw 1 second against a limit of 60" + FLAG,
        ),
        (
            {**TIMED, "threshold": {"deadline": "2026-03-02T21:10:00Z", "kind": "held"}},
            "2 contracts of ES were open at 15:10 on 2026-03-02, Chicago time, when the plan asks"
            " to be flat" + END,
        ),
        (
            {
                **TIMED,
                "observed": "1",
                "threshold": {"deadline": "2026-07-02T20:10:00Z", "kind": "opened"},
            },
            "1 contract of ES was opened at or after 15:10 on 2026-07-02, Chicago time, and the"
            " plan opens nothing from then until the next session" + END,
        ),
        (
            {**TIMED, "threshold": {"deadline": "2026-03-02T21:10:00Z", "kind": "marked"}},
            "Open profit was told after 15:10 on 2026-03-02, Chicago time, when the plan asks for"
            " everything closed" + END,
        ),
        (
            {**TIMED, "rule": "overnight", "threshold": {"deadline": "2026-03-02T22:00:00Z"}},
            "2 contracts were held over the close at 16:00 on 2026-03-02, Chicago time, and the"
            " plan allows nothing overnight" + END,
        ),
        (
            {**TIMED, "rule": "weekend", "threshold": {}},
            "2 contracts were held over the close at a time not kept, and the plan allows nothing"
            " over the weekend" + END,
        ),
        (
            {
                **TIMED,
                "rule": "news",
                "threshold": {
                    "title": "CPI",
                    "from": "2026-03-10T12:28:00Z",
                    "until": "2026-03-10T12:32:00Z",
                    "kind": "held",
                },
            },
            "2 contracts of ES were held in the window of the release CPI, from 07:28 on"
            " 2026-03-10, Chicago time to 07:32 on 2026-03-10, Chicago time, in which the plan"
            " allows nothing open" + END,
        ),
        (
            {
                **TIMED,
                "rule": "inactivity",
                "unit": "days",
                "observed": "8",
                "limit": "7",
                "threshold": {"last_active": "2026-03-02"},
            },
            "Nothing was traded for 8 days since 2026-03-02, and the plan allows 7" + END,
        ),
        (
            {**TIMED, "rule": "maximum_trading_days", "unit": "days", "limit": "1"},
            "This was trading day 2, and the plan has 1" + END,
        ),
        (
            {
                **LOSS,
                "rule": "open_loss",
                "effect": "flag",
                "observed": "-750.01",
                "limit": "-750.00",
                "threshold": {"base": "2500.00", "fraction": "0.3", "profit_at_start": "0.00"},
            },
            "The open result of -$750.01 was below -$750.00: at most 0.3 of $2,500.00 may be lost"
            " while it is open, by the profit of $0.00 at the start of the day" + FLAG,
        ),
        (
            {**LOSS, "rule": "some_rule"},
            "The rule some rule saw $23,499.50 against $23,500.00" + END,
        ),
    ],
    ids=lambda value: value["rule"] if isinstance(value, dict) else None,
)
def test_tells_what_was_seen_and_what_follows(facts: dict[str, Any], sentence: str) -> None:
    assert explain(Witness(**facts)) == sentence


def test_tells_what_it_can_of_a_witness_that_kept_little() -> None:
    told = explain(Witness(**{**LOSS, "effect": "warn"}))
    assert told.startswith("The level of $23,499.50 reached or fell below")
    assert told.endswith("less an amount not kept; see the rule pack for what follows.")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {**LOSS, "observed": "23800.00", "threshold": TRAILING},
            (
                "80 % of the max loss limit is used: the equity of $23,800.00 is $300.00 above the"
                " maximum loss floor of $23,500.00, the highest closing balance of $25,000.00 less"
                " $1,500.00."
            ),
        ),
        (
            {**LOSS, "rule": "some_days", "unit": "days", "observed": "24", "limit": "30"},
            "80 % of the some days limit is used: 24 of 30 days.",
        ),
        (
            {**LIMIT, "observed": "4", "limit": "5"},
            "80 % of the position limit is used: 4 of 5 contracts of ES are open.",
        ),
        (
            {
                **LIMIT,
                "rule": "scaling",
                "observed": "8",
                "limit": "10",
                "unit": "units",
                "subject": "all",
            },
            "80 % of the scaling limit is used: 8 of 10 units are open.",
        ),
        (
            {
                **LIMIT,
                "rule": "maximum_trading_days",
                "observed": "4",
                "limit": "5",
                "unit": "days",
                "subject": None,
            },
            "80 % of the maximum trading days limit is used: 4 of 5 days were traded.",
        ),
        (
            {
                **LIMIT,
                "rule": "inactivity",
                "observed": "8",
                "limit": "10",
                "unit": "days",
                "subject": None,
                "threshold": {
                    "last_active": "2026-03-02",
                    "allowed": "10",
                    "deadline": "2026-03-12T21:00:00Z",
                },
            },
            (
                "80 % of the inactivity limit is used: nothing was traded since 2026-03-02, and"
                " without a trade by 16:00 on 2026-03-12, Chicago time, the account ends."
            ),
        ),
        (
            {
                **LOSS,
                "rule": "open_loss",
                "observed": "-600.00",
                "limit": "-750.00",
                "threshold": {
                    "profit_at_start": "0.00",
                    "base": "2500.00",
                    "fraction": "0.3",
                    "allowance": "750.00",
                },
            },
            (
                "80 % of the open loss limit is used: the open result of -$600.00 comes near"
                " -$750.00: at most 0.3 of $2,500.00 may be lost while it is open, by the profit of"
                " $0.00 at the start of the day."
            ),
        ),
    ],
    ids=lambda value: value["rule"] if isinstance(value, dict) else None,
)
def test_tells_how_near_a_limit_is(facts: dict[str, Any], sentence: str) -> None:
    assert explain_warning(Witness(**facts), percent=80) == sentence
