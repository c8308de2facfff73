"""A client that does not give up: it sends each command, with its key, until it is acknowledged."""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import sleep

import httpx

from tests.e2e.commands import Command
from tests.support.processes import DYNASTY, Server, serving

THREADS = 8
ATTEMPTS_MAX = 20


@dataclass(frozen=True, slots=True)
class Kill:
    """When the service is killed: so long after so many acknowledgements in all.

    `starting` is a further kill, so many seconds into the start that follows.
    """

    after: int
    pause_seconds: float
    with_servers: bool
    starting: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command was acknowledged."""

    version: int
    recorded: bool
    replayed: bool


@dataclass
class Delivery:
    """Sends rounds of commands; the service is started in `directory` as often as it is killed."""

    directory: Path
    kills: list[Kill]
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    killed: int = 0
    _acknowledged: int = 0
    _lock: Lock = field(default_factory=Lock)

    def deliver(self, rounds: Sequence[Sequence[Command]]) -> None:
        """Send the rounds one after the other, the commands of a round at once."""
        waiting = [list(each) for each in rounds]
        while waiting:
            with (
                serving(self.directory, "--no-demo-data") as server,
                server.client("admin") as client,
            ):
                while waiting and server.lives:
                    waiting[0] = self.send(server, client, waiting[0])
                    if not waiting[0]:
                        waiting.pop(0)

    def send(
        self, server: Server, client: httpx.Client, commands: Sequence[Command]
    ) -> list[Command]:
        """Send commands from several threads; the ones that nobody acknowledged."""
        with ThreadPoolExecutor(THREADS) as threads:
            done = threads.map(lambda each: self._sent(server, client, each), commands)
            return [each for each, is_done in zip(commands, done, strict=True) if not is_done]

    def _sent(self, server: Server, client: httpx.Client, command: Command) -> bool:
        headers = {"Idempotency-Key": command.key, "Request-Id": command.key}
        if command.version is not None:
            headers["If-Match"] = f'"{command.version}"'
        for _ in range(ATTEMPTS_MAX):
            if not server.lives:
                return False
            try:
                response = client.post(command.path, json=dict(command.body), headers=headers)
            except httpx.TransportError:
                return False
            if response.is_success:
                self._note(server, command, response)
                return True
            assert response.json()["retryable"], response.text
        return False

    def _note(self, server: Server, command: Command, response: httpx.Response) -> None:
        answer = Answer(
            version=int(response.headers["ETag"].strip('"')),
            recorded=response.json()["recorded"],
            replayed="Idempotent-Replayed" in response.headers,
        )
        with self._lock:
            self.answers.setdefault(command.key, []).append(answer)
            self._acknowledged += 1
            is_due = bool(self.kills) and self._acknowledged >= self.kills[0].after
            kill = self.kills.pop(0) if is_due else None
        if kill:
            self._kill(server, kill)

    def _kill(self, server: Server, kill: Kill) -> None:
        """The other threads go on meanwhile: it hits them wherever they are."""
        sleep(kill.pause_seconds)
        server.kill(with_servers=kill.with_servers)
        self.killed += 1
        if kill.starting is not None:
            start = [DYNASTY, "serve", "--no-demo-data"]
            path = {"PATH": os.environ["PATH"]}
            with subprocess.Popen(
                start, cwd=self.directory, env=path, stdout=subprocess.DEVNULL
            ) as process:
                sleep(kill.starting)
                process.kill()
