"""Processes and engines that a test may end, and waiting for what then becomes true."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests import engines
from tests.keeper import free_port

TOP = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds; on a calm machine nothing here takes a tenth of it


def until(condition: Callable[[], Any], what: Callable[[], str], patience: float = PATIENCE) -> None:
    """Wait until the condition is true. Fails with `what` it waited for."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience:.0f} s in vain: {what()}"
        time.sleep(0.05)


class Clock:
    """The clock of the processes that are started with `clock=this`: so many seconds ahead of the real one."""

    def __init__(self, folder: Path, ahead: float = 0.0) -> None:
        self._path = folder / "clock"
        self.jump(ahead)

    def __str__(self) -> str:
        return str(self._path)

    def jump(self, ahead: float) -> None:
        """From now on it is so much ahead; who reads it meanwhile reads the old or the new."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(ahead))
        fresh.replace(self._path)


class Process:
    """One process of the product; `faults` are put in by tests.faults.process, none of them without any."""

    def __init__(self, folder: Path, environment: dict[str, str], command: str, faults: dict[str, Any]) -> None:
        self.folder, self.command, self.port = folder, command, free_port()
        self._own = environment | {"MATCHING_PORT": str(self.port), "PYTHONPATH": str(TOP)}
        self._arms = folder / f"armed-{self.port}"
        self._log = folder / f"{command}-{self.port}.log"
        self.start(**faults)

    def start(self, *, armed: bool = False, **faults: Any) -> None:
        """Start it, for the first time or again at the same port. `armed`: its point is deadly from the beginning."""
        if armed:
            self.arm()
        words = ["-m", "matching"]
        if faults:
            words = ["-m", "tests.faults.process", "--armed-by", str(self._arms)]
            for name, value in faults.items():
                words += [f"--{name.replace('_', '-')}", str(value)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MATCHING_")}
        with self._log.open("ab") as log:
            self._begins = log.tell()
            self.popen = subprocess.Popen(
                [sys.executable, *words, self.command], env=inherited | self._own, cwd=self.folder, stdout=log,
                stderr=log,
            )  # fmt: skip

    def ready(self) -> "Process":
        """Wait until it answers /readyz; a worker answers nobody, and is waited for by what it does."""
        until(self._is_ready, lambda: f"{self.command} is not ready: {self.said()[-3000:]}")
        return self

    def arm(self) -> None:
        """From now on the point it was started with is deadly, once."""
        self._arms.touch()

    def wait_killed(self) -> None:
        """Wait until it has killed itself."""
        code = self.popen.wait(PATIENCE)
        assert code == -signal.SIGKILL, f"{self.command} ended with {code}: {self.said()[-3000:]}"

    def kill(self) -> None:
        """SIGKILL, from outside."""
        self.popen.kill()
        self.popen.wait(PATIENCE)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.popen.terminate()
        return self.popen.wait(PATIENCE)

    def said(self) -> str:
        """What it printed and logged since it was started last."""
        return self._log.read_bytes()[self._begins :].decode(errors="replace")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as line:
            line.request("GET", path)
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    def _is_ready(self) -> bool:
        assert self.popen.poll() is None, f"{self.command} ended: {self.said()[-3000:]}"
        if self.command == "work":
            return True
        try:
            return self.get("/readyz")[0] == 200
        except (OSError, HTTPException):
            return False


class Engine:
    """A PostgreSQL or a Valkey of the tests here alone, which they may end and bring back at the same address."""

    def __init__(self, keeper_folder: Path, engine: str, bin: Path, own: str) -> None:
        self._ask = lambda: engines.ask(keeper_folder, engine, bin=str(bin), own=own)
        running = self._ask()
        self.port, self._pid = int(running["port"]), int(running["pid"])

    def end(self, sign: signal.Signals) -> None:
        """Send it the signal: SIGQUIT and SIGKILL end PostgreSQL and Valkey at once, as a power cut would."""
        os.kill(self._pid, sign)

    def back(self) -> None:
        """Have it running again, with what it had on its disk."""
        ended = self._pid

        def running_anew() -> bool:
            self._pid = int(self._ask()["pid"])
            return self._pid != ended

        until(running_anew, lambda: "the engine is back")
