"""`matching simulate` as somebody types it."""

import os
from pathlib import Path

import pytest

from matching.__main__ import main

WORDS = ["simulate", "--members", "40", "--days", "2", "--seeds", "2", "--policies", "random,ours,oracle"]


@pytest.fixture(autouse=True)
def _one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


def test_it_prints_the_table_names_what_it_saved_and_does_the_same_the_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "--out", str(tmp_path / "one")]) == 0
    told = capsys.readouterr().out
    assert "点亮 ours" in told
    assert str(tmp_path / "one" / "simulation.svg") in told
    assert main([*WORDS, "--out", str(tmp_path / "two")]) == 0
    for name in ("runs.csv", "tables.md", "simulation.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_wrong_world_file_is_named_and_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "mine.toml"
    wrong.write_text("[size]\nmembers = 3\n", encoding="utf-8")
    assert main([*WORDS, "--world", str(wrong)]) == 2
    assert "size.members" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--policies", "best"], ["--seeds", "0"], ["--held-out", "-1"]])
def test_an_option_that_cannot_be_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", *words])
