"""The labelled filings: the sample that came with the product and texts held out from its making."""

import json
from pathlib import Path

import pytest

from matching.privacy.texts import fold

HERE = Path(__file__).parent
SETS = {
    "sample": HERE.parent.parent / "matching" / "demo" / "data" / "wishes.jsonl",
    "held_out": HERE / "data" / "held_out.jsonl",
    "second": HERE / "data" / "second.jsonl",
    "third": HERE / "data" / "third.jsonl",
    "fourth": HERE / "data" / "fourth.jsonl",
    "ordinary": HERE / "data" / "ordinary.jsonl",
}


def labelled(name):
    return [json.loads(line) for line in SETS[name].read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def filings():
    """All labelled texts, folded and in lower case, need and reason as they are read together."""
    return [fold(f"{w['need']}\n{w['reason']}").lower() for name in SETS for w in labelled(name)]
