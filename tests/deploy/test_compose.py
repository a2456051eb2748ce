"""compose.yaml, checked as far as that is possible without running it: its shape, and that its parts fit together."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from matching.__main__ import parser
from matching.settings import Settings

TOP = Path(__file__).parents[2]
OURS = ("web", "worker", "migrate")
VARIABLE = re.compile(r"\$\{(\w+)(?::[?-][^}]*)?\}")


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((TOP / "compose.yaml").read_text(encoding="utf-8"))


def services() -> dict[str, dict[str, Any]]:
    return compose()["services"]


def source(mount: str) -> str:
    return mount.split(":")[0]


def test_it_is_a_compose_file():
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*command, TOP / "compose.yaml"], check=True, stdout=subprocess.PIPE)


def test_every_part_that_was_asked_for_is_there():
    assert {"proxy", "web", "worker", "migrate", "postgres", "valkey", "backup"} <= set(services())
    assert services()["web"]["deploy"]["replicas"].startswith("${WEB_REPLICAS")
    assert services()["worker"]["deploy"]["replicas"].startswith("${WORKER_REPLICAS")


@pytest.mark.parametrize("name", services())
def test_a_service_may_no_more_than_it_needs(name):
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"])
    assert "privileged" not in service
    assert "container_name" not in service  # there may be several


@pytest.mark.parametrize("name", services())
def test_what_a_service_names_exists(name):
    service, whole = services()[name], compose()
    assert set(service.get("secrets", [])) <= set(whole["secrets"])
    assert set(service["networks"]) <= set(whole["networks"])
    for mount in service.get("volumes", []):
        if source(mount).startswith("./deploy"):
            assert (TOP / source(mount)).exists(), mount
        elif not source(mount).startswith("./secrets"):  # made by deploy/secrets.sh
            assert source(mount) in whole["volumes"], mount


def test_nothing_is_declared_that_nobody_uses():
    whole = compose()
    for kind in ("secrets", "networks"):
        used = {one for service in services().values() for one in service.get(kind, [])}
        assert used == set(whole[kind])
    mounted = {source(mount) for service in services().values() for mount in service.get("volumes", [])}
    assert set(whole["volumes"]) <= mounted


@pytest.mark.parametrize("name", services())
def test_who_waits_for_another_waits_for_something_that_comes(name):
    for other, how in services()[name].get("depends_on", {}).items():
        awaited = services()[other]
        match how["condition"]:
            case "service_healthy":
                assert "healthcheck" in awaited or other in OURS  # the image brings one
            case "service_completed_successfully":
                assert awaited["restart"] == "no"
            case condition:
                assert (condition, other) == ("service_started", "valkey")  # pages work without it


def test_who_uses_an_engine_shares_a_network_with_it_and_visitors_do_not():
    def together(one: str, other: str) -> bool:
        return bool(set(services()[one]["networks"]) & set(services()[other]["networks"]))

    for name in ("web", "worker", "migrate", "backup", "restore"):
        assert together(name, "postgres")
    assert together("web", "valkey")
    assert together("worker", "valkey")
    assert together("proxy", "web")
    assert not together("proxy", "postgres")
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    assert compose()["networks"]["back"]["internal"] is True


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_the_product_knows(name):
    known = {f"MATCHING_{field.upper()}" for field in Settings.model_fields}
    assert set(services()[name]["environment"]) <= known
    assert {secret.upper() for secret in services()[name]["secrets"]} <= known


@pytest.mark.parametrize("name", OURS)
def test_what_it_is_given_is_enough_for_production(name, tmp_path, monkeypatch):
    """The settings as the containers get them, with the secrets that deploy/secrets.sh makes."""
    subprocess.run(["bash", TOP / "deploy/secrets.sh", tmp_path], check=True, stdout=subprocess.PIPE)
    monkeypatch.setenv("MATCHING_SECRETS_DIR", str(tmp_path / "secrets"))
    for key, value in services()[name]["environment"].items():
        monkeypatch.setenv(key, VARIABLE.sub(lambda found: env_example().get(found[1], ""), value))
    settings = Settings()
    assert settings.mode == "production"
    assert settings.database_url.startswith("postgresql+asyncpg://dianliang:")
    assert settings.redis_url == "redis://valkey:6379/0"
    assert settings.base_url == "https://wish.example.org"
    assert settings.secure_cookies
    assert settings.files == Path("/data/files")


def test_secrets_are_made_once_and_closed_to_others(tmp_path):
    (tmp_path / "secrets").mkdir(mode=0o755)
    for _ in range(2):
        subprocess.run(["bash", TOP / "deploy/secrets.sh", tmp_path], check=True, stdout=subprocess.PIPE)
        made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()}
        before = locals().get("before", made)
        assert made == before
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert set(made) == set(compose()["secrets"])
    assert {Path(one["file"]).name for one in compose()["secrets"].values()} == set(made)


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_the_products(name):
    assert parser().parse_args(services()[name]["command"]).run


def env_example() -> dict[str, str]:
    lines = (TOP / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_variable_is_in_the_example_and_every_one_of_the_example_is_used():
    assert set(VARIABLE.findall((TOP / "compose.yaml").read_text(encoding="utf-8"))) == set(env_example())


def test_images_are_pinned_by_version():
    images = {service["image"] for service in services().values()}
    dockerfile = (TOP / "Dockerfile").read_text(encoding="utf-8")
    images.add("python:" + re.search(r"^ARG PYTHON=(\S+)$", dockerfile, re.MULTILINE)[1])
    for image in images - {services()["web"]["image"]}:
        assert re.search(r":\d+\.\d+(\.\d+)?-\w+", image), image
    assert services()["backup"]["image"] == services()["postgres"]["image"]  # its pg_dump fits its server
    assert services()["postgres"]["image"].startswith("postgres:16.")


def test_the_image_is_made_of_files_that_are_there_and_are_let_in():
    dockerfile = (TOP / "Dockerfile").read_text(encoding="utf-8")
    allowed = [line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [
        one for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE) for one in line.split()
    ]
    assert set(copied) == set(allowed)
    for path in copied:
        assert (TOP / path).exists()
    assert not [path for path in (".env", "secrets", "var", ".git") if any(fnmatch(path, one) for one in allowed)]


def test_the_image_runs_as_nobody_special_and_brings_no_tools():
    stages = (TOP / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    last = stages[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "pip install" not in last
    assert "pip uninstall" in last
    assert "--require-hashes" in stages[1]


def test_the_proxy_is_believed_and_nobody_else():
    [front] = compose()["networks"]["front"]["ipam"]["config"]
    assert services()["web"]["environment"]["MATCHING_TRUSTED_PROXIES"] == front["subnet"]
    in_front = {name for name, service in services().items() if "front" in service["networks"]}
    assert in_front == {"proxy", "web"}


def test_the_proxy_knows_the_streams_of_the_product_and_hides_what_is_for_watchers(tmp_path):
    from matching.api.public_routes import PUBLIC

    caddyfile = (TOP / "deploy/Caddyfile").read_text(encoding="utf-8")
    streams = set()
    for path in (TOP / "matching/api/pages").glob("*.py"):
        code = path.read_text(encoding="utf-8")
        if "streams" in code:
            streams |= set(re.findall(r'@router\.get\("(/[\w/]*live)"', code))
    assert streams
    assert set(re.search(r"@whole not path (.+)", caddyfile)[1].split()) == streams
    hidden = set(re.search(r"@inside path (.+)", caddyfile)[1].split())
    assert hidden == {"/metrics", "/readyz", "/healthz"} <= set(PUBLIC)


def test_the_scripts_are_well_formed():
    for script in (TOP / "deploy").glob("*.sh"):
        subprocess.run(["bash", "-n", script], check=True)
