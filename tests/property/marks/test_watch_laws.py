"""The watch sends a mark exactly when the account would record it, and never misses one."""

from contextlib import suppress
from copy import deepcopy
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from application.marks.facts import facts_of, window_of
from application.marks.mark import Mark, micros, moment_of
from application.marks.sifting import sift
from application.marks.watch import FOREVER, Jumps, Watch
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded, BeforeOpening, TradingDayClosed
from domain.documents import Place
from domain.errors import DomainError
from domain.kernel import Event
from domain.market.calendar import next_trading_day, session_close, trading_day_of
from domain.money import USD
from domain.rules.reading import read_pack
from tests.support.histories import BEGINNING, History, Life, histories

BELIEVING = Jumps(percent=10_000)
ACCOUNT = UUID(int=1)
REASONS = {AccountEnded: "ended", TradingDayClosed: "day_closed", BeforeOpening: "before_opening"}

amounts = st.integers(5, 40).map(lambda hundreds: f"{hundreds}00.00")
max_losses = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(
            ["static", "eod_trailing", "intraday_trailing", "realised_trailing"]
        ),
        "amount": amounts,
        "breach": st.sampled_from(["at_or_below", "below"]),
        "basis": st.sampled_from(["equity", "balance"]),
    }
)
daily_losses = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["lock_day", "fail"]),
        "amount": amounts,
        "from": st.sampled_from(["day_start_balance", "day_start_equity", "highest_close"]),
        "breach": st.sampled_from(["at_or_below", "below"]),
        "basis": st.sampled_from(["equity", "balance"]),
    }
)
open_losses = st.fixed_dictionaries(
    {
        "fraction": st.sampled_from(["0.30", "0.50", "0.07"]),
        "effect": st.sampled_from(["flag", "lock_day", "fail"]),
    },
    optional={"base_at_least": amounts},
)
packs = st.fixed_dictionaries(
    {"starting_balance": st.just("50000.00")},
    optional={"max_loss": max_losses, "daily_loss": daily_losses, "open_loss": open_losses},
)
effects = st.sampled_from(["flag", "lock_day", "fail"])
sessions = st.fixed_dictionaries(
    {
        "flat_by": st.sampled_from(["12:00", "15:10"]),
        "overnight": st.sampled_from(["allowed", "forbidden"]),
        "weekend": st.sampled_from(["allowed", "forbidden"]),
        "effect": effects,
    }
)


def lived(history: History, document: dict[str, object]) -> Life:
    """An account under a pack, after its history."""
    account = TradingAccount.open(
        account_id=ACCOUNT, trader_id=UUID(int=2), plan="any", pack=read_pack(Place(document)),
        at=BEGINNING,
    )  # fmt: skip
    life = Life(account, BEGINNING)
    for step in history.steps:
        life.live(step)
    return life


def outcome_of(account: TradingAccount, mark: Mark) -> str:
    """What becomes of a mark when the account is asked."""
    asked, before = deepcopy(account), account.version
    try:
        asked.mark_equity(open_pnl=USD(mark.open_pnl), at=moment_of(mark.at))
    except DomainError as refusal:
        return REASONS[type(refusal)]
    return "recorded" if asked.version > before else "nothing"


def foreseen(account: TradingAccount, mark: Mark) -> str:
    """What the watch says will become of it, however late it comes."""
    watch = Watch(facts_of(account), BELIEVING)
    watch.settled = 0
    refusal = watch.refusal(mark)
    if refusal is not None:
        return refusal
    return "nothing" if watch.says_nothing_new(mark) else "recorded"


@st.composite
def moments(draw: st.DrawFn, life: Life) -> datetime:
    """Around now, around the ends of days, and around the opening."""
    day = trading_day_of(life.clock)
    ends = moment_of(window_of(day)[1])
    base = draw(st.sampled_from([life.clock, ends, moment_of(window_of(day)[0]), BEGINNING]))
    return base + timedelta(microseconds=draw(st.sampled_from([-1, 0, 1, 60_000_000, 10**11])))


@given(histories(steps_max=25), packs, st.data())
def test_the_watch_foresees_what_the_account_does(
    history: History, document: dict[str, object], data: st.DataObject
) -> None:
    life = lived(history, document)
    watch = Watch(facts_of(life.account), BELIEVING)
    edges = [each for each in (watch._low, watch.high) if abs(each) < FOREVER]
    near = st.sampled_from([edge + step for edge in [*edges, 0] for step in (-1, 0, 1)])
    for _ in range(5):
        at = data.draw(moments(life))
        open_pnl = data.draw(near | st.integers(-60_000_000, 60_000_000))
        mark = Mark(micros(at), open_pnl, ACCOUNT.bytes)
        assert foreseen(life.account, mark) == outcome_of(life.account, mark)


@st.composite
def tellings(draw: st.DrawFn) -> list[tuple[str, datetime, int]]:
    """What is told of an account whose fills nobody shows: marks, round trips, and ends of days."""
    at, told = BEGINNING, list[tuple[str, datetime, int]]()
    kinds = st.sampled_from(["mark", "mark", "mark", "mark", "trade", "close"])
    sizes = st.sampled_from([0, 0, 1, -1]) | st.integers(-150, 100)
    for minutes in draw(st.lists(st.sampled_from([1, 30, 215, 1_440]), min_size=4, max_size=30)):
        at += timedelta(minutes=minutes)
        told.append((draw(kinds), at, draw(sizes) * 100_000))
    return told


def take_in(account: TradingAccount, kind: str, at: datetime, units: int) -> None:
    """Tell the account itself."""
    day = trading_day_of(at)
    if kind == "mark":
        account.mark_equity(open_pnl=USD(units), at=at)
    elif kind == "trade":
        account.record_result(result_id=f"{at}", net=USD(units), at=at)
    else:
        account.close_day(day=day, at=session_close(day), open_pnl=USD(units))


def sifted(watch: Watch, at: datetime, units: int) -> list[Mark]:
    """Whether the engine would tell the account of a mark."""
    mark = Mark(micros(at), units, ACCOUNT.bytes)
    waiting = sift([mark], {ACCOUNT.bytes: watch}).get(ACCOUNT.bytes, ())
    watch.release()
    news = []
    for each in waiting:
        if watch.refusal(each) is None:
            watch.accept(each)
            news += [] if watch.says_nothing_new(each) else [each]
    return news


@given(tellings(), packs, sessions)
def test_marks_that_are_filtered_come_to_the_same_events_as_all_of_them(
    told: list[tuple[str, datetime, int]], document: dict[str, object], session: object
) -> None:
    nobody = History("of time", [])
    plain = lived(nobody, {**document, "session": session}).account
    watched = deepcopy(plain)
    watch = Watch(facts_of(watched), BELIEVING)
    for kind, at, units in told:
        with suppress(DomainError):
            take_in(plain, kind, at, units)
        if kind == "mark" and not sifted(watch, at, units):
            continue
        with suppress(DomainError):
            take_in(watched, kind, at, units)
        watch.renew(facts_of(watched))
    assert [shown(each) for each in watched.pending_events] == [
        shown(each) for each in plain.pending_events
    ]


def shown(event: Event) -> tuple[str, object]:
    """What an event says, without its id."""
    return type(event).TOPIC, {k: v for k, v in vars(event).items() if k != "event_id"}


@given(st.dates(datetime(2025, 1, 1).date(), datetime(2027, 6, 1).date()))  # noqa: DTZ001
@example(datetime(2026, 4, 2).date())  # noqa: DTZ001
def test_the_window_of_a_day_is_exactly_its_moments(around: object) -> None:
    day = next_trading_day(around)  # type: ignore[arg-type]
    begins, ends = window_of(day)
    assert trading_day_of(moment_of(begins)) == trading_day_of(moment_of(ends - 1)) == day
    assert trading_day_of(moment_of(begins - 1)) < day < trading_day_of(moment_of(ends))
