"""One plain sentence for what happens to scheduled news."""

from __future__ import annotations

from typing import assert_never

from domain.accounts.events import ReleaseNoted
from domain.news.events import NewsEvent, NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn


def sentence_of_release(event: ReleaseNoted | ReleaseScheduled) -> str:
    """That an account was told of a release, or that one was put on the calendar."""
    roots = ", ".join(event.roots) if event.roots else "every product"
    noted = "noted" if isinstance(event, ReleaseNoted) else "scheduled"
    return (
        f"The release {event.title!r} of {event.impact} impact on {roots} was {noted} for"
        f" {event.released_at:%Y-%m-%d %H:%M} UTC."
    )


def sentence_of_news(event: NewsEvent) -> str:
    """What happened to the firm's news calendar."""
    match event:
        case NewsMonthBegun():
            return f"The news calendar of {event.month} was begun."
        case ReleaseScheduled():
            return sentence_of_release(event)
        case ReleaseWithdrawn():
            reason = event.reason.strip().rstrip(".")
            return f"The release {event.release_id} was withdrawn, for this reason: {reason}."
        case _:
            assert_never(event)
