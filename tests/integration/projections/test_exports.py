"""An export in the audit trail."""

from uuid import UUID

import pytest

from application.exports.recording import RecordExport, record_export
from domain.exports.export import Extent
from tests.integration.projections.projecting import Projecting
from tests.support.builders import OPENED

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("events", "account", "said"),
    [
        (1, None, "1 event up to position 9 was exported"),
        (1_200, UUID(int=7), f"1,200 events of the account {UUID(int=7)} up to position 9 were"),
    ],
)
def test_is_told_in_one_sentence(
    at_work: Projecting, events: int, account: UUID | None, said: str
) -> None:
    extent = Extent(
        events=events, log_head=9, first_ledger_seq=1, last_ledger_seq=9, account=account,
        actor=None, event_types=None, recorded_from=None, recorded_before=None,
    )  # fmt: skip
    command = RecordExport(manifest_sha256=SHA256, extent=extent, made_by="cli:anna", at=OPENED)
    record_export(command, at_work.ledger)
    record_export(command, at_work.ledger)
    at_work.catch_up()
    (entry,) = at_work.audited()
    assert entry.account_id is None
    assert entry.summary.startswith(said)
    assert entry.summary.endswith(f"the SHA-256 of the manifest is {SHA256}.")
