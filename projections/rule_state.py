"""How far each account is from every limit: what the rules engine and the trader look at."""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.approaching import next_warnings, open_loss_levels
from domain.accounts.outlook import (
    Outlook,
    limit_documents,
    outlook_of,
    size_documents,
    step_documents,
)
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState
from domain.money import USD
from projections.copying import array_text, json_text
from projections.folding import AccountFold
from projections.kernel import DDL, Batch, Projection, Row
from projections.writing import copy_rows, replace_rows

COLUMNS: Final = (
    "account_id", "trading_day", "status", "balance_units", "equity_units", "peak_units",
    "floor_units", "floor_left_units", "daily_floor_units", "daily_loss_left_units",
    "target_units", "target_reached", "consistency_ratio", "consistency_met", "best_day_units",
    "trading_days", "trading_days_left", "winning_days", "day_net_units", "closest_units",
    "closest_day", "day_start_equity_units", "session_high_units", "session_low_units",
    "open_pnl_units", "mark_is_old", "positions", "locked_until", "max_loss_basis",
    "max_loss_warning_units", "max_loss_later_warning_units", "daily_loss_basis",
    "daily_loss_warning_units", "daily_loss_later_warning_units", "open_loss_next_units", "limits",
    "binding_rule", "largest_sizes", "next_steps", "violated", "settled_at", "version", "position",
)  # fmt: skip


class RuleState(Projection):
    """One row per account. `trading_day` is the day in progress; none between days.

    Null stands where the pack has no such rule. `closest_units` is the least money to the floor at
    any judged moment of the account's life, `closest_day` the first day on which it was so little.
    The extremes of the session are null between days. `open_pnl_units` is the mark last told, null
    while flat or never told; `mark_is_old` says that something was executed after it.

    For each floor, `…_basis` says what is compared: `equity` or `balance`. At or below
    `…_warning_units` of it the next warning falls, at or below `…_later_warning_units` the one
    after that; null when it was told already, and both null when none can fall any more in this
    session. The levels hold for marks of the day in progress, or of the next one between days.
    A mark that is a new high of the session may move them, where the floor trails equity. At an
    open profit of `open_loss_next_units` or below it the open loss is warned of next, or broken.

    `limits` is a list of every limit with `rule`, `subject`, `unit`, `observed`, `limit`, `left`,
    `used`, `warned` (the percentage told), `known`, `deadline` and `next_step`; days that pass of
    themselves are counted up to the newest event. `binding_rule` is the limit that the account
    meets first: in the unit of which the largest share is used, the one of which least is left.
    `largest_sizes` is a list of what may be open at once by product, `next_steps` of what is
    missing until each objective is reached.

    `violated` are the rules that were broken in the session so far. A mark of a moment before
    `settled_at` comes too late.
    """

    name = "rule_state"
    ddl = DDL(
        names=("rule_state",),
        tables="""
CREATE TABLE rule_state (
    account_id uuid PRIMARY KEY,
    trading_day date,
    status text NOT NULL,
    balance_units bigint NOT NULL,
    equity_units bigint NOT NULL,
    peak_units bigint NOT NULL,
    floor_units bigint,
    floor_left_units bigint,
    daily_floor_units bigint,
    daily_loss_left_units bigint,
    target_units bigint,
    target_reached boolean,
    consistency_ratio text,
    consistency_met boolean,
    best_day_units bigint NOT NULL,
    trading_days integer NOT NULL,
    trading_days_left integer NOT NULL,
    winning_days integer NOT NULL,
    day_net_units bigint NOT NULL,
    closest_units bigint,
    closest_day date,
    day_start_equity_units bigint NOT NULL,
    session_high_units bigint,
    session_low_units bigint,
    open_pnl_units bigint,
    mark_is_old boolean NOT NULL,
    positions jsonb NOT NULL,
    locked_until timestamptz,
    max_loss_basis text,
    max_loss_warning_units bigint,
    max_loss_later_warning_units bigint,
    daily_loss_basis text,
    daily_loss_warning_units bigint,
    daily_loss_later_warning_units bigint,
    open_loss_next_units bigint,
    limits jsonb NOT NULL,
    binding_rule text,
    largest_sizes jsonb NOT NULL,
    next_steps jsonb NOT NULL,
    violated text[] NOT NULL,
    settled_at timestamptz NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL
);
ALTER TABLE rule_state ALTER positions SET STATISTICS 0, ALTER limits SET STATISTICS 0,
    ALTER largest_sizes SET STATISTICS 0, ALTER next_steps SET STATISTICS 0;
""",
        indexes="""
CREATE INDEX rule_state_alive ON rule_state (account_id) WHERE status IN ('active', 'locked');
CREATE INDEX rule_state_by_position ON rule_state (position);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        new, rows = batch.opened, [_row(fold) for fold in batch.accounts.values()]
        changed = [row for row in rows if row[0] not in new]
        replace_rows(cursor, "rule_state", COLUMNS, changed, key=(("account_id", "uuid"),))
        copy_rows(cursor, "rule_state", COLUMNS, [row for row in rows if row[0] in new])


def _row(fold: AccountFold) -> Row:
    state, standing = fold.state, standing_of(fold.state)
    outlook = outlook_of(state, at=fold.last_effective_at)
    target, consistency = standing.target, standing.consistency
    return (
        fold.account_id,
        state.session.day if state.session else None,
        state.status,
        state.balance.units,
        state.equity.units,
        state.peak.units,
        _units(standing.floor),
        _units(standing.floor_left),
        _units(standing.daily_floor),
        _units(standing.daily_loss_left),
        target.required.units if target else None,
        target.reached if target else None,
        consistency.ratio if consistency else None,
        consistency.met if consistency else None,
        standing.best_day.units,
        standing.trading_days,
        standing.trading_days_left,
        standing.winning_days,
        standing.day_net.units,
        _units(fold.closest),
        fold.closest_day,
        state.day_start_equity.units,
        state.session.high_equity.units if state.session else None,
        state.session.low_equity.units if state.session else None,
        _units(state.mark),
        state.mark_is_old,
        _positions(state),
        fold.locked_until if state.status == "locked" else None,
        *_warnings(state, outlook, "max_loss"),
        *_warnings(state, outlook, "daily_loss"),
        next((level.units for level in open_loss_levels(state)), None),
        json_text(limit_documents(outlook)),
        outlook.binding.rule if outlook.binding else None,
        json_text(size_documents(outlook)),
        json_text(step_documents(outlook)),
        array_text(sorted(state.session.violated) if state.session else ()),
        fold.settled_at,
        fold.version,
        fold.position,
    )


def _units(amount: USD | None) -> int | None:
    return amount.units if amount is not None else None


def _warnings(state: AccountState, outlook: Outlook, rule: str) -> Iterator[str | int | None]:
    """What a limit compares, and the levels of its next two warnings."""
    use = next((each for each in outlook.limits if each.rule == rule), None)
    first, second, *_ = (*(next_warnings(state, use) if use else ()), None, None)
    yield use.basis if use else None
    yield _units(first)
    yield _units(second)


def _positions(state: AccountState) -> str:
    """Net open contracts by series, as JSON."""
    net: dict[str, tuple[str, int]] = {}
    for lot in state.lots:
        _, quantity = net.get(lot.series, (lot.root, 0))
        net[lot.series] = (lot.root, quantity + lot.quantity)
    return json_text(
        [
            {"series": series, "root": root, "quantity": quantity}
            for series, (root, quantity) in sorted(net.items())
        ]
    )
