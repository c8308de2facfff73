"""Orders to the platform on a Redis stream, for a bridge to carry out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import redis
from typing_extensions import override

from application.enforcement.errors import PlatformUnavailable
from application.enforcement.ports import TradingPlatform

STREAM: Final = "{enforcements}:stream"
KEYS: Final = "{enforcements}:key:"
WAITING_MAX: Final = 100_000
KEY_SECONDS: Final = 30 * 24 * 3600
FULL: Final = "FULL"
# One round trip, all or nothing: a key that is kept without its entry would swallow the order.
ADD: Final = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 'KNOWN' end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 'FULL' end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3))
redis.call('SET', KEYS[2], id, 'EX', ARGV[2])
return id
"""


class RedisPlatform(TradingPlatform):
    """One entry an order: `action`, `account_id`, `key`, `reason`, and `until` where there is one.

    An order whose key was seen within thirty days is not added again. The bridge deletes or trims
    what it has carried out; at so many entries that it has not, no more are added.
    """

    def __init__(self, client: redis.Redis, *, waiting_max: int = WAITING_MAX) -> None:
        self._client: Any = client
        self._waiting_max = waiting_max

    @override
    def flatten(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._order("flatten", account_id, key=key, reason=reason)

    @override
    def lock_until(self, account_id: UUID, *, until: datetime, key: str, reason: str) -> None:
        self._order("lock_until", account_id, key=key, reason=reason, until=until.isoformat())

    @override
    def disable(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._order("disable", account_id, key=key, reason=reason)

    def _order(self, action: str, account_id: UUID, *, key: str, **facts: str) -> None:
        fields = {"action": action, "account_id": f"acc_{account_id}", "key": key, **facts}
        flat = [part for pair in fields.items() for part in pair]
        try:
            answer = self._client.eval(
                ADD, 2, STREAM, KEYS + key, self._waiting_max, KEY_SECONDS, *flat
            )
        except redis.RedisError as fault:
            raise PlatformUnavailable(
                f"Redis did not take the order ({type(fault).__name__}: {fault})."
            ) from fault
        if answer in (FULL, FULL.encode()):
            raise PlatformUnavailable(
                f"{self._waiting_max:,} orders wait on {STREAM} and nobody carries them out; start"
                " the bridge to the platform."
            )
