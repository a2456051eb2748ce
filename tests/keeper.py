"""The process that owns a run's servers (see engines.py): `keeper.py FOLDER DOOR`, standard library only."""

import itertools
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60  # seconds until a server that does not take connections is given up
ROOT = os.geteuid() == 0
# PostgreSQL refuses to run as root, so there it runs as the user who owns nothing else.
SERVER_USER: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if ROOT else {}

FIRST_PORT, PORTS = 20_000, 12_000
_steps = itertools.count(secrets.randbelow(PORTS))

Engine = tuple["subprocess.Popen[bytes]", signal.Signals, dict[str, Any]]


def keep(folder: Path, door: socket.socket) -> None:
    """Answer wishes one after the other until the owner has gone; then stop everything and clear up."""
    started: dict[str, Engine] = {}
    folders: dict[str, Path] = {}
    numbers = itertools.count()  # a server that failed leaves its folder
    selector = selectors.DefaultSelector()
    selector.register(door, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    try:
        while all(key.fileobj is door for key, _events in selector.select()):
            line, _address = door.accept()
            with line, line.makefile("rw") as paper:
                wish = paper.readline()
                try:
                    if wish not in started:
                        folders[wish] = folder / f"engine{next(numbers)}"
                        started[wish] = start(folders[wish], **json.loads(wish))
                    elif started[wish][0].poll() is not None:  # somebody ended it: it comes back with what it had
                        started[wish] = start(folders[wish], **json.loads(wish), port=started[wish][2]["port"])
                    answer = started[wish][2]
                except (OSError, subprocess.SubprocessError, RuntimeError) as error:
                    answer = {"error": f"{error} {getattr(error, 'stderr', None) or ''}"}
                paper.write(json.dumps(answer) + "\n")
    finally:
        for process, stop, _answer in started.values():
            process.send_signal(stop)
        for process, _stop, _answer in started.values():
            process.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, engine: str, bin: str, own: str = "", port: int = 0, syncs: bool = True) -> Engine:
    """Start one server on 127.0.0.1 (on a free port unless one is named) with its data in `folder`.

    Returns when it takes connections. `own` only tells one wish from another: whoever names it has the server alone.
    """
    folder.mkdir(exist_ok=True)
    if ROOT:
        shutil.chown(folder, "nobody", "nogroup")
    if engine == "valkey":
        return start_valkey(folder, bin, port or free_port())
    return start_postgres(folder, bin, port or free_port(), syncs)


def start_postgres(folder: Path, bin: str, port: int, syncs: bool) -> Engine:
    """As in production, or without waiting for the disk: a run copies thousands of databases."""
    programs, data = reachable(Path(bin), folder), folder / "data"
    if not data.exists():
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                *["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            ],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **SERVER_USER,
        )
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 200,
        "shared_buffers": "128MB",
        "timezone": "UTC",
    }
    if not syncs:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    process = launch(command, folder, lambda: subprocess.run(ready, check=False).returncode == 0)
    return process, signal.SIGQUIT, {"port": port, "pid": process.pid}


def start_valkey(folder: Path, bin: str, port: int) -> Engine:
    """It keeps nothing on the disk: what Redis loses is never the only copy."""
    command = [bin, *f"--port {port} --bind 127.0.0.1 --appendonly no".split(), "--save", "", "--dir", str(folder)]
    process = launch(command, folder, lambda: answers(port), as_server_user=False)
    return process, signal.SIGKILL, {"port": port, "pid": process.pid}


def launch(
    command: list[str], folder: Path, ready: Callable[[], bool], *, as_server_user: bool = True
) -> "subprocess.Popen[bytes]":
    """Start it and wait until `ready()`. Raises RuntimeError with the end of its log if it does not come up."""
    with (folder / "log").open("wb") as log:
        user = SERVER_USER if as_server_user else {}
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **user)
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError(f"{command[0]} did not start: {(folder / 'log').read_text()[-2000:]}")
        time.sleep(0.02)
    return process


def reachable(programs: Path, folder: Path) -> Path:
    """The same programs where the server's user can run them: a checkout may lie below a closed home."""
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **SERVER_USER)
        return programs
    except PermissionError:
        copy = folder / "programs"
        shutil.copytree(programs.parent, copy / programs.parent.name, symlinks=True, dirs_exist_ok=True)
        libraries = programs.parent.parent.with_name(f"{programs.parent.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
        return copy / programs.parent.name / programs.name


def free_port() -> int:
    """A port where nobody listens, below those that the kernel hands out by itself: between this answer and its use it
    is given to nobody by chance. Each process walks from a place of its own, so that two do not name the same one."""
    while True:
        with socket.socket() as probe:
            port = FIRST_PORT + next(_steps) % PORTS
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    keep(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
