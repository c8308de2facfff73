"""The firm's news calendar, and telling one account of a release."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from fastapi import Query
from pydantic import Field

from application.accounts.commands import NoteRelease
from application.accounts.handlers import note_release as note_on_account
from application.news import handlers
from application.news.commands import ScheduleRelease, WithdrawRelease
from domain.market.releases import RELEASE_ID_LENGTH_MAX, Release
from domain.market.specs import SPECS
from domain.news.calendar import month_of
from interfaces.http.commanding import ReceiptOut, TheCounter, at_unstated
from interfaces.http.fields import LINE, AccountId, Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader
from interfaces.paging import given

router = guarded_router(tag="news")

ReleaseId: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=RELEASE_ID_LENGTH_MAX,
        pattern=LINE,
        description="Unique in its month for ever",
        examples=["nfp-2026-03"],
    ),
]
Month: TypeAlias = Annotated[
    str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])
]
Impact: TypeAlias = Annotated[
    Literal["high", "medium", "low"],
    Field(description="Only a high one closes a window", examples=["high"]),
]
_LIST: Final = """
SELECT month, release_id, title, released_at, impact, roots, withdrawn_at, withdraw_reason,
    ledger_seq
FROM read.news_releases
"""


class ReleaseIn(Wire):
    """A release to schedule, or to tell an account of."""

    release_id: ReleaseId
    title: str = Field(min_length=1, max_length=200, pattern=LINE, examples=["Nonfarm payrolls"])
    released_at: Moment
    impact: Impact
    roots: list[str] | None = Field(
        default=None,
        max_length=len(SPECS),
        description="The products it moves; left out, all",
        examples=[["ES", "MES"]],
    )

    def release(self) -> Release:
        """The release, checked against the contracts and the calendar."""
        return Release.of(
            release_id=self.release_id,
            title=self.title,
            released_at=self.released_at,
            impact=self.impact,
            roots=self.roots,
        )


class WithdrawalIn(Wire):
    """A release that does not take place as scheduled."""

    month: Month
    release_id: ReleaseId
    reason: str = Field(min_length=1, max_length=500, pattern=LINE, examples=["Postponed"])


class NewsIn(PageIn):
    """Filters of the news calendar."""

    released_from: Moment | None = Field(default=None, description="Not before")
    released_until: Moment | None = Field(default=None, description="Before")


class NewsReceiptOut(Wire):
    """What a command on the calendar did."""

    month: Month = Field(description="The month it is in, Chicago's", examples=["2026-03"])
    version: int = Field(description="Of the month now; the same as the ETag", examples=[12])
    recorded: bool = Field(description="False when nothing changed", examples=[True])


class ReleaseOut(Wire):
    """A release on the calendar."""

    release_id: ReleaseId
    month: Month
    title: str = Field(examples=["Nonfarm payrolls"])
    released_at: Moment
    impact: Impact
    roots: list[str] | None = Field(description="Null is every product", examples=[["ES", "MES"]])
    withdrawn_at: Moment | None = Field(description="When it was taken off the calendar")
    withdraw_reason: str | None = Field(examples=[None])


@router.get("/news", summary="List news", responses=refusals("cursor-refused", *READS))
def list_news(
    reader: TheReader, pages: ThePages, asked: Annotated[NewsIn, Query()]
) -> PageOut[ReleaseOut]:
    """Scheduled releases, the earliest first; those that were withdrawn stay and say so."""
    page = pages.turn_to(asked)
    with reader.snapshot("news_releases", at_least=page.position) as snapshot:
        rows = snapshot.page(
            _LIST,
            ("released_at >= %s", given(page.asked.released_from)),
            ("released_at < %s", given(page.asked.released_until)),
            ("(released_at, ledger_seq) > (%s::timestamptz, %s)", page.after),
            order="released_at, ledger_seq",
            limit=page.rows_wanted,
        )
    return page.of(
        rows,
        _release_of,
        key=lambda row: (row["released_at"].isoformat(), row["ledger_seq"]),
        snapshot=snapshot,
    )


@router.post(
    "/news",
    status_code=202,
    summary="Schedule a release",
    responses=refusals(
        "stale-version", "write-conflict", "unknown-contract", "calendar-not-loaded",
        "release-known-differently", "release-withdrawn", "news-month-full", *COMMANDS,
    ),
)  # fmt: skip
def schedule_release(release: ReleaseIn, counter: TheCounter) -> NewsReceiptOut:
    """Put a release on the firm's calendar. Scheduling the same one again is harmless."""
    command = ScheduleRelease(
        release=release.release(),
        at=counter.desk.clock(),
        expected_version=counter.expected_version,
    )
    receipt = counter.hand_in(handlers.schedule_release, command, stated=at_unstated(command))
    return _receipt(receipt, month_of(command.release.released_at))


@router.post(
    "/news/withdrawals",
    status_code=202,
    summary="Withdraw a release",
    responses=refusals("stale-version", "write-conflict", "release-unknown", *COMMANDS),
)
def withdraw_release(withdrawal: WithdrawalIn, counter: TheCounter) -> NewsReceiptOut:
    """Take a release off the calendar. Doing so again is harmless. Accounts that were told of it
    keep it.
    """
    command = WithdrawRelease(
        month=withdrawal.month,
        release_id=withdrawal.release_id,
        reason=withdrawal.reason,
        at=counter.desk.clock(),
        expected_version=counter.expected_version,
    )
    receipt = counter.hand_in(
        handlers.withdraw_release,
        command,
        stated=at_unstated(command),
        reason=withdrawal.reason,
    )
    return _receipt(receipt, withdrawal.month)


@router.post(
    "/accounts/{account_id}/releases",
    status_code=202,
    summary="Tell an account of a release",
    responses=refusals(
        "not-found", "stale-version", "write-conflict", "account-ended", "unknown-contract",
        "calendar-not-loaded", "already-recorded-differently", "too-many-releases", *COMMANDS,
    ),
)  # fmt: skip
def note_release(account_id: AccountId, release: ReleaseIn, counter: TheCounter) -> ReceiptOut:
    """Let one account know of scheduled news, so that its pack's window is kept. Telling the same
    one again is harmless.
    """
    command = NoteRelease(
        account_id=account_id,
        release=release.release(),
        at=counter.desk.clock(),
        expected_version=counter.expected_version,
    )
    return counter.hand_in(note_on_account, command, stated=at_unstated(command))


def _receipt(receipt: ReceiptOut, month: str) -> NewsReceiptOut:
    return NewsReceiptOut(month=month, version=receipt.version, recorded=receipt.recorded)


def _release_of(row: Row) -> ReleaseOut:
    return ReleaseOut(
        release_id=row["release_id"],
        month=row["month"],
        title=row["title"],
        released_at=row["released_at"],
        impact=row["impact"],
        roots=row["roots"],
        withdrawn_at=row["withdrawn_at"],
        withdraw_reason=row["withdraw_reason"],
    )
