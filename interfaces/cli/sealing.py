"""Sealing the log where nobody else does it."""

from __future__ import annotations

from interfaces.bootstrap.runtime import Runtime
from interfaces.cli.progress import counting


def seal_and_sign(runtime: Runtime) -> None:
    """Let the tree grow to the head of the log, and sign it.

    Refuses with LogNotContiguous, TreeDamaged, SigningKeyMissing, SigningKeyRefused or
    SigningUnavailable.
    """
    with counting("events", total=None) as advance:
        while sealed := runtime.evidence.sealer.step():
            advance(sealed)
    runtime.evidence.checkpoint_signer.sign()


def seal_if_nobody_does(runtime: Runtime) -> None:
    """The same where everything is embedded: there need not be a daemon. Refuses likewise."""
    if runtime.settings.embedded:
        seal_and_sign(runtime)
