"""Every event of an account is a verdict, or is known to be none."""

from typing import get_args

from application.certificates.kinds import ENDINGS, KINDS, VERDICTS
from domain.accounts.events import (
    AccountEvent,
    AccountOpened,
    DayUnlocked,
    EquityMarked,
    FillRecorded,
    FillVoided,
    ReleaseNoted,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected, VerdictRevised
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_warnings import LimitApproached

NO_VERDICTS = {
    AccountOpened, DayUnlocked, EquityMarked, FillRecorded, FillVoided, ResultRecorded,
    TradeRecorded, TradeVoided, TradingDayClosed, LimitApproached, PackChanged, ReleaseNoted,
    HistoryCorrected, VerdictRevised,
}  # fmt: skip


def test_each_event_is_a_verdict_or_known_to_be_none() -> None:
    assert set(VERDICTS) | NO_VERDICTS == set(get_args(AccountEvent))
    assert not set(VERDICTS) & NO_VERDICTS


def test_an_ending_is_a_verdict() -> None:
    assert set(ENDINGS) <= set(VERDICTS)


def test_kinds_go_by_permanent_names() -> None:
    assert KINDS["account.failed"] == "breach"
    assert len(KINDS) == len(VERDICTS)
