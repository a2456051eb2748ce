"""Settings come from the environment (prefix MATCHING_), secrets also from files; production refuses weak ones.

A file in the folder of secrets is named as the variable, in lower case: `/run/secrets/matching_secret`. The
environment wins over it. docs/operations.md has the table of all of them.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

SECRETS_DIR = "MATCHING_SECRETS_DIR"  # names the folder of secret files where it is not the containers' own
CONTAINERS_SECRETS = "/run/secrets"


class Settings(BaseSettings):
    """Everything an installation chooses. In embedded mode missing secrets are made once and kept in a 0600 file."""

    model_config = SettingsConfigDict(env_prefix="MATCHING_", extra="ignore")

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
    # Channels, see docs/channels.md. What is not set up is not offered.
    smtp_url: SecretStr = SecretStr("")  # smtps://user:password@host:465
    mail_from: str = ""
    wecom_url: str = "https://qyapi.weixin.qq.com"  # another one for a WeCom of the hospital's own
    wecom_corp_id: str = ""
    wecom_agent_id: int = 0
    wecom_secret: SecretStr = SecretStr("")
    push_key: SecretStr = SecretStr("")  # VAPID private key: 32 bytes, URL-safe base64
    private_networks: str = ""  # '10.8.0.0/16, …': the hospital's own, which webhooks and robots may then reach
    watch_port: int = Field(default=0, ge=0, le=65535)  # where a worker answers those who watch it; 0: nowhere
    watch_token: SecretStr = SecretStr("")  # opens /metrics to who stands elsewhere than on this machine

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the files of secrets where there is such a folder."""
        folder = Path(os.environ.get(SECRETS_DIR, CONTAINERS_SECRETS))
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder.is_dir() else ()
        return (init_settings, env_settings, *files)

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
        if 0 < len(self.watch_token.get_secret_value()) < 24:
            raise ValueError("MATCHING_WATCH_TOKEN needs 24 characters or more in production, or none")

    def _make_secrets(self) -> None:
        if all(getattr(self, name).get_secret_value() for name in MADE):
            return
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self.var / "secrets.json"
        held = json.loads(kept.read_text()) if kept.exists() else {}
        made = {name: held.get(name) or make() for name, make in MADE.items()}
        if made != held:
            _write_privately(kept, json.dumps(made))
        for name, text in made.items():
            setattr(self, name, SecretStr(getattr(self, name).get_secret_value() or text))


MADE: dict[str, Callable[[], str]] = {
    "secret": lambda: secrets.token_urlsafe(48),
    "sealing_keys": lambda: json.dumps({"k1": base64.b64encode(secrets.token_bytes(32)).decode()}),
    "push_key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode(),  # any 32 bytes are one
}
"""The secrets that one machine makes for itself."""


def _write_privately(path: Path, text: str) -> None:
    """Only the owner may read it, and it is on the disk before anything is sealed with it."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
