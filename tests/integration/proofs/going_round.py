"""The continuous verifier at work, and where it stands."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from psycopg import connect
from psycopg.rows import dict_row

from application.proofs.continuous import ContinuousOptions, ContinuousVerifier
from infrastructure.proofs.rounds import PostgresRounds
from tests.integration.proofs.office import Office

PIECE = 256
ALWAYS = ContinuousOptions(on=True, rest=timedelta(0), percent=100)
SELDOM = replace(ALWAYS, rest=timedelta(days=1))


def verifier(
    office: Office, options: ContinuousOptions = SELDOM, **given: Any
) -> ContinuousVerifier:
    """One that never rests: each time it looks at its clock an hour has passed."""
    hours = count()
    return ContinuousVerifier(
        office.log,
        office.tree,
        office.checkpoints,
        PostgresRounds(office.pool),
        options=options,
        keys=lambda: [office.signer.verifier_key()],
        **{"now_ns": lambda: next(hours) * 3_600_000_000_000, "piece": PIECE, **given},
    )


def stand(office: Office) -> dict[str, Any]:
    with connect(office.database.conninfo, row_factory=dict_row) as connection:
        found = connection.execute("SELECT * FROM work.verification").fetchone()
    assert found is not None
    return found


def found(office: Office) -> tuple[str | None, int | None]:
    at = stand(office)
    return at["finding_kind"], at["finding_seq"]


def go_round(office: Office, options: ContinuousOptions = SELDOM, **given: Any) -> dict[str, Any]:
    """Steps until there is nothing more to do, or something is found."""
    it = verifier(office, options, **given)
    while it.step():
        pass
    return stand(office)
