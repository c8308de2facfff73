"""Clients of AWS with limits, and which of their faults pass by themselves."""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError

_SERVER_FAULT: Final = 500
_PASSING: Final = frozenset(
    {
        "Throttling", "ThrottlingException", "RequestTimeout", "SlowDown", "ServiceUnavailable",
        "KMSInternalException", "DependencyTimeoutException", "InternalError",
        "RequestTimeTooSkewed",
    }
)  # fmt: skip
_AWAY: Final = (AwsConnectionError, HTTPClientError, IncompleteReadError, ResponseStreamingError)
_LIMITS: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2}
)


def client_of(service: str) -> Any:
    """A client from the environment: region, credentials, and AWS_ENDPOINT_URL if it is set."""
    return boto3.session.Session().client(service, config=_LIMITS)


def code_of(fault: Exception) -> str:
    """The service's own code for a fault; empty where the service did not answer."""
    return fault.response.get("Error", {}).get("Code", "") if isinstance(fault, ClientError) else ""


def is_transient(fault: BotoCoreError | ClientError) -> bool:
    """Whether the same request may succeed later."""
    if not isinstance(fault, ClientError):
        return isinstance(fault, _AWAY)
    status = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= _SERVER_FAULT or code_of(fault) in _PASSING
