"""The bytes of a certificate read strictly: one meaning, one text, and nothing without a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from application.certificates.differences import Differs
from application.certificates.documents import text_of
from application.certificates.errors import CertificateUnreadable
from domain.documents import Unreadable, read_json

BYTES_MAX: Final = 128 * 1024 * 1024
_DEPTH_MAX: Final = 24
_INTEGER_MAX: Final = 2**63 - 1


def read_certificate(content: bytes) -> dict[str, Any]:
    """The document of a file. Refuses with CertificateUnreadable what is larger than any.

    Raises Differs where it is not JSON in canonical form.
    """
    if len(content) > BYTES_MAX:
        raise CertificateUnreadable(
            f"The file has more than {BYTES_MAX:,} bytes; no certificate is that large. Check that"
            " it is one.",
            bytes_max=BYTES_MAX,
        )
    try:
        document = read_json(content).value
    except Unreadable as fault:
        raise Differs("", "text that is not JSON", str(fault.facts["reason"])) from fault
    if not isinstance(document, dict):
        raise Differs("", document, "an object")
    _insist_on_plain(document)
    _insist_on_canonical(document, content)
    return document


def _insist_on_plain(document: dict[str, Any]) -> None:
    """No floating-point number, no endless integer, no depth: walked without recursion."""
    waiting: list[tuple[str, object, int]] = [("", document, 0)]
    while waiting:
        pointer, value, depth = waiting.pop()
        if isinstance(value, float):
            raise Differs(pointer, str(value), "a whole number or a text")
        if isinstance(value, int) and abs(value) > _INTEGER_MAX:
            raise Differs(pointer, "a number out of bounds", f"at most {_INTEGER_MAX}")
        if depth > _DEPTH_MAX:
            raise Differs(pointer, "something nested", f"at most {_DEPTH_MAX} levels")
        waiting += [(f"{pointer}/{key}", each, depth + 1) for key, each in _members(value)]


def _members(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _insist_on_canonical(document: dict[str, Any], content: bytes) -> None:
    canonical = text_of(document).encode()
    if canonical == content:
        return
    pairs = zip(content, canonical, strict=False)
    shorter = min(len(content), len(canonical))
    at = next((at for at, (one, two) in enumerate(pairs) if one != two), shorter)
    raise Differs("", f"another form from byte {at} on", "canonical JSON and one line feed")
