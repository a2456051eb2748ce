"""The hard rules of docs/style.md, read off the code itself. (That imports go down: see import-linter's contract.)"""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from fastapi.routing import iter_route_contexts
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy.orm import configure_mappers
from sqlmodel.main import default_registry

import matching
from matching.requests.states import MOVES, VERBS
from matching.settings import Settings

HOUSE = Path(matching.__file__).parent
TREE = HOUSE.parent
DOORS = {
    "__main__.py",
    "app.py",
    "commands",
    "printed.py",
    "serving.py",
    "api",
    "workers",
}  # where the outside comes in
SOURCES = sorted(path.relative_to(HOUSE) for path in HOUSE.rglob("*.py"))
ROOMS = [path for path in SOURCES if path.parts[0] not in {*DOORS, "migrations"}]
SESSIONLESS = [path for path in ROOMS if path.name in {"model.py", "policy.py", "states.py", "claims.py", "steps.py"}]
TEMPLATES = sorted((TREE / "web" / "templates").rglob("*.*"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((HOUSE / path).read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Full names of what the module imports, `package.module.name`."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def called(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call with its written name, `session.commit`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def written(path: Path, attribute: str) -> Iterator[str]:
    """The functions that assign `….attribute`."""
    for function in ast.walk(tree(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == attribute:
                    yield function.name


def in_tree() -> list[Path]:
    """Every file that is committed or would be."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=TREE, check=True, capture_output=True, text=True).stdout.split("\0")
    return [TREE / name for name in names if name and (TREE / name).is_file()]


# 1. Rooms know neither doors nor, where they think, the database.


@pytest.mark.parametrize("path", ROOMS, ids=str)
def test_a_room_knows_no_door(path):
    foreign = {"fastapi", "starlette", "jinja2", "arq", "redis", "uvicorn"}
    assert not {name for name in imported(path) if name.split(".")[0] in foreign}


@pytest.mark.parametrize("path", SESSIONLESS, ids=str)
def test_models_and_policies_hold_no_session(path):
    assert not {name for name in imported(path) if re.search(r"[sS]ession|sqlalchemy\.ext\.asyncio", name)}
    assert "session" not in {node.arg for node in ast.walk(tree(path)) if isinstance(node, ast.arg)}


# 2. One place commits, one place writes a state, nothing is loaded unasked.


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] not in {"db", "migrations"}], ids=str)
def test_only_the_database_module_commits(path):
    commits = r".*\.commit|.*(session|connection|engine)\.begin(_nested)?"
    assert not [name for name, _call in called(path) if re.fullmatch(commits, name)]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] != "migrations"], ids=str)
def test_only_move_writes_a_state(path):
    assert set(written(path, "state")) <= ({"_move"} if path.parts[0] not in DOORS else set())
    for name, call in called(path):
        if name == "setattr":
            assert "state" not in [part.value for part in call.args if isinstance(part, ast.Constant)]
        if name.endswith(".values") and "update(" in name:
            assert "state" not in [keyword.arg for keyword in call.keywords]
    texts = [node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)]
    assert not [text for text in texts if isinstance(text, str) and re.search(r"\bSET\s+state\s*=", text, re.I)]


def test_relations_are_never_loaded_unasked():
    for module in walk_packages(matching.__path__, "matching."):
        if module.name.split(".")[-1] not in {"__main__", "env"} and "migrations" not in module.name:
            import_module(module.name)
    configure_mappers()
    loading = [relation for mapper in default_registry.mappers for relation in mapper.relationships]
    assert loading
    assert not [str(relation) for relation in loading if relation.lazy != "raise"]


# 3. A route knows who asks, or is public on purpose.


def routes(tmp_path: Path) -> dict[str, set[object]]:
    """Each path with everything that its routes depend on."""
    from matching.app import create_app

    def calls(dependant) -> set[object]:
        return {dependant.call}.union(*(calls(part) for part in dependant.dependencies))

    found: dict[str, list[set[object]]] = {}
    for route in iter_route_contexts(create_app(Settings(var=tmp_path)).routes):
        dependant = getattr(route, "dependant", None)
        found.setdefault(route.path, []).append(calls(dependant) if dependant else set())
    return {path: set.intersection(*depended) for path, depended in found.items()}


def test_every_route_asks_who_is_signed_in_or_is_listed_as_public(tmp_path):
    from matching.api.deps import signed_in
    from matching.api.public_routes import PUBLIC

    found = routes(tmp_path)
    open_to_all = {path for path, depended in found.items() if signed_in not in depended}
    assert open_to_all == set(PUBLIC)
    assert len(found) > len(open_to_all)


# 4. Every verb is tested by name.


@pytest.mark.parametrize("verb", MOVES)
def test_every_verb_has_a_name_and_a_test_file(verb):
    assert verb in VERBS
    path = TREE / "tests" / "requests" / f"test_{verb}.py"
    assert path.exists()
    assert "def test_" in path.read_text(encoding="utf-8")


# 5. Time is passed in, dice have a seed.


@pytest.mark.parametrize("path", [path for path in ROOMS if path != Path("clock.py")], ids=str)
def test_a_room_is_told_the_time_and_throws_no_dice(path):
    clocks = r"(datetime|date)\.(now|today|utcnow)|time\.time|clock\.now|func\.(now|current_timestamp)|random\..*"
    assert not [name for name, _call in called(path) if re.fullmatch(clocks, name)]
    assert not imported(path) & {"random", "matching.clock.now"}


# What is committed says nothing of where it was made, and pages hold to their security policy.


def test_no_file_names_a_machine_or_a_package_registry():
    machine = "/(?:work|farm|home|root|Users)/[a-z]"
    registry = r"https?://[^\s\"']*(?:pypi|pythonhosted|npmjs|registry|debian\.org|mirror)"
    named = []
    for path in in_tree():
        if path.suffix not in {".png", ".jpg", ".xlsx", ".ico", ".woff2", ".otf"}:
            text = path.read_text(encoding="utf-8")
            named += [f"{path.relative_to(TREE)}: {match}" for match in re.findall(f"{machine}|{registry}", text)]
    assert not named


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(TREE)))
def test_templates_hold_no_inline_script_or_style(path):
    inline = r"""<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\b(?:src=|type="application/))"""
    assert not re.findall(inline, path.read_text(encoding="utf-8"), re.I)


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", []), ("requirements-dev.lock", ["dev"])])
def test_the_locks_hold_every_dependency_by_hash_and_no_address(lock, groups):
    project = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for group in groups:
        wanted += project["dependency-groups"][group]
    text = (TREE / lock).read_text(encoding="utf-8")
    assert "://" not in text
    pinned = {}
    for entry in re.split(r"\n(?=\w)", text):
        name, version = re.match(r"([\w.-]+)(?:\[.*\])?==([\w.!+]+)", entry).groups() if "==" in entry else ("", "")
        if name:
            assert "--hash=sha256:" in entry, f"{name} has no hash"
            pinned[canonicalize_name(name)] = version
    for line in wanted:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0.dev0")), line
