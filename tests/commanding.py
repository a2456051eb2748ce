"""Commands of the command line, run in the test's own process: a start of their own takes two seconds each.

How a process starts, ends and prints is shown in test_cli.py and test_shutdown.py.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from matching import __main__


class Done(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Done]:
    """`command("import", "units", file, MATCHING_MODE=…)`: its files are in `tmp_path`, and so is it."""

    def run(*words: object, **environment: object) -> Done:
        capsys.readouterr()
        with monkeypatch.context() as alone:
            for name in [name for name in os.environ if name.startswith("MATCHING_")]:
                alone.delenv(name)
            for name, value in {"MATCHING_VAR": tmp_path, **environment}.items():
                alone.setenv(name, str(value))
            alone.chdir(tmp_path)
            try:
                code = __main__.main([*map(str, words)])
            except SystemExit as end:  # argparse's way to refuse
                code = int(end.code or 0)
        return Done(code, *capsys.readouterr())

    return run
