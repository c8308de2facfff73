"""Metrics of this process and of the ledger, for Prometheus."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from interfaces.http.desk import TheDesk
from interfaces.http.guard import GuardedRoute
from interfaces.http.problem_models import refusals
from interfaces.watching.collecting import MEDIA_TYPE, exposition

router = APIRouter(tags=["watching"], route_class=GuardedRoute)

_EXAMPLE: Final = """# HELP dynasty_log_head_position The position of the last event of the log.
# TYPE dynasty_log_head_position gauge
dynasty_log_head_position 1.234567e+06
"""


@router.get(
    "/metrics",
    summary="Metrics, as Prometheus takes them",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": _EXAMPLE}}},
        **refusals(),
    },
)
def get_metrics(desk: TheDesk) -> Response:
    """Prometheus' text form. Every metric is in docs/reference/metrics.md.

    When the database does not answer, this does, and says so by `dynasty_database_up`.
    """
    return Response(exposition(desk.observer.meters.registry), media_type=MEDIA_TYPE)
