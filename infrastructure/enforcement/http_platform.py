"""Orders to the platform over plain HTTP: POST, JSON, an Idempotency-Key.

The standard library's client is enough for one small request without redirects, and is one thing
less to keep up to date.
"""

from __future__ import annotations

import json
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from typing_extensions import override

from application.enforcement.errors import PlatformRefused, PlatformUnavailable
from application.enforcement.ports import TradingPlatform

SECONDS_MAX: Final = 10
ANSWER_BYTES_MAX: Final = 4_096
_SUCCESS: Final = range(200, 300)
_FINAL: Final = range(400, 500)
_WORTH_REPEATING: Final = (401, 403, 408, 409, 425, 429)
"""A token can be mended, and a platform that is busy gets better."""


class HttpPlatform(TradingPlatform):
    """Posts to `<url>/accounts/<id>/<action>`. `token` goes into the Authorization header."""

    def __init__(self, url: str, *, token: str | None, seconds_max: float = SECONDS_MAX) -> None:
        parts = urlsplit(url)
        assert parts.scheme in ("http", "https"), "the settings take no other"
        assert parts.hostname, "the settings take no other"
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._path, self._token = parts.path.rstrip("/"), token
        self._seconds_max = seconds_max

    @override
    def flatten(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._post("flatten", account_id, key=key, body={"reason": reason})

    @override
    def lock_until(self, account_id: UUID, *, until: datetime, key: str, reason: str) -> None:
        body = {"reason": reason, "until": until.isoformat()}
        self._post("lock", account_id, key=key, body=body)

    @override
    def disable(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._post("disable", account_id, key=key, body={"reason": reason})

    def _post(self, action: str, account_id: UUID, *, key: str, body: dict[str, str]) -> None:
        path = f"{self._path}/accounts/acc_{account_id}/{action}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        kind = HTTPSConnection if self._secure else HTTPConnection
        connection = kind(self._host, self._port, timeout=self._seconds_max)
        try:
            connection.request("POST", path, body=json.dumps(body), headers=headers)
            answer = connection.getresponse()
            said = answer.read(ANSWER_BYTES_MAX)
        except (OSError, HTTPException) as fault:
            raise PlatformUnavailable(
                f"The platform did not answer ({type(fault).__name__}: {fault})."
            ) from fault
        finally:
            connection.close()
        _insist_on_success(answer, said)


def _insist_on_success(answer: HTTPResponse, said: bytes) -> None:
    if answer.status in _SUCCESS:
        return
    text = said.decode(errors="replace")[:200]
    sentence = f"The platform answered {answer.status} {answer.reason}: {text}"
    if answer.status in _FINAL and answer.status not in _WORTH_REPEATING:
        raise PlatformRefused(sentence, status=answer.status)
    raise PlatformUnavailable(sentence, status=answer.status)
