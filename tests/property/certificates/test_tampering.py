"""Whatever is done to a certificate is found, whoever wrote a digest that fits."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.certificates.making import Certificate
from application.certificates.verifying import verify_certificate
from domain.accounts.events_corrections import HistoryCorrected
from domain.money import USD
from tests.support.builders import marking
from tests.support.certificates import (
    CODEC,
    Document,
    certificate_for,
    checked,
    copied,
    failed,
    lived,
    sealed,
    told,
    verdicts_of,
)
from tests.support.histories import History, Step, histories

unhurried = settings(deadline=None)  # A busy machine proves nothing.

Path = tuple[str | int, ...]
FREE: Path = ("engine",)
"""Who made a certificate is told by whoever made it."""


@cache
def small() -> Certificate:
    return certificate_for(
        told(marking("-2000.00"), max_loss={"mode": "static", "amount": "2000.00"})
    )


@cache
def longer() -> Certificate:
    return certificate_for(failed())


def is_sound(content: bytes) -> bool:
    return verify_certificate(content, CODEC).document is not None


@pytest.mark.parametrize("part", range(8))
def test_each_byte_of_a_small_certificate_counts(part: int) -> None:
    content = small().text.encode()
    assert is_sound(content)
    for at in range(part, len(content), 8):
        for bit in (1, 2 << (at % 7)):
            flipped = bytearray(content)
            flipped[at] ^= bit
            assert not is_sound(bytes(flipped)), f"byte {at}"


@unhurried
@given(at=st.integers(0), flip=st.integers(1, 255))
def test_any_byte_of_a_longer_one_counts(at: int, flip: int) -> None:
    content = bytearray(longer().text.encode())
    content[at % len(content)] ^= flip
    assert not is_sound(bytes(content))


@unhurried
@given(start=st.integers(0), length=st.integers(1, 400), put=st.binary(max_size=40))
def test_any_cut_and_any_insertion_counts(start: int, length: int, put: bytes) -> None:
    content = longer().text.encode()
    start %= len(content)
    changed = content[:start] + put + content[start + length :]
    assert changed == content or not is_sound(changed)


@unhurried
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_makes_the_verifier_stumble(content: bytes) -> None:
    assert not is_sound(content)


@unhurried
@given(data=st.data())
def test_any_one_value_counts_though_the_digest_fits(data: st.DataObject) -> None:
    document = copied(longer())
    path = data.draw(st.sampled_from([each for each in leaves(document) if each[:1] != FREE]))
    if path != ("digest",):
        put(document, path, data.draw(another(value_at(document, path))))
        findings = checked(sealed(document))
        assert findings.document is None
        assert findings.differences


@unhurried
@given(data=st.data())
def test_no_forged_fact_makes_the_verifier_stumble(data: st.DataObject) -> None:
    document = copied(longer())
    paths = [each for each in leaves(document) if each[0] == "events"]
    for _ in range(data.draw(st.integers(1, 3))):
        put(document, data.draw(st.sampled_from(paths)), data.draw(ANYTHING))
    checked(sealed(document, hashes=True))


MONEY = ("fees_units", "gross_units", "open_pnl_units", "net_units", "equity_units")
PRICES = ("entry_price", "exit_price", "price")
TIMES = ("entered_at", "exited_at", "executed_at")


@unhurried
@given(history=histories(steps_min=8), data=st.data())
def test_a_cent_a_price_and_a_time_count_though_every_hash_fits(
    history: Any, data: st.DataObject
) -> None:
    events = lived(history)
    for verdict in verdicts_of(events)[-1:]:
        certificate = certificate_for(events, verdict)
        insist_on(certificate, data.draw(st.sampled_from(facts_of(certificate))))


def test_every_fact_of_a_correction_counts_though_every_hash_fits() -> None:
    trade, after = Step("trade", 1, 4, 30), 1500
    late, moved_, void = Step("late", 1, 4, 30), Step("replace", 1, 8, after), Step("void", 2, 0, 1)
    forbidden = Step("trade", 2, 4, 30)
    steps = [trade, trade, Step("trade", 1, 4, after), late, moved_, void, forbidden]
    events = lived(History("static", steps))
    made = [each for each in events if isinstance(each, HistoryCorrected)]
    assert [each.correction for each in made] == ["late", "replacement", "void"]
    certificate = certificate_for(events, verdicts_of(events)[-1])
    facts = facts_of(certificate)
    assert sum("put_in" in each for each in facts) == 2 * 6
    for fact in facts:
        insist_on(certificate, fact)


def facts_of(certificate: Certificate) -> list[Path]:
    """Where the events of a certificate say money, prices and times."""
    names = (*MONEY, *PRICES, *TIMES, "effective_at")
    paths = leaves(copied(certificate))
    return [each for each in paths if each[0] == "events" and each[-1] in names]


def insist_on(certificate: Certificate, fact: Path) -> None:
    """Change a fact a little, and every hash with it."""
    document = copied(certificate)
    put(document, fact, moved(str(fact[-1]), value_at(document, fact)))
    findings = checked(sealed(document, hashes=True))
    assert findings.document is None, fact
    assert findings.differences


@pytest.mark.parametrize(
    ("old", "new"),
    [('"2000.00"', '"2000.01"'), ("eod_trailing", "static"), ("at_or_below", "below")],
)
def test_a_rule_counts_though_every_hash_fits(old: str, new: str) -> None:
    document = copied(longer())
    payload = document["events"][0]["payload"]
    assert old in payload["pack"]
    payload["pack"] = payload["pack"].replace(old, new)
    assert checked(sealed(document, hashes=True)).differences[0].pointer == (
        "/events/0/payload/pack_hash"
    )


@unhurried
@given(data=st.data())
def test_no_event_is_dropped_repeated_or_moved(data: st.DataObject) -> None:
    document = copied(longer())
    events = document["events"]
    one, two = (data.draw(st.integers(0, len(events) - 1)) for _ in range(2))
    match data.draw(st.sampled_from(["drop", "repeat", "swap"])):
        case "drop":
            del events[one]
        case "repeat":
            events.insert(two, {**events[one], "event_id": ANOTHER_EVENT})
        case _ if one != two:
            events[one], events[two] = events[two], events[one]
        case _:
            return
    for version, each in enumerate(events, 1):
        each |= {"version": version, "ledger_seq": version, "recorded_at": RECORDED}
    findings = checked(sealed(document, hashes=True))
    assert findings.document is None


ANOTHER_EVENT = "00000000-0000-7000-8000-00000000ffff"
RECORDED = "2026-03-03T00:00:00.000000Z"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20)
    | st.sampled_from(["9" * 40, "1e999", "NaN", "0001-01-01T00:00:00.000000Z", "2026-02-30"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)  # fmt: skip


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """Where the values stand that hold no others."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path


def value_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def put(document: Document, path: Path, value: object) -> None:
    whole: Any = document
    for step in path[:-1]:
        whole = whole[step]
    whole[path[-1]] = value


def another(value: Any) -> st.SearchStrategy[Any]:
    """A value that is not this one, and often close to it."""
    near: list[Any] = [None, 0, 1, True, "", [], {}]
    if type(value) is int:
        near += [value + 1, value - 1, value + 100, -value]
    if isinstance(value, str):
        near += [f"{value} ", value[:-1], value.upper(), value.replace("0", "1", 1)]
    return st.sampled_from([each for each in near if (type(each), each) != (type(value), value)])


def moved(key: str, value: Any) -> Any:
    """A cent more, a dollar more, a second later."""
    if key in MONEY:
        return value + 100
    if key in PRICES:
        return str(USD.of(value) + USD.of("1.00")).removesuffix(".00")
    seconds = int(value[17:19])
    return f"{value[:17]}{(seconds + 1) % 60:02d}{value[19:]}"
