"""Settings come from the environment (prefix MATCHING_) and nowhere else; production refuses weak secrets."""

import base64
import json
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an installation chooses. In embedded mode missing secrets are made once and kept in a 0600 file."""

    model_config = SettingsConfigDict(env_prefix="MATCHING_", extra="ignore", secrets_dir=None)

    mode: Literal["embedded", "production"] = "embedded"
    var: Path = Path("var")
    files: Path = Path()  # sealed photos, a folder that all processes share; `files` in `var` where none is named
    database_url: str = ""
    redis_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    secret: SecretStr = SecretStr("")  # signs forms and derives query codes
    sealing_keys: SecretStr = SecretStr("")  # JSON object: key id -> base64 of 32 bytes, the newest first
    demo: bool = True
    secure_cookies: bool = False
    idle_minutes: int = Field(default=30, ge=1)  # docs/domain.md §6
    trusted_proxies: str = "127.0.0.1"

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Fill what embedded mode may make for itself; refuse what production must be given."""
        if self.mode == "production":
            self._refuse_weak()
        else:
            self._make_secrets()
        if self.files == Path():
            self.files = self.var / "files"
        if not self.database_url:
            self.database_url = f"sqlite+aiosqlite:///{self.var.resolve()}/dianliang.db"
        if not self.base_url:
            self.base_url = f"http://{self.host}:{self.port}"
        return self

    @cached_property
    def keys(self) -> dict[str, bytes]:
        """The sealing keys by their id, the newest first: that one seals, all of them open."""
        keys = json.loads(self.sealing_keys.get_secret_value())
        return {name: base64.b64decode(key) for name, key in keys.items()}

    @cached_property
    def pepper(self) -> bytes:
        """Bytes of the signing secret."""
        return self.secret.get_secret_value().encode()

    def _refuse_weak(self) -> None:
        if len(self.secret.get_secret_value()) < 32:
            raise ValueError("MATCHING_SECRET needs 32 characters or more in production")
        try:
            keys = json.loads(self.sealing_keys.get_secret_value())
            lengths = {len(base64.b64decode(key, validate=True)) for key in keys.values()}
        except (ValueError, AttributeError) as error:
            raise ValueError("MATCHING_SEALING_KEYS needs a JSON object of base64 keys") from error
        if lengths != {32}:
            raise ValueError("each of MATCHING_SEALING_KEYS needs 32 bytes")
        if not self.database_url:
            raise ValueError("MATCHING_DATABASE_URL is needed in production")

    def _make_secrets(self) -> None:
        if self.secret.get_secret_value() and self.sealing_keys.get_secret_value():
            return
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self.var / "secrets.json"
        if not kept.exists():
            made = {
                "secret": secrets.token_urlsafe(48),
                "sealing_keys": json.dumps({"k1": base64.b64encode(secrets.token_bytes(32)).decode()}),
            }
            _write_privately(kept, json.dumps(made))
        made = json.loads(kept.read_text())
        self.secret = SecretStr(self.secret.get_secret_value() or made["secret"])
        self.sealing_keys = SecretStr(self.sealing_keys.get_secret_value() or made["sealing_keys"])


def _write_privately(path: Path, text: str) -> None:
    """Only the owner may read it, and it is on the disk before anything is sealed with it."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
