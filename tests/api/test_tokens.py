"""Bearer tokens: what is accepted, and every way in which one is not."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from interfaces.http.tokens import Principal, TokenRefused, Tokens
from tests.api.world import NOON, OTHER, SECRET, TRADER, World

TOKENS = Tokens(SECRET)
HOUR = timedelta(hours=1)
CLAIMS: dict[str, Any] = {
    "iss": "dynasty-ledger",
    "aud": "dynasty-ledger-api",
    "sub": "alice",
    "role": "admin",
    "iat": int(NOON.timestamp()),
    "exp": int((NOON + HOUR).timestamp()),
}


def signed(secret: SecretStr = SECRET, **changes: Any) -> str:
    """A token with these claims; a claim of None is left out."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    key = OctKey.import_key(secret.get_secret_value())
    return jwt.encode({"alg": "HS256"}, claims, key)


def unsigned() -> str:
    """The same claims under the algorithm `none`."""
    parts = ({"alg": "none", "typ": "JWT"}, CLAIMS)
    texts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    return b".".join(texts).decode() + "."


class TestCheck:
    def test_knows_whom_a_token_speaks_for(self) -> None:
        trader = Principal.model_validate({"sub": "bob", "role": "trader", "trader": {TRADER}})
        token = TOKENS.issue(trader, at=NOON, lifetime=HOUR)
        assert TOKENS.check(token, at=NOON) == trader

    def test_accepts_the_claims_that_are_spelled_out_here(self) -> None:
        assert TOKENS.check(signed(), at=NOON).actor == "admin:alice"

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "somebody-else"},
            {"aud": "another-service"},
            {"aud": None},
            {"exp": None},
            {"iat": None},
            {"sub": None},
            {"role": None},
            {"role": "owner"},
            {"role": ["admin"]},
            {"sub": "two words"},
            {"sub": "x" * 101},
            {"role": "trader"},
            {"role": "trader", "trader": []},
            {"role": "trader", "trader": ["seven"]},
            {"role": "trader", "trader": [str(TRADER)] * 1 + [str(OTHER)[:-1]]},
            {"role": "admin", "trader": [str(TRADER)]},
            {"exp": int(NOON.timestamp()) - 31},
            {"iat": int(NOON.timestamp()) + 31},
            {"exp": "tomorrow"},
        ],
        ids=str,
    )
    def test_refuses_other_claims(self, changes: dict[str, Any]) -> None:
        with pytest.raises(TokenRefused):
            TOKENS.check(signed(**changes), at=NOON)

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "a.b.c",
            "nonsense",
            unsigned(),
            signed(SecretStr("another secret of at least 32 bytes")),
            signed()[:-2],
            signed() + "A",
            "x" * 100_000,
            "ü.ü.ü",
        ],
        ids=lambda token: token[:12],
    )
    def test_refuses_what_this_secret_did_not_sign(self, token: str) -> None:
        with pytest.raises(TokenRefused) as refusal:
            TOKENS.check(token, at=NOON)
        assert token == "" or token not in refusal.value.sentence

    def test_refuses_another_algorithm_of_the_same_key(self) -> None:
        key = OctKey.import_key(SECRET.get_secret_value())
        token = jwt.encode({"alg": "HS512"}, CLAIMS, key, algorithms=["HS512"])
        with pytest.raises(TokenRefused):
            TOKENS.check(token, at=NOON)


class TestOverHttp:
    def test_a_token_expires_by_the_clock_of_the_service(self, world: World) -> None:
        headers = {"Authorization": f"Bearer {world.token(seconds=60)}"}
        assert world.client.get("/v1/accounts", headers=headers).status_code == 200
        world.now += timedelta(seconds=120)
        answer = world.client.get("/v1/accounts", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-refused")

    @pytest.mark.parametrize("scheme", ["Basic", "", "Token"])
    def test_another_scheme_is_no_token(self, world: World, scheme: str) -> None:
        headers = {"Authorization": f"{scheme} {world.token()}"}
        answer = world.client.get("/v1/accounts", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")

    def test_the_scheme_is_read_in_any_case(self, world: World) -> None:
        headers = {"Authorization": f"bEaReR  {world.token()}"}
        assert world.client.get("/v1/accounts", headers=headers).status_code == 200
