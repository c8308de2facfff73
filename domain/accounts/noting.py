"""Telling an account of scheduled news. No release is judged until something else is told."""

from __future__ import annotations

from datetime import datetime

from domain.accounts.days import refuse_ended
from domain.accounts.errors import AlreadyRecordedDifferently, TooManyReleases
from domain.accounts.events import ReleaseNoted
from domain.accounts.evolve_releases import is_forgotten
from domain.accounts.state import RELEASES_MAX
from domain.accounts.time_passing import pass_time
from domain.accounts.verdicts import Recording
from domain.market.releases import Release


def note_release(account: Recording, release: Release, *, at: datetime) -> None:
    """Remember a release. One noted before changes nothing, nor does one that is long over.

    Like every input it lets time pass to its own moment first. Refuses with AccountEnded,
    AlreadyRecordedDifferently or TooManyReleases.
    """
    noted = account.state.releases.get(release.release_id)
    if noted is not None:
        if noted.release != release:
            raise AlreadyRecordedDifferently(
                f"The release {release.release_id} is noted already, with other facts; note the"
                " changed one under a new id.",
                id=release.release_id,
            )
        return
    if is_forgotten(account.state, release):
        return
    refuse_ended(account)
    _refuse_too_many(account)
    pass_time(account, at)
    refuse_ended(account)
    account.record(ReleaseNoted, at=at, **release.facts())


def _refuse_too_many(account: Recording) -> None:
    if len(account.state.releases) >= RELEASES_MAX:
        raise TooManyReleases(
            f"The account knows {RELEASES_MAX} releases that are not over; note the next ones when"
            " their days are nearer.",
            limit=RELEASES_MAX,
        )
