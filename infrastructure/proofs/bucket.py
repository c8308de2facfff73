"""Copies of checkpoints in S3 under Object Lock, where nobody can change them for years."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from application.proofs.errors import (
    CheckpointContradicted,
    CheckpointStoreRefused,
    CheckpointStoreUnavailable,
)
from application.proofs.ports import CheckpointVault
from application.proofs.verifying import NOTE_CHARACTERS_MAX
from infrastructure.proofs.aws import code_of, is_transient

_EXISTS: Final = frozenset({"PreconditionFailed", "412"})
_RACING: Final = "ConditionalRequestConflict"


class LockedBucket(CheckpointVault):
    """The `CheckpointVault` port. The name of an object is the size, in twenty digits.

    An object is put only where none is, and with a retention that its own account cannot shorten.
    """

    def __init__(
        self,
        client: Any,
        *,
        bucket: str,
        prefix: str,
        retention: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self._retention, self._now = retention, now
        self._is_locked = False

    @override
    def put(self, *, size: int, note: str) -> str:
        self._insist_on_lock()
        key, content = f"{self._prefix}{size:020d}", note.encode()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="text/plain; charset=utf-8",
                ContentMD5=b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=self._now() + self._retention,
            )
        except (BotoCoreError, ClientError) as fault:
            if code_of(fault) not in _EXISTS:
                self._refuse(fault)
            self._insist_on_same(key, content, size)
        return f"s3://{self._bucket}/{key}"

    @override
    def copies(self) -> Iterator[str]:
        try:
            for first in self._first_versions(self._prefix):
                yield self._content(first).decode(errors="replace")
        except (BotoCoreError, ClientError) as fault:
            self._refuse(fault)

    def _insist_on_lock(self) -> None:
        """A copy that can be deleted is none. Asked once for each process."""
        if self._is_locked:
            return
        try:
            answer = self._client.get_object_lock_configuration(Bucket=self._bucket)
        except (BotoCoreError, ClientError) as fault:
            self._refuse(fault)
        if answer["ObjectLockConfiguration"].get("ObjectLockEnabled") != "Enabled":
            raise self._refused("it has no Object Lock")
        self._is_locked = True

    def _insist_on_same(self, key: str, content: bytes, size: int) -> None:
        try:
            found = [self._content(each) for each in self._first_versions(key)]
        except (BotoCoreError, ClientError) as fault:
            self._refuse(fault)
        if found != [content]:
            raise CheckpointContradicted(
                f"s3://{self._bucket}/{key} holds another checkpoint for {size} events than the"
                " database. Two histories were signed: run `dynasty log verify --copies`.",
                size=size,
            )

    def _first_versions(self, prefix: str) -> Iterator[Any]:
        """What was put first under each name: later versions cover a locked one, or a marker says
        that it is deleted, and neither changes it.
        """
        first: Any = None
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for each in page.get("Versions", ()):
                if first and first["Key"] != each["Key"]:
                    yield first
                    first = None
                if first is None or each["LastModified"] <= first["LastModified"]:
                    first = each
        if first:
            yield first

    def _content(self, version: Any) -> bytes:
        asked = {"Key": version["Key"], "VersionId": version["VersionId"]}
        answer = self._client.get_object(Bucket=self._bucket, **asked)
        return bytes(answer["Body"].read(NOTE_CHARACTERS_MAX + 1))

    def _refuse(self, fault: BotoCoreError | ClientError) -> NoReturn:
        if is_transient(fault) or code_of(fault) == _RACING:
            raise CheckpointStoreUnavailable(
                f"The bucket {self._bucket} does not answer. Checkpoints wait in the database and"
                " are copied when it does.",
                bucket=self._bucket,
            ) from fault
        raise self._refused(str(fault)) from fault

    def _refused(self, reason: str) -> CheckpointStoreRefused:
        return CheckpointStoreRefused(
            f"The bucket {self._bucket} cannot keep checkpoints: {reason}. It has to exist with"
            " Object Lock, and this login has to be allowed to put, get and list.",
            bucket=self._bucket,
        )
