"""A recorded history told again, and every event that comes of it held against the recorded one."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from application.certificates.differences import ABSENT, Differs, first_difference
from application.certificates.entries import Logged
from application.certificates.ports import EventCodec
from application.certificates.steps import hash_of_events, step_of
from application.exports.lines import moment_text
from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent
from domain.accounts.findings import is_finding
from domain.accounts.rerunning import Rerun, rerun
from domain.documents import canonical_json
from domain.errors import DomainError


class Running:
    """One history run again. `told` are its recorded events so far, `steps` what they came to."""

    def __init__(self, codec: EventCodec) -> None:
        self.told: list[Logged] = []
        self.steps: list[dict[str, Any]] = []
        self._codec = codec
        self._made: deque[AccountEvent] = deque()
        self._awaited: deque[tuple[Logged, str]] = deque()

    @property
    def here(self) -> str:
        """The JSON pointer of the event that is told now."""
        return f"/events/{max(0, len(self.told) - 1)}"

    def run(self, history: Iterable[Logged], *, until: int) -> TradingAccount:
        """Tell the history up to the report that made version `until`, and all it made.

        Raises Differs at the first event that is not made again, byte for byte.
        """
        end, account = None, None
        for run in rerun(self._telling(history)):
            account = run.account
            self._take_in(run)
            if end is None and account.version >= until:
                end = account.version
            if len(self.told) == end:
                break
        if self._made:
            raise Differs(f"/events/{len(self.told)}", ABSENT, self._made[0].TOPIC)
        self._insist_all_was_made()
        if account is None or end is None:
            raise Differs("/verdict/version", until, len(self.told))
        self._hash_steps(account)
        return account

    def _telling(self, history: Iterable[Logged]) -> Iterator[AccountEvent]:
        for each in history:
            self.told.append(each)
            yield each.event

    def _take_in(self, run: Rerun) -> None:
        if run.refusal is not None:
            raise Differs(self.here, run.told.TOPIC, _refused(run.refusal))
        self._made.extend(run.made)
        self._awaited.append((self.told[-1], self.here))
        while self._awaited and self._made:
            logged, pointer = self._awaited.popleft()
            self._compare(logged, self._made.popleft(), pointer)
        # What a close finds is recorded before it, and made again only when the close is told.
        if not is_finding(run.told):
            self._insist_all_was_made()
        if run.made:
            self.steps.append(step_of(run))

    def _insist_all_was_made(self) -> None:
        if self._awaited:
            logged, pointer = self._awaited[0]
            raise Differs(pointer, logged.event.TOPIC, ABSENT)

    def _compare(self, logged: Logged, again: AccountEvent, pointer: str) -> None:
        entry, recorded = logged
        made = self._codec.payload_of(again)
        told = {name: entry[name] for name in ("version", "type", "effective_at", "payload")}
        if entry["schema_version"] != again.class_version:
            # It was recorded in an older form; what that says today is compared.
            told["payload"] = json.loads(self._codec.payload_of(recorded))
        found = {
            "version": again.originator_version,
            "type": again.TOPIC,
            "effective_at": moment_text(again.effective_at),
            "payload": json.loads(made),
        }
        if canonical_json(told) == canonical_json(found):
            return
        difference = first_difference(told, found, pointer)
        assert difference is not None, "two texts of JSON differ where their values do"
        raise Differs(difference.pointer, difference.recorded, difference.recomputed)

    def _hash_steps(self, account: TradingAccount) -> None:
        entries = [each.entry for each in self.told]
        for step in self.steps:
            covered = entries[step["version"] - 1 : step["last_version"]]
            step["sha256"] = hash_of_events(covered, account.id)


def _refused(refusal: DomainError) -> str:
    return f"refused: {refusal.code}"
