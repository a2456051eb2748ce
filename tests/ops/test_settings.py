"""Where settings come from, and that all of them are written down."""

import json
import os
import re
from base64 import b64encode
from pathlib import Path

import pytest
from pydantic import ValidationError

from matching.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
KEYS = json.dumps({"k1": b64encode(b"k" * 32).decode()})
STRONG = {
    "matching_secret": "s" * 40,
    "matching_sealing_keys": KEYS,
    "matching_database_url": "postgresql+asyncpg://x/y",
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secret files, as containers get them, and nothing in the environment besides its name."""
    for name in list(os.environ):
        if name.startswith("MATCHING_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, value in STRONG.items():
        (folder / name).write_text(f"{value}\n")
    monkeypatch.setenv("MATCHING_SECRETS_DIR", str(folder))
    monkeypatch.setenv("MATCHING_MODE", "production")
    return folder


def test_secrets_are_read_from_files(files: Path):
    settings = Settings()
    assert settings.secret.get_secret_value() == "s" * 40
    assert settings.keys == {"k1": b"k" * 32}
    assert settings.database_url == "postgresql+asyncpg://x/y"


def test_the_environment_wins_over_a_file(files: Path, monkeypatch):
    monkeypatch.setenv("MATCHING_SECRET", "e" * 40)
    assert Settings().pepper == b"e" * 40


def test_an_empty_file_is_a_setting_that_was_not_made(files: Path):
    (files / "matching_watch_token").write_text("")
    assert Settings().watch_token.get_secret_value() == ""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("matching_secret", "short", "MATCHING_SECRET"),
        ("matching_sealing_keys", "{}", "32 bytes"),
        ("matching_sealing_keys", '{"k1": "c2hvcnQ="}', "32 bytes"),
        ("matching_sealing_keys", "no json", "MATCHING_SEALING_KEYS"),
        ("matching_database_url", "", "MATCHING_DATABASE_URL"),
        ("matching_watch_token", "short", "MATCHING_WATCH_TOKEN"),
    ],
)
def test_production_refuses_weak_ones_from_files_too_and_does_not_quote_them(files: Path, name, value, says):
    (files / name).write_text(value)
    with pytest.raises(ValidationError, match=says) as refused:
        Settings()
    assert not [told for told in refused.value.errors() if value and value in told["msg"]]


def test_without_such_a_folder_the_environment_is_enough(files: Path, monkeypatch, tmp_path):
    monkeypatch.setenv("MATCHING_SECRETS_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("MATCHING_MODE", "embedded")
    monkeypatch.setenv("MATCHING_VAR", str(tmp_path))
    assert Settings().secret.get_secret_value()


def test_every_setting_stands_in_the_operators_table_with_its_default_and_no_other_does():
    rows = re.findall(r"^\| `MATCHING_(\w+)` \|\s*([^|]*?)\s*\|", (DOCS / "operations.md").read_text(), re.MULTILINE)
    told = {name.lower(): default for name, default in rows}
    assert len(told) == len(rows)
    fields = Settings.model_fields
    assert set(told) == set(fields)
    for name, default in told.items():
        if default not in {"", "made in `var`"}:
            assert default == f"`{fields[name].default}`", name
