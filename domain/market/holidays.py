"""Days on which CME Globex equity-index futures do not trade, or stop before 16:00 Chicago time.

Dates of the past are as they happened. Later ones follow the standing rules; the exchange publishes
its hours about a year ahead, and a day of mourning with a few days' notice: compare, and amend.

- Closed: New Year, Good Friday and Christmas (a Saturday Christmas on the Friday before, a Saturday
  New Year not at all, a Sunday one on the Monday after).
- 08:15, a Good Friday on which the jobs report is released.
- 08:30, a national day of mourning: the overnight session only.
- 12:00, the other holidays of the stock exchanges; Juneteenth since 2022.
- 12:15, the eves: the day after Thanksgiving, 24 December, and 3 July before a 4 July that falls on
  a Tuesday to a Friday.
"""

from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType
from typing import Final

FIRST_DAY: Final = date(2015, 1, 1)
LAST_DAY: Final = date(2030, 12, 31)


def _days(table: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, table.split()))


CLOSED: Final = _days("""
    2015-01-01 2015-12-25
    2016-01-01 2016-03-25 2016-12-26
    2017-01-02 2017-04-14 2017-12-25
    2018-01-01 2018-03-30 2018-12-25
    2019-01-01 2019-04-19 2019-12-25
    2020-01-01 2020-04-10 2020-12-25
    2021-01-01 2021-12-24
    2022-04-15 2022-12-26
    2023-01-02 2023-12-25
    2024-01-01 2024-03-29 2024-12-25
    2025-01-01 2025-04-18 2025-12-25
    2026-01-01 2026-12-25
    2027-01-01 2027-03-26 2027-12-24
    2028-04-14 2028-12-25
    2029-01-01 2029-03-30 2029-12-25
    2030-01-01 2030-04-19 2030-12-25
""")

_JOBS_REPORT_ON_GOOD_FRIDAY = _days("2015-04-03 2021-04-02 2023-04-07 2026-04-03")

_MOURNING = _days("2018-12-05 2025-01-09")

_HOLIDAYS = _days("""
    2015-01-19 2015-02-16 2015-05-25 2015-07-03 2015-09-07 2015-11-26
    2016-01-18 2016-02-15 2016-05-30 2016-07-04 2016-09-05 2016-11-24
    2017-01-16 2017-02-20 2017-05-29 2017-07-04 2017-09-04 2017-11-23
    2018-01-15 2018-02-19 2018-05-28 2018-07-04 2018-09-03 2018-11-22
    2019-01-21 2019-02-18 2019-05-27 2019-07-04 2019-09-02 2019-11-28
    2020-01-20 2020-02-17 2020-05-25 2020-07-03 2020-09-07 2020-11-26
    2021-01-18 2021-02-15 2021-05-31 2021-07-05 2021-09-06 2021-11-25
    2022-01-17 2022-02-21 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-11-24
    2023-01-16 2023-02-20 2023-05-29 2023-06-19 2023-07-04 2023-09-04 2023-11-23
    2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28
    2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27
    2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26
    2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-11-25
    2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-11-23
    2029-01-15 2029-02-19 2029-05-28 2029-06-19 2029-07-04 2029-09-03 2029-11-22
    2030-01-21 2030-02-18 2030-05-27 2030-06-19 2030-07-04 2030-09-02 2030-11-28
""")

_EVES = _days("""
    2015-11-27 2015-12-24
    2016-11-25
    2017-07-03 2017-11-24
    2018-07-03 2018-11-23 2018-12-24
    2019-07-03 2019-11-29 2019-12-24
    2020-11-27 2020-12-24
    2021-11-26
    2022-11-25
    2023-07-03 2023-11-24
    2024-07-03 2024-11-29 2024-12-24
    2025-07-03 2025-11-28 2025-12-24
    2026-11-27 2026-12-24
    2027-11-26
    2028-07-03 2028-11-24
    2029-07-03 2029-11-23 2029-12-24
    2030-07-03 2030-11-29 2030-12-24
""")

EARLY_CLOSES: Final[Mapping[date, time]] = MappingProxyType(
    dict.fromkeys(_JOBS_REPORT_ON_GOOD_FRIDAY, time(8, 15))
    | dict.fromkeys(_MOURNING, time(8, 30))
    | dict.fromkeys(_HOLIDAYS, time(12))
    | dict.fromkeys(_EVES, time(12, 15))
)
"""The Chicago time of the close, for every trading day that ends before 16:00."""
