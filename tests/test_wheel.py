"""What is installed from the wheel is whole: pages, static files and migrations come with it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import matching

TREE = Path(matching.__file__).parent.parent
TRY = """
import sys
from pathlib import Path
import matching
from matching import migrations
from matching.app import create_app
from matching.settings import Settings
assert Path(matching.__file__).is_relative_to(sys.argv[1]), matching.__file__
url = f"sqlite+aiosqlite:///{sys.argv[1]}/installed.db"
migrations.upgrade(url)
migrations.check(url)
create_app(Settings(var=Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installed wheel, far from the checkout."""
    made, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made], cwd=TREE, check=True)
    with zipfile.ZipFile(next(made.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    return folder


def test_the_wheel_brings_every_page_and_static_file(installed):
    for part in ("templates", "static", "locale"):
        ours = {path.relative_to(TREE / "web") for path in (TREE / "web" / part).rglob("*.*")}
        theirs = {path.relative_to(installed / "matching" / "_web") for path in installed.rglob(f"_web/{part}/**/*.*")}
        assert ours == theirs


def test_the_wheel_migrates_and_serves_without_the_checkout(installed, tmp_path):
    command = [sys.executable, "-c", TRY, str(installed)]
    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(installed), "PATH": ""}, check=True)


def test_the_wheel_holds_the_product_only(installed):
    assert {path.name for path in installed.iterdir()} >= {"matching"}
    assert not [path for path in installed.rglob("*") if path.name in {"tests", "benchmarks", "conftest.py"}]
