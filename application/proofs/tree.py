"""The tree of RFC 6962 over the log, and what follows from its proofs. Python 3.9 is enough.

The event with `ledger_seq` n is the leaf n - 1; the hash is SHA-256. Only the standard library is
imported: a copy lies beside the verifier in each export, as `verify_tree.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

HASH_BYTES = 32
ROOT_OF_NOTHING = hashlib.sha256(b"").digest()
_PERSONAL, _COMMITMENT = "$personal", re.compile(r"[0-9a-f]{64}")


class NotProved(Exception):
    """What was claimed does not follow; the message says where it breaks."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two."""
    return hashlib.sha256(b"\1" + left + right).digest()


def entry_of_line(line: bytes) -> bytes:
    """What of an event's line enters its leaf: all of it, with personal members reduced.

    A member `{"$personal": {"commitment": HEX, "sealed": TEXT}}` of the payload, at any depth,
    counts without `sealed`, so that erasing that leaves every proof valid. Anything of another form
    counts byte for byte.
    """
    if b'"$personal"' not in line:
        return line
    try:
        event = json.loads(line)
        if canonical(event) == line:
            return canonical({**event, "payload": _reduced(event["payload"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return line


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value, without a line end."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _reduced(value: Any) -> Any:
    if isinstance(value, list):
        return [_reduced(each) for each in value]
    if not isinstance(value, dict):
        return value
    said = value.get(_PERSONAL)
    if len(value) == 1 and isinstance(said, dict) and _is_commitment(said):
        return {_PERSONAL: {"commitment": said["commitment"]}}
    return {name: _reduced(each) for name, each in value.items()}


def _is_commitment(said: Any) -> bool:
    texts = all(isinstance(each, str) for each in said.values())
    known = said.keys() in ({"commitment"}, {"commitment", "sealed"})
    return texts and known and _COMMITMENT.fullmatch(said["commitment"]) is not None


def covering(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest complete subtrees over the leaves from `begin` up to `end`: level and index."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


def _lowest_right(here: int, last: int) -> tuple[int, int]:
    """Up the right edge of the tree, to where there is something on the left again."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


@dataclass
class CompactRange:
    """The tree over the leaves so far, as one hash for each complete subtree."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    def push(self, node: bytes, level: int = 0) -> None:
        """Add the next complete subtree of 2 ** level leaves."""
        assert self.size % (1 << level) == 0, "a subtree begins where it can"
        before = self.size >> level
        while before & 1:
            node = node_hash(self.nodes.pop(), node)
            before >>= 1
        self.nodes.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.nodes:
            return ROOT_OF_NOTHING
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from a leaf (RFC 9162, 2.1.3.2). Raises NotProved."""
    if not 0 <= index < size or any(len(each) != HASH_BYTES for each in (leaf, *proof)):
        raise NotProved(f"no proof leads from leaf {index} to a tree of {size} leaves")
    here, last, root = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise NotProved("the proof goes on above the root")
        if here & 1 or here == last:
            root = node_hash(each, root)
            here, last = _lowest_right(here, last)
        else:
            root = node_hash(root, each)
        here, last = here >> 1, last >> 1
    if last:
        raise NotProved("the proof ends below the root")
    return root


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raises NotProved unless the leaf stands at this index of the tree with this root."""
    if root_of_inclusion(leaf, index, size, proof) != root:
        raise NotProved(f"the proof of leaf {index} leads to another root")


def check_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Raises NotProved unless the first tree is a beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second or any(len(each) != HASH_BYTES for each in proof):
        raise NotProved(f"no proof leads from a tree of {first} leaves to one of {second}")
    if first in (0, second):
        known = ROOT_OF_NOTHING if first == 0 else second_root
        if proof or first_root != known:
            raise NotProved("the roots differ where they cannot, or the proof should be empty")
        return
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    if not path:
        raise NotProved("the proof is empty")
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            raise NotProved("the proof goes on above the root")
        if here & 1 or here == last:
            old, new = node_hash(each, old), node_hash(each, new)
            here, last = _lowest_right(here, last)
        else:
            new = node_hash(new, each)
        here, last = here >> 1, last >> 1
    if last or old != first_root or new != second_root:
        raise NotProved(f"the first {first} leaves are not the same in both trees")


class LinesProof:
    """Leads from the lines of an export to a root, with the hashes of all that was left out.

    `nodes` are the complete subtrees over each gap between lines, in order: `covering` says which.
    """

    def __init__(self, nodes: Iterator[bytes], size: int) -> None:
        self._nodes, self._size, self._range = nodes, size, CompactRange()
        self.covered = self.beyond = 0

    def add(self, ledger_seq: int, line: bytes) -> None:
        """The next line, without its line end. Raises NotProved."""
        if ledger_seq > self._size:
            self.beyond += 1
            return
        self._skip_to(ledger_seq - 1)
        self._range.push(leaf_hash(entry_of_line(line)))
        self.covered += 1

    def root(self) -> bytes:
        """The root of the whole tree, after the last line. Raises NotProved."""
        self._skip_to(self._size)
        if next(self._nodes, None) is not None:
            raise NotProved("the proof holds more hashes than lines were left out for")
        return self._range.root()

    def _skip_to(self, index: int) -> None:
        if index < self._range.size:
            raise NotProved(f"the line of ledger_seq {index + 1} stands twice, or out of order")
        for level, _ in covering(self._range.size, index):
            node = next(self._nodes, b"")
            if len(node) != HASH_BYTES:
                raise NotProved("the proof holds fewer hashes than lines were left out for")
            self._range.push(node, level)
