"""Is the process alive, and can it serve? Open to all, so they tell nothing of the business."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from fastapi import APIRouter, Response
from psycopg import Error
from pydantic import Field
from redis import Redis
from redis.exceptions import RedisError

from interfaces.http.desk import Desk, TheDesk
from interfaces.http.fields import Wire

router = APIRouter(prefix="/v1", tags=["health"])

State: TypeAlias = Literal["up", "down"]
REDIS_SECONDS_MAX: Final = 1.0
_NOT_READY: Final = {
    "status": "not_ready",
    "database": "down",
    "redis": "up",
    "projections": [],
}
_LAG: Final = """
SELECT projection,
    greatest(0, extract(epoch FROM clock_timestamp() - ledger.waiting_since(min(position) + 1)))
FROM read.positions GROUP BY projection
ORDER BY projection
"""


class HealthOut(Wire):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class ProjectionLagOut(Wire):
    """How long the oldest event that a read model does not hold has been waiting."""

    projection: str = Field(examples=["accounts"])
    behind_seconds: int = Field(examples=[0])


class ReadinessOut(Wire):
    """What the service rests on. Without Redis it works; read models follow more slowly."""

    status: Literal["ready", "not_ready"] = Field(examples=["ready"])
    database: State = Field(examples=["up"])
    redis: State = Field(examples=["up"])
    projections: list[ProjectionLagOut]


@router.get("/health", summary="Is the process alive")
def get_health() -> HealthOut:
    """Answers as long as the process does."""
    return HealthOut(status="ok")


@router.get(
    "/ready",
    summary="Can the service answer",
    responses={
        503: {
            "model": ReadinessOut,
            "description": "Not ready: send it no requests.",
            "content": {"application/json": {"example": _NOT_READY}},
        }
    },
)
def get_readiness(desk: TheDesk, response: Response) -> ReadinessOut:
    """Ready when the database answers and the read models have been built.

    A read model that lags behind is reported and does not make the service unready: it refuses by
    itself whoever asks for more than it holds.
    """
    projections = _projections(desk)
    if not projections:
        response.status_code = 503
    return ReadinessOut(
        status="ready" if projections else "not_ready",
        database="down" if projections is None else "up",
        redis=_redis(desk),
        projections=projections or [],
    )


def _projections(desk: Desk) -> list[ProjectionLagOut] | None:
    """None when the database does not answer; empty when nothing was ever projected."""
    try:
        with desk.runtime.read_models.connection() as session:
            found = session.execute("SELECT to_regclass('read.positions')").fetchone()
            if found is None or found[0] is None:
                return []
            rows = session.execute(_LAG).fetchall()
    except Error:
        return None
    return [ProjectionLagOut(projection=name, behind_seconds=int(behind)) for name, behind in rows]


def _redis(desk: Desk) -> State:
    try:
        with Redis.from_url(
            desk.runtime.redis_url,
            socket_timeout=REDIS_SECONDS_MAX,
            socket_connect_timeout=REDIS_SECONDS_MAX,
        ) as redis:
            redis.ping()
    except RedisError:
        return "down"
    return "up"
