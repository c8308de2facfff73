"""What-if as JSON and CSV: the same bytes for the same question at the same position."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from application.exports.lines import moment_text
from application.whatif.answers import Answer, Figures, Report, Told
from application.whatif.questions import Question, new_pack_hash, question_document, time_text
from application.whatif.totals import Sums, Totals
from domain.money import USD

FORMAT: Final = "dynasty-ledger-whatif"
FORMAT_VERSION: Final = 1
COLUMNS: Final = (
    "account_id", "plan", "status_before", "status_after", "kind", "change", "name", "subject",
    "trading_day", "ledger_seq", "event_type", "at", "before_at", "after_at", "before", "after",
    "amount", "trader_share", "net_profit_before", "net_profit_after", "lives_on", "certain",
    "pack_hashes",
)  # fmt: skip


def summary_document(
    question: Question, totals: Totals, *, log_position: int, answers: Sequence[Answer] = ()
) -> dict[str, Any]:
    """The whole run. `answers` stand in it where the question was about one account."""
    asked = question_document(question)
    every = totals.all
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "old_pack_hash": sorted(totals.pack_hashes),
        "new_pack_hash": new_pack_hash(question),
        "log_position": log_position,
        "from": time_text(question.start),
        "to": time_text(question.end),
        "account": asked["account"],
        "plan": asked["plan"],
        "alike": asked["alike"],
        "size": asked["size"],
        "stop_after_first_loss": asked["stop_after_first_loss"],
        "without": asked["without"],
        **sums_document(every),
        "plans": [{"plan": name, **sums_document(sums)} for name, sums in totals.plans()],
    }
    if question.account is not None:
        document["answers"] = [answer_document(each) for each in answers]
    return document


def sums_document(sums: Sums) -> dict[str, Any]:
    """Counts, and differences in money as texts."""
    return {
        each.name.removesuffix("_units"): (
            str(USD(getattr(sums, each.name)))
            if each.name.endswith("_units")
            else getattr(sums, each.name)
        )
        for each in fields(sums)
    }


def answer_document(answer: Answer) -> dict[str, Any]:
    """One account, as it was and as it would be."""
    return {
        "account_id": str(answer.account_id),
        "plan": answer.plan,
        "pack_hash": answer.pack_hash,
        "pack_hashes": list(answer.pack_hashes),
        "events": answer.events,
        "status_before": answer.status_before,
        "status_after": answer.status_after,
        "lives_on": answer.lives_on,
        "before": _figures(answer.before),
        "after": _figures(answer.after),
        "flip_count": answer.flip_count,
        "flips": [_flip(each) for each in answer.flips],
        "refusal_count": answer.refusal_count,
        "refused": [
            {**_report(each.report), "code": each.code, "sentence": each.sentence}
            for each in answer.refused
        ],
        "ignored": answer.ignored,
        "left_out_count": answer.left_out_count,
        "left_out": [{"id": id, "reason": reason} for id, reason in answer.left_out],
        "unknown": [{"why": why, **_report(since)} for why, since in answer.doubts.items()],
    }


def flip_rows(answer: Answer) -> Iterator[dict[str, Any]]:
    """A flat row for each flip listed of an account, by the names of the CSV's columns."""
    for each in answer.flips:
        yield {
            "account_id": str(answer.account_id),
            "plan": answer.plan,
            "status_before": answer.status_before,
            "status_after": answer.status_after,
            **_flip(each),
            "net_profit_before": _money(answer.before.net_profit),
            "net_profit_after": _money(answer.after.net_profit),
            "lives_on": answer.lives_on,
            "pack_hashes": " ".join(answer.pack_hashes),
        }


def csv_text(rows: Sequence[dict[str, Any]], *, header: bool) -> str:
    """Rows as CSV (RFC 4180, with line feeds). What does not apply is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_cell(row[name]) for name in COLUMNS)
    return text.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_amount(value):
            # A spreadsheet would take it for a formula.
            return f"'{value}"
        case _:
            return str(value)


def _is_amount(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _flip(told: Told) -> dict[str, Any]:
    return {
        "kind": told.kind,
        "change": told.change,
        "name": told.name,
        "subject": told.subject,
        "trading_day": None if told.trading_day is None else told.trading_day.isoformat(),
        **_report(told.report),
        "before_at": time_text(told.before_at),
        "after_at": time_text(told.after_at),
        "before": told.before,
        "after": told.after,
        "amount": _money(told.amount),
        "trader_share": _money(told.trader_share),
        "certain": told.certain,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "ledger_seq": report.ledger_seq,
        "event_type": report.event_type,
        "at": moment_text(report.at),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {each.name: _money(getattr(figures, each.name)) for each in fields(figures)}


def _money(units: int | None) -> str | None:
    return None if units is None else str(USD(units))
