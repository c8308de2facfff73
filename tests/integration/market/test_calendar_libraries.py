"""Every day of the calendar beside two maintained libraries; each difference is named.

Neither library is right throughout, and they differ from each other. What decides is the exchange's
own notices: equities stopped at 08:30 on both days of mourning, at 12:15 on the eves, at noon on
Juneteenth, at 08:15 on a Good Friday with a jobs report, and did not open on any other.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from domain.market.calendar import early_close, is_trading_day, session_close, session_open
from domain.market.holidays import FIRST_DAY, LAST_DAY

pytestmark = pytest.mark.integration

CHICAGO = ZoneInfo("America/Chicago")
CLOSED = None
FULL = time(16)
Close: TypeAlias = time | None
Closes: TypeAlias = dict[date, Close]
Difference: TypeAlias = tuple[Close, Close]

ALL_DAYS = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]


def days(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


GOOD_FRIDAY_WITH_JOBS_REPORT = days("2015-04-03 2021-04-02 2023-04-07 2026-04-03")
GOOD_FRIDAY_SINCE_2024 = days("2024-03-29 2025-04-18 2027-03-26 2028-04-14 2029-03-30 2030-04-19")
MOURNING = days("2018-12-05 2025-01-09")
JUNETEENTH = days(
    "2022-06-20 2023-06-19 2024-06-19 2025-06-19 2026-06-19 2027-06-18 2028-06-19 2029-06-19"
    " 2030-06-19"
)
THIRD_OF_JULY = days(
    "2017-07-03 2018-07-03 2019-07-03 2023-07-03 2024-07-03 2025-07-03 2028-07-03 2029-07-03"
    " 2030-07-03"
)
AFTER_THANKSGIVING = days(
    "2015-11-27 2016-11-25 2017-11-24 2018-11-23 2019-11-29 2020-11-27 2021-11-26 2022-11-25"
    " 2023-11-24 2024-11-29 2025-11-28 2026-11-27 2027-11-26 2028-11-24 2029-11-23 2030-11-29"
)
CHRISTMAS_EVE = days(
    "2015-12-24 2018-12-24 2019-12-24 2020-12-24 2024-12-24 2025-12-24 2026-12-24 2029-12-24"
    " 2030-12-24"
)
EVES = [*THIRD_OF_JULY, *AFTER_THANKSGIVING, *CHRISTMAS_EVE]

EXCHANGE_CALENDARS_CMES: dict[date, Difference] = {
    # It knows no trading on Good Friday nor on a day of mourning, where equities had a morning.
    **dict.fromkeys(GOOD_FRIDAY_WITH_JOBS_REPORT, (time(8, 15), CLOSED)),
    **dict.fromkeys(MOURNING, (time(8, 30), CLOSED)),
    # It has no Juneteenth and no eve of Independence Day.
    **dict.fromkeys(JUNETEENTH, (time(12), FULL)),
    **dict.fromkeys(THIRD_OF_JULY, (time(12, 15), FULL)),
    # It has one hour for every early close, "the most conservative".
    **dict.fromkeys([*AFTER_THANKSGIVING, *CHRISTMAS_EVE], (time(12, 15), time(12))),
}
MARKET_CALENDARS_GLOBEX_EQUITY: dict[date, Difference] = {
    # It gives every Good Friday since 2023 the hours of one with a jobs report.
    **dict.fromkeys(GOOD_FRIDAY_SINCE_2024, (CLOSED, time(8, 15))),
    # It leaves days of mourning out.
    **dict.fromkeys(MOURNING, (time(8, 30), FULL)),
}
MARKET_CALENDARS_CME_EQUITY: dict[date, Difference] = {
    **dict.fromkeys(GOOD_FRIDAY_SINCE_2024, (CLOSED, time(8, 15))),
    # It takes the stock exchanges' closure on a day of mourning for the futures'.
    **dict.fromkeys(MOURNING, (time(8, 30), CLOSED)),
    # It rounds the eves to noon.
    **dict.fromkeys(EVES, (time(12, 15), time(12))),
}


def ours(day: date) -> Close:
    return (early_close(day) or FULL) if is_trading_day(day) else CLOSED


def differences(theirs: Mapping[date, Close]) -> dict[date, Difference]:
    pairs = {day: (ours(day), theirs.get(day, CLOSED)) for day in ALL_DAYS}
    return {day: pair for day, pair in pairs.items() if pair[0] != pair[1]}


def market_calendar(name: str) -> Any:
    import pandas_market_calendars

    calendar = pandas_market_calendars.get_calendar(name)
    return calendar.schedule(start_date=str(FIRST_DAY), end_date=str(LAST_DAY))


def closes_of(schedule: Any) -> Closes:
    """The close of each day, on Chicago's clock; a close on another date would be a surprise."""
    closes: Closes = {}
    for day, at in schedule["market_close"].items():
        local = at.to_pydatetime().astimezone(CHICAGO)
        assert local.date() == day.date()
        closes[day.date()] = local.time()
    return closes


@pytest.fixture(scope="module")
def globex_equity() -> Any:
    return market_calendar("CME Globex Equity")


@pytest.mark.filterwarnings("ignore:Series.values returning")  # Within the library.
def test_differs_from_exchange_calendars_where_said_and_nowhere_else() -> None:
    import exchange_calendars

    # One month more at each end: the library wants a session on either side of the range.
    month = timedelta(days=31)
    cmes = exchange_calendars.get_calendar(
        "CMES", start=str(FIRST_DAY - month), end=str(LAST_DAY + month)
    )
    theirs: Closes = {}
    for day, at in cmes.closes.items():
        local = at.to_pydatetime().astimezone(CHICAGO).time()
        # Its days run to 17:00, the maintenance hour included.
        theirs[day.date()] = FULL if local == time(17) else local
    assert differences(theirs) == EXCHANGE_CALENDARS_CMES


def test_differs_from_globex_equity_where_said_and_nowhere_else(globex_equity: Any) -> None:
    assert differences(closes_of(globex_equity)) == MARKET_CALENDARS_GLOBEX_EQUITY


def test_differs_from_cme_equity_where_said_and_nowhere_else() -> None:
    assert differences(closes_of(market_calendar("CME_Equity"))) == MARKET_CALENDARS_CME_EQUITY


def test_sessions_agree_to_the_second_with_globex_equity(globex_equity: Any) -> None:
    """In UTC, through every change of the clocks."""
    compared = 0
    for row in globex_equity.itertuples():
        day = row.Index.date()
        if day in MARKET_CALENDARS_GLOBEX_EQUITY:
            continue
        theirs = (row.market_open.to_pydatetime(), row.market_close.to_pydatetime())
        assert (session_open(day), session_close(day)) == theirs
        compared += 1
    assert compared == sum(map(is_trading_day, ALL_DAYS)) - len(MOURNING)


def test_a_session_without_a_trade_date_of_its_own_is_one_of_the_short_days() -> None:
    """Clearing books the hours of a holiday with the next day; here they are a day."""
    trade_dates = closes_of(market_calendar("CME_TradeDate")).keys()
    sessions = {day for day in ALL_DAYS if is_trading_day(day)}
    short = {time(8, 15), time(8, 30), time(12)}
    assert sessions - trade_dates == {day for day in sessions if early_close(day) in short}
    assert trade_dates <= sessions
