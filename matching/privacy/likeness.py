"""How much a text sounds like a filed emergency: a sum of learned weights for words and pairs of words.

It helps `urgent` where the vocabulary has no word for a sign. The weights come from labelled filings and are made anew
by `benchmarks/learn_danger.py`; each can be read in vocabulary/danger.json (thousandths, above zero speaks for danger).
"""

import json
import math
import re
from importlib import resources
from itertools import pairwise

_NUMBER = re.compile(r"\d+")
_TOKEN = re.compile(r"[a-z']+|[^\sa-z']")


def features(text: str) -> set[str | tuple[str, str]]:
    """Return the single characters (of Latin script: words; of any number: one 0) of folded `text`, and their pairs."""
    tokens = _TOKEN.findall(_NUMBER.sub("0", text))
    return {*tokens, *pairwise(tokens)}


def likeness(text: str) -> float:
    """Return the probability, 0 to 1, that folded, lower-case `text` tells of an emergency."""
    known = _WEIGHTS.keys() & features(text)
    return 1 / (1 + math.exp(-(_BIAS + sum(map(_WEIGHTS.__getitem__, known)) / 1000)))


def _read(name: str) -> str | tuple[str, str]:
    one, between, two = name.partition(" ")
    return (one, two) if between else one


_LEARNED = json.loads(resources.files(__package__).joinpath("vocabulary", "danger.json").read_text("utf-8"))
_BIAS: float = _LEARNED["bias"] / 1000
_WEIGHTS: dict[str | tuple[str, str], int] = {_read(name): weight for name, weight in _LEARNED["weights"].items()}
