"""Every code and its row. A code is permanent; titles and remedies may be bettered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_business import BUSINESS
from interfaces.http.problem_certificates import CERTIFICATES
from interfaces.http.problem_imports import IMPORTS
from interfaces.http.problem_kinds import Kind
from interfaces.http.problem_log import LOG
from interfaces.http.problem_operations import OPERATIONS
from interfaces.http.problem_packs import PACKS
from interfaces.http.problem_payouts import PAYOUTS
from interfaces.http.problem_requests import REQUESTS
from interfaces.http.problem_service import SERVICE
from interfaces.http.problem_whatif import WHATIF

KINDS: Final[Mapping[str, Kind]] = {
    **BUSINESS,
    **PAYOUTS,
    **REQUESTS,
    **SERVICE,
    **OPERATIONS,
    **IMPORTS,
    **PACKS,
    **CERTIFICATES,
    **WHATIF,
    **LOG,
}


def page_of(code: str) -> str:
    """Where the page of a code is: the `type` of its problem, relative to the service."""
    return f"/v1/errors/{code}"
