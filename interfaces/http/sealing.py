"""Texts that clients keep for us and can neither read nor forge: positions and cursors.

Encrypted and authenticated (AES-256-GCM as a compact JWE), with a key of its own for each purpose,
all derived from the one signing secret. The leading `v1.` leaves room for another form.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr

Purpose: TypeAlias = Literal["position", "cursor"]

VERSION: Final = "v1."
LENGTH_MAX: Final = 4096
_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}
# Every sealed text begins with the same header and an empty key, which need not travel.
_PREFIX: Final = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.."


class NotSealed(Exception):
    """The text was not sealed here for this purpose."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens small documents."""

    secret: SecretStr

    def seal(self, purpose: Purpose, document: dict[str, Any]) -> str:
        """An opaque text for a document; another one each time."""
        text = json.dumps(document, separators=(",", ":")).encode()
        sealed = jwe.encrypt_compact(dict(_HEADER), text, self._key(purpose))
        assert sealed.startswith(_PREFIX)
        return VERSION + sealed.removeprefix(_PREFIX)

    def open(self, purpose: Purpose, text: str) -> dict[str, Any]:
        """The document of a sealed text. Raises NotSealed for anything else."""
        if not text.startswith(VERSION) or len(text) > LENGTH_MAX or not text.isascii():
            raise NotSealed
        try:
            opened = jwe.decrypt_compact(
                _PREFIX + text.removeprefix(VERSION), self._key(purpose)
            ).plaintext
            document: dict[str, Any] = json.loads(opened or b"")
        except (JoseError, ValueError) as fault:
            raise NotSealed from fault
        return document

    def _key(self, purpose: Purpose) -> OctKey:
        secret = self.secret.get_secret_value().encode()
        return OctKey.import_key(hmac.digest(secret, f"dynasty/{purpose}".encode(), "sha256"))
