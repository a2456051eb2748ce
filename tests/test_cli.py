"""The command line as a process: starting, stopping, refusing."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from io import StringIO
from pathlib import Path

import pytest

from matching import printed
from tests.faults.running import PATIENCE
from tests.keeper import free_port

TOP = Path(__file__).parents[1]
DATA = TOP / "matching/demo/data"


def environment(var: Path, **more: object) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("MATCHING_")}
    return own | {"MATCHING_VAR": str(var), "PYTHONPATH": str(TOP)} | {k: str(v) for k, v in more.items()}


def run(*words: object, var: Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matching", *map(str, words)]
    return subprocess.run(command, env=environment(var, **more), capture_output=True, text=True, cwd=var, timeout=300)


@contextmanager
def started(*words: str, var: Path, until: str, **more: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that goes on, and what it printed up to the line that holds `until`."""
    command = [sys.executable, "-m", "matching", *words]
    process = subprocess.Popen(
        command, env=environment(var, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=var
    )
    assert process.stdout is not None
    printed_lines = []
    try:
        for line in process.stdout:
            printed_lines.append(line)
            if until in line:
                break
        yield process, "".join(printed_lines)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def get(port: int, path: str) -> tuple[int, dict[str, str], str]:
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request("GET", path)
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_a_start_killed_in_the_middle_of_the_demo_starts_anew_serves_stops_cleanly_and_the_next_keeps_it(
    tmp_path, command
):
    port = free_port()
    with started("up", var=tmp_path, until="services.csv", MATCHING_PORT=port) as (process, said):
        process.kill()  # hundreds of rows were written
        process.wait()
    with started("up", var=tmp_path, until="Ctrl-C", MATCHING_PORT=port) as (process, said):
        assert "载入" in said
        assert get(port, "/healthz")[::2] == (200, "ok")
        assert get(port, "/readyz")[0] == 200
        spots = re.findall(rf"http://127\.0\.0\.1:{port}(/q/\S+)", said)
        assert len(spots) == 2
        for path in (*spots, "/wall", "/login"):
            status, headers, _body = get(port, path)
            assert status == 200
            assert "server" not in headers
        passwords = re.findall(r"M\d{4}  \S+ +(\S+)$", said, re.MULTILINE)
        assert len(passwords) == 6
        process.send_signal(signal.SIGTERM)
        rest, _errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "数据都在" in rest
    assert command("verify").code == 0
    with started("up", var=tmp_path, until="Ctrl-C", MATCHING_PORT=port) as (process, said):
        assert "载入" not in said
        assert not set(passwords) & set(re.findall(r"M\d{4}  \S+ +(\S+)$", said, re.MULTILINE))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_a_taken_port_is_said_before_anything_is_done(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("up", var=tmp_path, MATCHING_PORT=port)
    assert done.returncode == 2
    assert f"PORT={port + 1}" in done.stderr
    assert not list(tmp_path.glob("*.db"))


def test_an_import_names_bad_rows_and_answers_with_its_exit_code(tmp_path, command):
    assert command("import", "units", DATA / "branches.csv").code == 0
    roster = tmp_path / "roster.csv"
    roster.write_text("member_no,name,phone,status,branch_code\nM1,张三,12,在职,B01\nM2,李四,,在职,B01\n")
    done = command("import", "roster", roster)
    assert (done.code, done.out.splitlines()[0][:12]) == (1, "第 2 行，phone：")
    assert "什么都没有导入" in done.out
    done = command("import", "roster", roster, "--partial")
    assert "新增 1，更新 0，未变 0，有错 1" in done.out
    done = command("admin", "M2")
    assert done.code == 0
    assert re.search(r"[A-Za-z2-9]{4}(-[A-Za-z2-9]{4}){2}", done.out)
    assert command("admin", "M9").code == 1


@pytest.mark.parametrize(
    ("words", "more", "code", "says"),
    [
        (["import", "recipes", "x.csv"], {}, 2, "recipes"),
        (["assign", "nowhere.json"], {}, 2, "nowhere.json"),
        (["work"], {}, 2, "MATCHING_REDIS_URL"),
        (["up"], {"MATCHING_MODE": "production"}, 2, "MATCHING_SECRET"),
        (["verify"], {"MATCHING_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}, 2, "cannot open"),
        ([], {}, 2, "usage"),
    ],
    ids=["no such kind", "no batch", "no redis", "weak secrets", "no database", "no word"],
)
def test_what_cannot_be_done_is_said_in_a_line(command, words, more, code, says):
    done = command(*words, **more)
    assert done.code == code
    assert says in done.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [(["import", "roster", "nowhere.csv"], 2, "nowhere.csv"), (["serve"], 1, "matching migrate")],
    ids=["no file", "not migrated"],
)
def test_the_process_ends_with_the_code_of_its_command_and_without_a_traceback(tmp_path, words, code, says):
    done = run(*words, var=tmp_path)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_batch_is_assigned_from_a_file_or_from_what_is_piped_in(tmp_path, command, monkeypatch):
    batch = {
        "track": "flow",
        "members": [{"id": "m", "cap_tasks": 1}, {"id": 2, "cap_tasks": 1}],
        "requests": [{"id": 1, "slots": 1}, {"id": 2, "slots": 1}],
        "edges": [[1, "m", 5], [2, "m", 9]],
    }
    (tmp_path / "batch.json").write_text(json.dumps(batch))
    done = command("assign", "batch.json")
    assert done.code == 0
    assert json.loads(done.out) == {
        "assign": [[2, "m"]], "value": 9, "bound": 9, "gap": 0, "solver": "min-cost-flow",
        "unfilled": [{"request": 1, "got": 0, "slots": 1, "reason": "elsewhere"}], "left_out": [],
    }  # fmt: skip
    assert not list(tmp_path.glob("*.db"))
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(batch | {"edges": [[3, "m", 5]]})))
    done = command("assign", "-")
    assert done.code == 2
    assert "edges[0][0]: no request has the id 3" in done.err


def test_help_is_in_chinese_and_english(command):
    done = command("--help")
    assert done.code == 0
    for word in ("up", "serve", "work", "migrate", "demo", "import", "verify", "reseal", "assign", "admin"):
        assert re.search(rf"^ +{word} +\S+.*\(", done.out, re.MULTILINE)


def test_a_table_is_aligned_for_wide_characters():
    assert printed.aligned([("角色", "a"), ("x", "乙")]) == ["角色  a", "x     乙"]
