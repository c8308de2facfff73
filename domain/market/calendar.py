"""The trading days of CME Globex.

A trading day runs from 17:00 to 16:00 America/Chicago and is named by the date on which it ends:
Sunday evening belongs to Monday. The maintenance hour from 16:00 belongs to the day just ended.

The hours are those of equity-index futures. Other products share the days and, on ordinary days,
the hours. They differ where a day is cut short: on holidays energy and metals stop later and
currencies trade to 16:00; on a day of mourning only equities and rates stop; on a Good Friday with
a jobs report energy and metals do not open. Grains and livestock keep shorter hours every day.
A table for each product group is not here yet; `trading_day_of` never refuses a trade for its hour,
so a later close of another product cannot lose one.

A holiday on which the market halts at noon is a trading day of its own here, named by its date, as
in the calendar CMES of `exchange_calendars` and in the equity calendars of
`pandas_market_calendars`. The exchange's clearing books those hours with the next business day
instead: its trade date for Thanksgiving Thursday is Friday. A trader's day is what the trader sees,
a session that opened and closed, so limits and winning days are kept by session.
"""

from domain.market.days import (
    early_close,
    is_trading_day,
    next_trading_day,
    previous_trading_day,
)
from domain.market.sessions import session_close, session_open, trading_day_of

__all__ = [
    "early_close",
    "is_trading_day",
    "next_trading_day",
    "previous_trading_day",
    "session_close",
    "session_open",
    "trading_day_of",
]
