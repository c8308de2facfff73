"""What the verifier says of what it finds."""

import json
from pathlib import Path
from typing import Any

import pytest

from application.certificates.documents import ENGINE
from application.certificates.errors import CertificateUnreadable
from application.certificates.reading import BYTES_MAX
from application.certificates.verifying import verify_certificate
from domain.documents import canonical_json
from tests.support.builders import MONDAY, TUESDAY, closing, marking, trading
from tests.support.certificates import (
    CODEC,
    certificate_for,
    checked,
    copied,
    failed,
    sealed,
    told,
)

MADE = certificate_for(failed())
GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "certificates").glob("*.json"))


def first(document: dict[str, Any]) -> tuple[str, object, object]:
    found = checked(document).differences[0]
    return found.pointer, found.recorded, found.recomputed


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_certificate_that_was_ever_given_out_verifies(file: Path) -> None:
    findings = verify_certificate(file.read_bytes(), CODEC)
    assert findings.differences == ()
    assert findings.document


def test_there_are_certificates_that_were_given_out() -> None:
    assert [each.stem for each in GOLDEN] == ["breach.v1"]


def test_the_event_that_was_changed_is_named_before_the_digest() -> None:
    document = copied(MADE)
    document["events"][1]["payload"]["fees_units"] += 100
    findings = checked(document)
    assert [each.pointer for each in findings.differences] == [
        "/events/1/payload/fingerprint", "/digest",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "recomputed"),
    [
        ("/verdict/facts/rule", "daily_loss", "max_loss"),
        ("/pack/rules/max_loss/amount", "1.00", "2000.00"),
        ("/steps/1/balance", "50000.00", "50245.50"),
        ("/events/2/version", 7, 3),
        ("/events/1/effective_at", "2026-03-02T16:05:00.000001Z", "2026-03-02T16:05:00.000000Z"),
        ("/format_version", 2, 1),
        ("/proofs/tree", {}, None),
    ],
)
def test_the_first_difference_is_named(place: str, value: object, recomputed: object) -> None:
    document = copied(MADE)
    *way, last = place.split("/")[1:]
    whole: Any = document
    for step in way:
        whole = whole[int(step) if isinstance(whole, list) else step]
    whole[last] = value
    assert first(sealed(document)) == (place, value, recomputed)


def test_a_time_that_was_only_told_is_found_in_its_step() -> None:
    document = copied(MADE)
    document["events"][2]["effective_at"] = "2026-03-02T17:00:00.000001Z"
    assert first(sealed(document, hashes=True)) == (
        "/steps/2/at", "2026-03-02T17:00:00.000000Z", "2026-03-02T17:00:00.000001Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "nonsense", MADE.text[:-1], f"{MADE.text}\n", f" {MADE.text}",
        json.dumps(MADE.document, indent=1), MADE.text.replace('"version":1', '"version":1.0', 1),
        MADE.text.replace("{", '{"a":1,"a":1,', 1), "[" * 100_000, '{"a":' * 30 + "1" + "}" * 30,
        '{"a":' + "9" * 5_000 + "}\n", f'{{"a":{2**70}}}\n', '{"a":NaN}\n', '{"a":1e5}\n',
    ],
    ids=range(17),
)  # fmt: skip
def test_what_is_not_canonical_is_refused_whole(text: str) -> None:
    findings = verify_certificate(text.encode(), CODEC)
    assert (findings.document, len(findings.differences)) == (None, 1)


@pytest.mark.parametrize("name", sorted(MADE.document))
def test_no_part_may_be_missing_or_of_another_kind(name: str) -> None:
    document = copied(MADE)
    del document[name]
    assert checked(document if name == "digest" else sealed(document)).document is None
    document[name] = 7
    assert checked(document if name == "digest" else sealed(document)).document is None


def test_nothing_may_be_added() -> None:
    assert first(sealed({**copied(MADE), "note": "by the firm"}))[0] == "/note"


def test_a_file_larger_than_any_certificate_is_not_read() -> None:
    with pytest.raises(CertificateUnreadable):
        verify_certificate(b" " * (BYTES_MAX + 1), CODEC)


def test_another_release_may_have_made_it() -> None:
    document = copied(MADE) | {"engine": {"name": ENGINE["name"], "version": "9.9.9"}}
    assert checked(sealed(document)).document == sealed(document)


def test_a_life_invented_whole_verifies_for_only_proofs_can_tell() -> None:
    other = told(
        trading("t-1", "251.25", fees="4.50"),
        marking("-300.00"),
        closing(MONDAY),
        marking("-2000.00", day=TUESDAY),
        max_loss={"mode": "eod_trailing", "amount": "2000.00"},
    )
    made = certificate_for(other)
    assert made.text != MADE.text
    assert checked(made.document).document
    assert made.document["proofs"]["tree"] is None


def test_a_verdict_prints_the_same_bytes_each_time() -> None:
    findings = [verify_certificate(MADE.text.encode(), CODEC) for _ in range(2)]
    printed = {canonical_json(each.document["verdict"]) for each in findings if each.document}
    assert len(printed) == 1
    assert f'"verdict":{printed.pop()}}}\n' in MADE.text
