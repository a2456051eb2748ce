"""The example rules ask for figures that exist, in files and pages that agree with each other."""

import re
from pathlib import Path

import pytest
import yaml

from matching import clock
from tests.cast import Doors

TOP = Path(__file__).parents[2]
NAMES = re.compile(r"\b(dianliang_\w+)")


def told(doors: Doors) -> set[str]:
    """Every name that /metrics gives, with a round of a job and a failed one."""
    metrics = doors.app.state.parts.metrics
    metrics.ran("announce", 0.1, 3)
    metrics.ran("announce", 0.1, None)
    doors.anybody().get("/wall")
    page = doors.call(metrics.page, doors.app.state.parts.database, clock.now())
    return set(re.findall(r"^(\w+)(?:\{| )", page.decode(), re.MULTILINE))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_figure_that_a_rule_or_the_operators_page_names_is_told(doors: Doors):
    names = told(doors)
    groups = yaml.safe_load((TOP / "deploy/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = {name for rule in rules for name in NAMES.findall(rule["expr"])}
    assert asked
    assert asked <= names
    assert all(rule["annotations"]["summary"] for rule in rules)
    page = (TOP / "docs/operations.md").read_text(encoding="utf-8")
    documented = {name for name in NAMES.findall(page) if not name.endswith("_seconds")}
    assert documented <= names
    assert "dianliang_http_request_duration_seconds_count" in names


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_figure_of_the_product_is_on_the_operators_page(doors: Doors):
    page = (TOP / "docs/operations.md").read_text(encoding="utf-8")
    for name in told(doors):
        if name.startswith("dianliang_"):
            plain = re.sub(r"_(count|sum|bucket)$", "", name)
            assert plain in page or plain.removeprefix("dianliang_job") in page, name
