"""Every metric by its name: what it counts, in which unit, by which labels.

A label has few values, known beforehand: never an account, a trader, a path or a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["gauge", "counter", "histogram"]
_PROJECTION: Final = {"projection": "a read model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A metric. `labels` says what the values of each are."""

    name: str
    kind: Kind
    help: str
    labels: Mapping[str, str] = field(default_factory=dict)


def _gauge(name: str, help_text: str, **labels: str) -> Described:
    return Described(name=name, kind="gauge", help=help_text, labels=labels)


def _counter(name: str, help_text: str, **labels: str) -> Described:
    return Described(name=name, kind="counter", help=help_text, labels=labels)


def _seconds(name: str, help_text: str, **labels: str) -> Described:
    return Described(name=name, kind="histogram", help=help_text, labels=labels)


# What a look at the database tells: the same in every process.
LEDGER: Final = (
    _gauge("dynasty_database_up", "1 when the database answers a look."),
    _gauge("dynasty_redis_up", "1 when Redis answers."),
    _gauge(
        "dynasty_watch_part_read",
        "1 when a part of the figures was read, 0 when not; none where there is no such part.",
        part="a part of the figures",
    ),
    _gauge("dynasty_log_head_position", "The position of the last event of the log."),
    _gauge("dynasty_log_head_age_seconds", "How long ago the last event was recorded."),
    _gauge("dynasty_log_room_events", "Events for which the log's newest partition has room."),
    _gauge("dynasty_log_sealed_position", "The last position under the tree."),
    _gauge("dynasty_log_unsealed_events", "Events of the log that are not under the tree yet."),
    _gauge("dynasty_log_checkpoint_position", "The last position under a signed checkpoint."),
    _gauge("dynasty_log_checkpoint_age_seconds", "How old the newest signed checkpoint is."),
    _gauge("dynasty_log_verified_position", "All events up to it were sound when last compared."),
    _gauge("dynasty_log_verifying_position", "How far the round of verification is that runs."),
    _gauge("dynasty_log_verified_age_seconds", "How long ago the last comparison came through."),
    _gauge("dynasty_log_archived_position", "The last position that was moved to the archive."),
    _gauge("dynasty_log_archives", "Pieces of the log that were moved to the archive."),
    _gauge(
        "dynasty_projection_position",
        "The position that all lanes of a projection hold.",
        **_PROJECTION,
    ),
    _gauge(
        "dynasty_projection_lag_events",
        "Events of the log that a projection does not hold yet.",
        **_PROJECTION,
    ),
    _gauge(
        "dynasty_projection_lag_seconds",
        "How long the oldest event has waited that a projection does not hold.",
        **_PROJECTION,
    ),
    _gauge(
        "dynasty_projection_still_seconds",
        "How long a lane of a projection has stood still although an event waits.",
        **_PROJECTION,
    ),
    _gauge("dynasty_dead_letters", "Events set aside by a projection.", **_PROJECTION),
    _gauge("dynasty_dead_letter_oldest_seconds", "How long the oldest of them has been set aside."),
    _gauge("dynasty_leases", "Leases by state.", state="held, expired or free"),
    _gauge("dynasty_lease_oldest_left_seconds", "In how long the oldest of the held leases ends."),
    _gauge("dynasty_lease_overdue_seconds", "How long ago the oldest lease that ran out did so."),
    _gauge("dynasty_rebuilds_running", "Rebuilds that run."),
    _gauge("dynasty_effects", "Orders to the platform by status.", status="pending or failed"),
    _gauge("dynasty_effect_oldest_pending_seconds", "How long the oldest pending order waits."),
    _gauge("dynasty_effects_lag_events", "Events of the log not yet searched for orders."),
    _gauge("dynasty_engine_instances", "Instances of the rules engine heard of within a minute."),
    _gauge(
        "dynasty_engine_partitions",
        "Partitions of the marks by whether an instance watches them.",
        state="watched or unwatched",
    ),
    _gauge(
        "dynasty_alarm",
        "What an alarm is about, counted; 0 while it is silent.",
        alarm="a kind of alarm",
        severity="critical or warning",
    ),
)  # fmt: skip

# What this process has done since it began.
PROCESS: Final = (
    _gauge("dynasty_process_info", "1.", service="what the process does", version="its release"),
    _counter(
        "dynasty_http_requests_total",
        "Requests answered.",
        method="a method of HTTP, or other",
        route="a path of the API with its parameters unfilled, or none",
        status="the status of the answer",
    ),
    _seconds(
        "dynasty_http_request_seconds",
        "How long requests took, until the last byte of their answer.",
        method="a method of HTTP, or other",
        route="a path of the API with its parameters unfilled, or none",
    ),
    _counter("dynasty_http_problems_total", "Problems answered.", code="a code of errors.md"),
    _counter(
        "dynasty_commands_total",
        "Commands that went through the pipeline.",
        command="a command, such as RecordTrade",
        outcome="done, unchanged, replayed, refused or failed",
    ),
    _seconds(
        "dynasty_command_seconds",
        "How long commands took, whatever came of them.",
        command="a command, such as RecordTrade",
    ),
    _counter("dynasty_refusals_total", "Commands refused.", code="a code of errors.md"),
    _seconds("dynasty_append_seconds", "How long appends took, from asking until durable."),
    _counter("dynasty_appended_events_total", "Events appended by this process."),
    _counter(
        "dynasty_projection_events_total",
        "Events that the steps of a projection went over, those of other lanes included.",
        **_PROJECTION,
    ),
    _counter("dynasty_projection_steps_total", "Steps along the log."),
    _seconds("dynasty_projection_step_seconds", "How long steps took, until their commit."),
    _gauge("dynasty_combiner_waiting_appends", "Appends that wait to be written."),
    _gauge("dynasty_combiner_in_flight_appends", "Appends that are being written."),
    _gauge("dynasty_combiner_largest_batch_appends", "The most appends in one transaction so far."),
    Described(
        name="dynasty_combiner_batch_appends",
        kind="histogram",
        help="Appends in one transaction; the sum has those that went alone, too.",
    ),
    _counter("dynasty_combiner_appends_total", "Appends asked for."),
    _counter("dynasty_combiner_stored_total", "Appends written."),
    _counter("dynasty_combiner_replayed_total", "Appends answered with an earlier receipt."),
    _counter("dynasty_combiner_conflicts_total", "Appends that lost a race."),
    _counter("dynasty_combiner_refused_total", "Appends that the database does not take."),
    _counter("dynasty_combiner_turned_away_total", "Appends refused because too many waited."),
)  # fmt: skip

METRICS: Final[Mapping[str, Described]] = {each.name: each for each in (*LEDGER, *PROCESS)}
