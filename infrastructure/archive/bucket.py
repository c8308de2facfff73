"""The archive in S3, or in whatever answers like it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from application.archiving.errors import ArchiveDamaged, ArchiveStoreRefused, ArchiveUnavailable
from application.archiving.ports import ArchiveStore
from infrastructure.proofs.aws import code_of, is_transient

_EXISTS: Final = frozenset({"PreconditionFailed", "412"})
_ABSENT: Final = frozenset({"NoSuchKey", "404", "MethodNotAllowed", "405"})
_NO_VERSION: Final = frozenset({"NoSuchVersion", "InvalidArgument", "InvalidVersion"})
_RACING: Final = "ConditionalRequestConflict"


class S3Store(ArchiveStore):
    """The `ArchiveStore` port. With a retention, nobody can change or delete a file before its end.

    Where the bucket has versions, the one that was put is read: what is put over it later, or a
    marker that it is deleted, changes nothing.
    """

    def __init__(
        self,
        client: Any,
        *,
        bucket: str,
        prefix: str,
        retention: timedelta | None,
        now: Callable[[], datetime],
    ) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self._retention, self._now = retention, now

    @property
    @override
    def place(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    @override
    def put(self, name: str, content: bytes) -> str | None:
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        lock: dict[str, Any] = {}
        if self._retention is not None:
            until = self._now() + self._retention
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        try:
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + name,
                Body=content,
                ContentMD5=b64encode(digest).decode(),
                IfNoneMatch="*",
                **lock,
            )
        except (BotoCoreError, ClientError) as fault:
            if code_of(fault) not in _EXISTS:
                self._refuse(fault)
            return self._version_of(name)
        return _version(answer)

    @override
    def get(self, name: str, version: str | None = None) -> bytes:
        asked = {"Bucket": self._bucket, "Key": self._prefix + name}
        if version is not None:
            asked["VersionId"] = version
        try:
            return bytes(self._client.get_object(**asked)["Body"].read())
        except (BotoCoreError, ClientError) as fault:
            if version is not None and code_of(fault) in _NO_VERSION:
                return self.get(name)  # A copy in another bucket. Its hash decides.
            if code_of(fault) in _ABSENT:
                raise ArchiveDamaged(
                    f"The archive has lost {name}, which was put in {self.place}. Put it back from"
                    " a copy: its name and its hash are in the manifest.",
                    file=name,
                ) from fault
            self._refuse(fault)

    def _version_of(self, name: str) -> str | None:
        try:
            return _version(self._client.head_object(Bucket=self._bucket, Key=self._prefix + name))
        except (BotoCoreError, ClientError) as fault:
            self._refuse(fault)

    def _refuse(self, fault: BotoCoreError | ClientError) -> NoReturn:
        if is_transient(fault) or code_of(fault) == _RACING:
            raise ArchiveUnavailable(
                f"The archive in {self.place} does not answer. Ask again; what is not archived is"
                " answered meanwhile.",
                place=self.place,
            ) from fault
        raise ArchiveStoreRefused(
            f"The archive in {self.place} cannot be used: {fault}. The bucket has to exist, with"
            " Object Lock if a retention is set, and this login has to be allowed to put and get.",
            place=self.place,
        ) from fault


def _version(answer: Any) -> str | None:
    found = answer.get("VersionId")
    return None if found in (None, "null") else str(found)
