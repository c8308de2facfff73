"""What holds of every file, good or bad."""

import json
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from application.imports.errors import EmptyFile, MissingColumn, NoHeader, NotJson, WrongEncoding
from application.imports.ports import TradeSource
from application.imports.reading import Reading
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from tests.unit.imports.memory import MemoryLedger, carry, opened
from tests.unit.imports.samples import CLOSED, GOOD, HISTORY, REAL, export, line

ACCOUNT = UUID(int=1)
REFUSALS = (EmptyFile, MissingColumn, NoHeader, NotJson, WrongEncoding)
COLUMNS = list(GOOD)

times = st.sampled_from(
    [f"10/{day}/2025 {hour}:00:00 -05:00" for day in (13, 14) for hour in (9, 17)]
)
cells = st.fixed_dictionaries(
    {
        "Id": st.sampled_from(["1", "2", "3", "20", "100"]),
        "EnteredAt": times,
        "ExitedAt": times,
        "ExitPrice": st.sampled_from(["6702.75", "6300.25", "6900", "6700.1"]),
        "Size": st.sampled_from(["1", "2", "20", "0"]),
    }
)
texts = st.text(max_size=12) | st.sampled_from(["-0", "1e9", "NaN", "٣", "9" * 40, '"', ",", "\0"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
)


def facts_of(ledger: MemoryLedger) -> list[dict[str, object]]:
    return [vars(event) | {"event": type(event)} for event in ledger.events]


def imported(document: bytes, *, max_loss: str = "1500.00") -> MemoryLedger:
    ledger = MemoryLedger()
    opened(ledger, account_id=ACCOUNT, max_loss=max_loss)
    carry(ledger, ACCOUNT, TopstepXExport().read(document))
    return ledger


def read_or_refuse(source: TradeSource, document: bytes) -> Reading | None:
    """A reading in which no row is lost, or a refusal in words."""
    try:
        reading = source.read(document)
    except REFUSALS:
        return None
    apart = [note for note in reading.notes if note.kind in ("repeated", "not-closed")]
    assert reading.rows == len(reading.trades) + len(reading.faults) + len(apart)
    assert all(fault.reason.isprintable() for fault in reading.faults)
    return reading


def assert_strict_is_all_or_nothing(reading: Reading) -> None:
    ledger = MemoryLedger()
    opened(ledger, account_id=ACCOUNT)
    outcome = carry(ledger, ACCOUNT, reading, strict=True)
    if reading.faults or outcome.refused:
        assert outcome.imported == 0
        assert len(ledger.events) == 1
    else:
        told = outcome.imported + outcome.already_recorded + outcome.after_end
        assert told == len(reading.trades)


@given(
    st.lists(cells, max_size=8).flatmap(
        lambda rows: st.tuples(st.just(rows), st.permutations(rows))
    )
)
def test_the_order_of_rows_makes_no_difference(
    both: tuple[list[dict[str, str]], list[dict[str, str]]],
) -> None:
    first, second = (imported(export(*(line(**row) for row in rows))) for rows in both)
    assert facts_of(first) == facts_of(second)


@settings(max_examples=20)
@given(st.permutations(REAL.splitlines()[1:]), st.sampled_from(["1500.00", "1000.00"]))
def test_the_order_of_a_real_export_makes_no_difference(rows: list[bytes], max_loss: str) -> None:
    shuffled = b"\r\n".join([REAL.splitlines()[0], *rows])
    assert facts_of(imported(shuffled, max_loss=max_loss)) == facts_of(
        imported(REAL, max_loss=max_loss)
    )


@given(st.lists(cells, max_size=8))
def test_importing_twice_changes_nothing(rows: list[dict[str, str]]) -> None:
    document = export(*(line(**row) for row in rows))
    ledger = imported(document)
    before = facts_of(ledger)
    again = carry(ledger, ACCOUNT, TopstepXExport().read(document))
    assert (again.imported, again.refused) == (0, ())
    assert facts_of(ledger) == before


@given(st.lists(cells, max_size=8), st.integers(0, 8))
def test_a_part_first_and_the_whole_later_is_the_whole(
    rows: list[dict[str, str]], cut: int
) -> None:
    """Cut off at any moment, an import is finished by the next one."""
    reading = TopstepXExport().read(export(*(line(**row) for row in rows)))
    part = Reading(
        source=reading.source, rows=cut, trades=reading.trades[:cut], faults=(), notes=()
    )
    ledger = MemoryLedger()
    opened(ledger, account_id=ACCOUNT)
    carry(ledger, ACCOUNT, part, close_days=False)
    carry(ledger, ACCOUNT, reading)
    assert facts_of(ledger) == facts_of(imported(export(*(line(**row) for row in rows))))


@given(st.lists(st.tuples(st.sampled_from(COLUMNS), texts), min_size=1, max_size=4))
def test_no_cell_can_do_more_than_be_refused(changes: list[tuple[str, str]]) -> None:
    lines = [line(Id="5"), *(line(**{name: text}) for name, text in changes)]
    document = "\n".join([",".join(COLUMNS), *lines]).encode("utf-8", "surrogatepass")
    reading = read_or_refuse(TopstepXExport(), document)
    assert reading is not None
    assert_strict_is_all_or_nothing(reading)


@given(st.integers(0, len(REAL) - 1), st.binary(max_size=4), st.integers(0, 20))
def test_no_broken_export_can_do_more_than_be_refused(
    start: int, patch: bytes, length: int
) -> None:
    reading = read_or_refuse(TopstepXExport(), REAL[:start] + patch + REAL[start + length :])
    if reading:
        assert_strict_is_all_or_nothing(reading)


@given(st.lists(st.tuples(st.sampled_from(list(CLOSED)), values), min_size=1, max_size=3))
def test_no_json_value_can_do_more_than_be_refused(changes: list[tuple[str, object]]) -> None:
    trades = [{**CLOSED, key: value} for key, value in changes]
    reading = read_or_refuse(YourPropFirmHistory(), json.dumps([*trades, CLOSED]).encode())
    assert reading is not None
    assert_strict_is_all_or_nothing(reading)


@given(st.integers(0, len(HISTORY) - 1), st.binary(max_size=4), st.integers(0, 20))
def test_no_broken_history_can_do_more_than_be_refused(
    start: int, patch: bytes, length: int
) -> None:
    document = HISTORY[:start] + patch + HISTORY[start + length :]
    reading = read_or_refuse(YourPropFirmHistory(), document)
    if reading:
        assert_strict_is_all_or_nothing(reading)


@given(st.binary(max_size=200), st.sampled_from([TopstepXExport(), YourPropFirmHistory()]))
def test_no_bytes_can_do_more_than_be_refused(document: bytes, source: TradeSource) -> None:
    read_or_refuse(source, document)


@given(values)
def test_no_json_document_can_do_more_than_be_refused(document: object) -> None:
    read_or_refuse(YourPropFirmHistory(), json.dumps([document]).encode())
