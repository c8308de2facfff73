"""What happens when the past turns out to have been another one, and who settles what follows.

Money follows the corrected history at once. An outcome that was pronounced stands until a person
has decided on its revision.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias

from typing_extensions import override

from domain.kernel import Event

Correction: TypeAlias = Literal["late", "void", "replacement"]
Decision: TypeAlias = Literal["applied", "dismissed", "overtaken"]


class HistoryCorrected(Event):
    """A report came late, was taken back or was replaced, and every figure after it was restated.

    Effective when the report belongs. `put_in` holds its facts, `taken_out` the identifier that no
    longer counts. `days` are the closed days whose figures changed, each with what was shown
    `before` and what holds `after`; `fills` are those that realise another profit now, the one put
    in among them; `before` and `after` themselves are the account's figures as it stands.
    `restated` is all that the account works with from here on, as canonical JSON.
    `marks_left_out` counts marks of open profit that no longer say anything.
    """

    TOPIC = "account.history_corrected"
    correction: Correction
    execution: Literal["trade", "fill", "result"]
    execution_id: str
    taken_out: str | None
    put_in: dict[str, Any] | None
    trading_day: date
    reason: str
    marks_left_out: int
    days: tuple[dict[str, Any], ...]
    fills: tuple[dict[str, Any], ...]
    before: dict[str, Any]
    after: dict[str, Any]
    restated: str
    fingerprint: str

    @property
    @override
    def natural_key(self) -> str:
        key = f"{self.execution}:{self.execution_id}"
        if self.correction == "late":
            return key
        if self.correction == "void":
            return f"void:{key}"
        return f"replacement:{key}:{self.fingerprint[:16]}"


class VerdictRevised(Event):
    """By the corrected history an outcome would have been another one. It awaits a person.

    `key` names the outcome: its kind, rule, trading day and number within the day. `appears` or
    `disappears`: that is what the revision would do. `status_if_applied` is None when the account's
    standing does not depend on it. `in_doubt` says that marks of open profit had to be left out,
    so that an outcome may be missing for want of data.
    """

    TOPIC = "account.verdict_revised"
    key: str
    outcome: Literal["breach", "pass", "payout"]
    change: Literal["appears", "disappears"]
    rule: str
    effect: str | None
    trading_day: date
    observed: str | None
    limit: str | None
    unit: str | None
    verdict_version: int | None
    status_if_applied: Literal["active", "locked", "failed", "passed"] | None
    in_doubt: bool
    evidence: tuple[int, ...]
    pack_hash: str


class RevisionDecided(Event):
    """A person applied or dismissed a revision; `overtaken` when a later correction removed it.

    `status_after` and `ended_by_after` are how the account stands from here on.
    """

    TOPIC = "account.revision_decided"
    revision_version: int
    key: str
    decision: Decision
    reason: str
    status_after: Literal["active", "locked", "failed", "passed"]
    ended_by_after: str | None
    trading_day: date
    evidence: tuple[int, ...]

    @property
    @override
    def natural_key(self) -> str:
        return f"revision:{self.revision_version}"
