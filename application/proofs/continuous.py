"""The continuous verifier: goes round the log, and compares every event with what was sealed.

A round goes from the first event to the newest signed checkpoint. Each piece of it is compared row
by row with the leaves of the tree, and the leaves have to lead to the root that was signed. Until
the next round is due it follows the checkpoints. It survives its process: what it has so far is a
few hashes, kept beside its position.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic_ns
from typing import Final

from application.archiving.errors import ArchiveDamaged
from application.log import Log, LogSelection, RecordedEvent
from application.proofs.aligning import Ahead, Alignment
from application.proofs.findings import Finding, Findings
from application.proofs.ports import (
    Checkpoints,
    KeptCheckpoint,
    Round,
    Rounds,
    Tree,
    TreeHead,
)
from application.proofs.tiles import WIDTH, TileId, hashes_of
from application.proofs.tree import CompactRange, NotProved
from application.proofs.verifying import (
    NothingToJudge,
    VerifierKey,
    check_signature,
    read_checkpoint,
)

PIECE: Final = 8 * WIDTH
"""Events that are compared in one step at the most."""
WHOLE: Final = 100
LOOK_EVERY_NS: Final = 5_000_000_000
"""While there is nothing to do, and while something is not sound."""

AGAIN_NS: Final = 600_000_000_000
"""Before all is compared again that led to another root."""

_log = logging.getLogger("dynasty.verifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousOptions:
    """Whether there are rounds, how long after one has come through the next begins, and how much
    of a core's time they may use, in percent.
    """

    on: bool
    rest: timedelta
    percent: int


class ContinuousVerifier:
    """A duty. Any number may work at once: a piece that another has compared is not counted twice.

    `keys` are those that may have signed; without any no signature is looked at.
    """

    name: Final = "verifier"

    def __init__(
        self,
        log: Log,
        tree: Tree,
        checkpoints: Checkpoints,
        rounds: Rounds,
        *,
        options: ContinuousOptions,
        keys: Callable[[], Sequence[VerifierKey]] = tuple,
        now_ns: Callable[[], int] = monotonic_ns,
        piece: int = PIECE,
    ) -> None:
        assert 0 < options.percent <= WHOLE, "a share of the time"
        self._log, self._tree, self._checkpoints, self._rounds = log, tree, checkpoints, rounds
        self._options, self._keys, self._now_ns, self._piece = options, keys, now_ns, piece
        self._rests_until_ns = 0
        self._pause_ns = LOOK_EVERY_NS
        self._said = ""

    def step(self) -> int:
        """Compare the next piece; how many events that were. 0 while it rests, when a round ends,
        and while something is not sound: then it looks at the same place again. Refuses as the log
        and the tree do.
        """
        began = self._now_ns()
        if began < self._rests_until_ns:
            return 0
        self._pause_ns = LOOK_EVERY_NS
        done = self._go_on()
        ended = self._now_ns()
        rest = (ended - began) * (WHOLE - self._options.percent) // self._options.percent
        self._rests_until_ns = ended + (rest if done else max(rest, self._pause_ns))
        return done

    def _go_on(self) -> int:
        now = self._rounds.current(rest=self._options.rest)
        if now.is_over:
            return self._begin(now)
        last = min(now.position + self._piece, now.size)
        if now.position < now.sound_size:
            # What was sound before has to lead to the same root again.
            last = min(last, now.sound_size)
        return self._compare(now, last) if last > now.position else self._end(now)

    def _begin(self, before: Round) -> int:
        """Go on to the newest checkpoint, or to the head of a tree without any; from the first
        event on when that is due.
        """
        # In this order: what is signed in between is in the tree that is looked at later.
        newest, head = self._checkpoints.newest(), self._tree.head()
        size, root = head.size, head.root
        if newest and newest.size >= before.sound_size:
            size, root = newest.size, newest.root
        if doubt := self._doubt_about(before, newest, head):
            return self._doubt(before, Finding(kind="checkpoint", sentence=doubt))
        if before.is_due:
            return int(size > 0 and self._rounds.begin(before, size=size, root=root))
        return int(size > before.size and self._rounds.extend(before, size=size, root=root))

    def _doubt_about(
        self, before: Round, newest: KeptCheckpoint | None, head: TreeHead
    ) -> str | None:
        if head.size < before.sound_size:
            return f"{before.sound_size} events were verified, and the tree holds {head.size} now"
        if newest is None:
            return None
        if newest.size > head.size:
            return f"{newest.size} events were signed, and the tree holds {head.size} now"
        try:
            note = read_checkpoint(newest.note)
            known = [
                key
                for key in self._keys()
                if any(content[:4] == key.key_id for _, content in note.signatures)
            ]
            # One of a key that is not configured any more is for `dynasty log verify` to judge.
            if known:
                check_signature(note, known)
        except (NothingToJudge, NotProved) as reason:
            return f"the checkpoint of {newest.size} events: {reason}"
        if (note.size, note.root) != (newest.size, newest.root):
            return f"the checkpoint of {newest.size} events has a note of another tree"
        return None

    def _compare(self, now: Round, last: int) -> int:
        """Compare the events after the position up to `last`, and go on behind them."""
        first, findings = now.position + 1, Findings()
        leaves = self._leaves(now.position, last)
        if len(leaves) < last - now.position:
            missing = now.position + len(leaves) + 1
            sentence = f"the tile with event {missing} is not whole: it cannot be compared"
            return self._doubt(now, Finding(kind="tree", sentence=sentence, ledger_seq=missing))
        rows = Ahead(self._rows(first, last))
        try:
            Alignment(rows, Ahead(iter(leaves)), findings=findings, first=first).run()
            while (row := rows.take()) is not None:
                findings.inserted(row)
        except ArchiveDamaged as damage:
            said = damage.sentence.removesuffix(".")
            findings.add(Finding(kind="archive", sentence=said, ledger_seq=first))
        if findings.told:
            return self._doubt(now, findings.told[0])
        walked = CompactRange(now.position, list(now.nodes))
        for leaf in leaves:
            walked.push(leaf)
        if last == now.sound_size and walked.root() != now.sound_root:
            sentence = f"events 1 to {last} are not those that were verified before"
            return self._doubt(now, Finding(kind="tree", sentence=sentence))
        self._rounds.advance(now, position=last, nodes=walked.nodes)
        return last - now.position

    def _end(self, now: Round) -> int:
        """All is compared: it has to lead to the root."""
        if CompactRange(now.size, list(now.nodes)).root() == now.root:
            self._rounds.finish(now)
            return 0
        sentence = f"events 1 to {now.size} lead to another root than was signed"
        self._pause_ns = AGAIN_NS
        return self._doubt(now, Finding(kind="checkpoint", sentence=sentence), again=True)

    def _rows(self, first: int, last: int) -> Iterator[RecordedEvent]:
        return self._log.stream(LogSelection(first_seq=first, last_seq=last))

    def _leaves(self, first: int, last: int) -> Sequence[bytes]:
        """The hashes of the leaves from `first` up to, and without, `last`; fewer where a tile is
        not whole.
        """
        numbers = range(first // WIDTH, -(-last // WIDTH))
        tiles = self._tree.tiles([TileId(0, number) for number in numbers])
        found: list[bytes] = []
        for number in numbers:
            here = list(hashes_of(tiles.get(TileId(0, number), b"")))[: last - number * WIDTH]
            found += here[max(0, first - number * WIDTH) :]
            if len(here) < min(WIDTH, last - number * WIDTH):
                break
        return found

    def _doubt(self, now: Round, finding: Finding, *, again: bool = False) -> int:
        self._rounds.doubt(now, finding, again=again)
        if finding.sentence != self._said:
            self._said = finding.sentence
            _log.error("The log is not sound: %s. Run `dynasty log verify`.", finding.sentence)
        return 0
