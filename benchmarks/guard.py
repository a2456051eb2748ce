"""How long reading one filing takes: `python -m benchmarks.guard`. The limit is 1 ms for a text of 300 characters.

Prints microseconds per text (median and 99th percentile of five passes) for the sample and for texts drawn out to 300.
"""

import json
import statistics
import time
from pathlib import Path

from matching.privacy.guard import inspect

SAMPLE = Path(__file__).parent.parent / "matching" / "demo" / "data" / "wishes.jsonl"
LIMIT_US = 1000


def microseconds(texts: list[str], passes: int = 5) -> list[float]:
    """Return the best time of `passes` for each text, in microseconds."""
    best = [float("inf")] * len(texts)
    for _ in range(passes):
        for place, text in enumerate(texts):
            start = time.perf_counter_ns()
            inspect(text)
            best[place] = min(best[place], (time.perf_counter_ns() - start) / 1000)
    return sorted(best)


def main() -> None:
    """Print one line per kind of text."""
    wishes = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    typical = [f"{wish['need']}\n{wish['reason']}" for wish in wishes]
    joined = "，".join(typical)
    for name, texts in (
        ("as filed", typical),
        ("300 characters", [joined[at : at + 300] for at in range(0, len(joined) - 300, 300)]),
        ("300 digits", ["1990000" * 43]),
    ):
        times = microseconds(texts)
        last = times[min(len(times) - 1, int(len(times) * 0.99))]
        median = statistics.median(times)
        print(
            f"{name:15} n={len(times):4} median {median:7.1f} µs, 99 % {last:7.1f} µs, of limit {median / LIMIT_US:.2f}"
        )


if __name__ == "__main__":
    main()
