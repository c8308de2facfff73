"""The guard of every route: a token first, then the permission, before the body is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from typing_extensions import override

from domain.errors import DomainError
from interfaces.http.desk import desk_of
from interfaces.http.permissions import PERMISSIONS
from interfaces.http.tokens import Principal


class TokenMissing(DomainError):
    """The request carries no bearer token."""

    code = "token-missing"


class NotPermitted(DomainError):
    """The caller's role may not do this."""

    code = "not-permitted"


class GuardedRoute(APIRoute):
    """A route that answers nobody without a token, and only the roles of the permission table."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer, operation = super().get_route_handler(), self.name

        async def guarded(request: Request) -> Response:
            principal = authenticated(request)
            request.state.principal = principal
            if principal.role not in PERMISSIONS.get(operation, frozenset()):
                raise NotPermitted(
                    f"The role {principal.role} may not do this. Ask an administrator of the firm.",
                    role=principal.role,
                )
            return await answer(request)

        return guarded


def authenticated(request: Request) -> Principal:
    """Who calls. Refuses with TokenMissing or TokenRefused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing(
            "This needs a bearer token; send the header `Authorization: Bearer <token>`."
        )
    desk = desk_of(request)
    return desk.tokens.check(token.strip(), at=desk.clock())


def guarded_router(*, tag: str) -> APIRouter:
    """A router whose every route is guarded."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=GuardedRoute)
