"""Learns the weights of `matching.privacy.likeness` from the labelled filings: `python -m benchmarks.learn_danger`.

Logistic regression with balanced classes and a small penalty, in plain Python and with a fixed order, so that the same
texts give the same weights. Prints how well each set is read by weights learned from the other sets only, then writes
vocabulary/danger.json from all of them.
"""

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from matching.privacy.likeness import features
from matching.privacy.texts import fold
from matching.privacy.urgent import is_emergency

ROOT = Path(__file__).parent.parent
LABELLED_BY_US = ("held_out", "second", "third", "fourth", "ordinary")
SETS = {
    "sample": ROOT / "matching" / "demo" / "data" / "wishes.jsonl",
    **{name: ROOT / "tests" / "privacy" / "data" / f"{name}.jsonl" for name in LABELLED_BY_US},
}
PARTNERS = ROOT / "matching" / "demo" / "data" / "partners.jsonl"
LEARNED = ROOT / "matching" / "privacy" / "vocabulary" / "danger.json"
ROUNDS, RATE, PENALTY = 30, 0.1, 0.0003

Labelled = list[tuple[str, bool]]


def read(name: str) -> Labelled:
    """Return (folded text, is an emergency) of one labelled set."""
    wishes = [json.loads(line) for line in SETS[name].read_text("utf-8").splitlines()]
    return [(fold(f"{wish['need']}\n{wish['reason']}").lower(), wish["emergency"]) for wish in wishes]


def teaching() -> Labelled:
    """Return what partners write of first aid and health lessons: full of signs, and never an emergency."""
    partners = [json.loads(line) for line in PARTNERS.read_text("utf-8").splitlines()]
    written = [p.get(part) or "" for p in partners for part in ("description", "note", "risks", "equipment")]
    return [(fold(text).lower(), False) for text in written if isinstance(text, str) and text]


def named(text: str) -> set[str]:
    """Return the features as they are written down: a pair with a blank between."""
    return {feature if isinstance(feature, str) else " ".join(feature) for feature in features(text)}


def learn(texts: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """Return weights per feature that occurs in two texts or more; the empty feature is the bias."""
    seen = [(sorted(named(text)), danger) for text, danger in texts]
    known = {feature for feature, times in Counter(f for fs, _ in seen for f in fs).items() if times > 1}
    rows = [(["", *(f for f in fs if f in known)], danger) for fs, danger in seen]
    dangers = sum(danger for _, danger in rows)
    share = {True: len(rows) / (2 * dangers), False: len(rows) / (2 * (len(rows) - dangers))}
    weights, squares = dict.fromkeys(["", *sorted(known)], 0.0), dict.fromkeys(["", *known], 1e-6)
    dice = random.Random(20260302)
    for _ in range(ROUNDS):
        dice.shuffle(rows)
        for row, danger in rows:
            likely = 1 / (1 + math.exp(-sum(weights[f] for f in row)))
            error = (likely - danger) * share[danger]
            for f in row:
                slope = error + PENALTY * weights[f] * len(row)
                squares[f] += slope * slope
                weights[f] -= RATE * slope / math.sqrt(squares[f])
    return weights


def likely(weights: dict[str, float], text: str) -> float:
    """Return the probability of an emergency by `weights`."""
    return 1 / (1 + math.exp(-(weights[""] + sum(weights.get(f, 0.0) for f in named(text)))))


def figures(name: str) -> tuple[float, float]:
    """Return (recall, share of false alarms) on one set, read with weights learned from the others only."""
    weights = learn([text for other in SETS if other != name for text in read(other)] + teaching())
    told = [(is_emergency(text, likely(weights, text)), danger) for text, danger in read(name)]
    right = [said for said, danger in told if danger]
    wrong = [said for said, danger in told if not danger]
    return sum(right) / max(1, len(right)), sum(wrong) / len(wrong)


def main() -> None:
    """Print the figures, write the weights."""
    for name in SETS:
        recall, alarms = figures(name)
        print(f"{name:9} unseen: recall {recall:.3f}, false alarms {alarms:.3f}")
    weights = learn([text for name in SETS for text in read(name)] + teaching())
    kept = {f: round(weight * 1000) for f, weight in sorted(weights.items()) if f and abs(weight) >= 0.02}
    lines = ",\n".join(f"{json.dumps(f, ensure_ascii=False)}: {weight}" for f, weight in kept.items())
    LEARNED.write_text(f'{{"bias": {round(weights[""] * 1000)}, "weights": {{\n{lines}\n}}}}\n', "utf-8")
    print(f"{len(kept)} weights written")


if __name__ == "__main__":
    main()
