"""The best assignment of a batch: time and memory of exact flows, gaps under side rules.

Each size runs in a process of its own, so that its peak is its own. Machines are shared: beside the median stands how
many times as long it took as a fixed piece of work done between the rounds.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.batches import flow, side
from benchmarks.figures import Figure
from matching.engine.assigning import assign
from matching.engine.reading import read


class Size(NamedTuple):
    """Requests, members and pairs, with the limits on seconds and on megabytes (the whole process, reading too)."""

    requests: int
    members: int
    edges: int
    seconds: float
    megabytes: float | None = None


SIZES = (
    Size(100, 1_000, 3_000, 0.05), Size(1_000, 1_000, 50_000, 0.3), Size(10_000, 5_000, 300_000, 1.0, 256),
    Size(100_000, 50_000, 2_000_000, 15.0, 512),
)  # fmt: skip
SIDES = ((50, 100, 1.0), (50, 100, 1.5), (100, 200, 1.2), (200, 400, 1.0), (200, 400, 2.0), (400, 1000, 1.5))
SECONDS = 10.0


def run(quick: bool) -> Iterator[Figure]:
    """Flows of four sizes, then made-up afternoons of six."""
    with TemporaryDirectory() as folder:
        for size in SIZES[:3] if quick else SIZES:
            yield from _flow(size, Path(folder) / "batch.json")
    gaps, longest = [], 0.0
    for seed, (requests, members, tightness) in enumerate(SIDES[:3] if quick else SIDES):
        batch = read(StringIO(json.dumps(side(requests, members, seed, tightness=tightness)))).instance
        since = time.perf_counter()
        gaps.append(100 * assign(batch, SECONDS).solution.gap)
        longest = max(longest, time.perf_counter() - since)
    each = ", ".join(f"{gap:.3f}" for gap in gaps)
    yield Figure("side rules, mean gap in percent", mean(gaps), 0.5, note=each)
    yield Figure("side rules, worst gap in percent", max(gaps), 2.0, note=f"longest {longest:.1f} s")
    yield Figure("side rules, seconds at most", longest, SECONDS)


def _flow(size: Size, path: Path) -> Iterator[Figure]:
    with path.open("w") as file:
        file.writelines(flow(size.requests, size.members, size.edges, 1))
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.assign", str(path)], capture_output=True, text=True, check=True
    )
    told = json.loads(child.stdout)
    name = f"{size.requests:,} × {size.members:,}, {size.edges:,} pairs"
    note = f"{told['ratio']:.1f} × the fixed work; reading {told['reading']:.2f} s; gap {told['gap']}"
    yield Figure(f"{name}: seconds", told["solving"], size.seconds, note=note)
    if size.megabytes:
        yield Figure(f"{name}: megabytes at the peak", told["peak"], size.megabytes)


def main(path: str) -> None:
    """In the child: read once, assign up to five times or five seconds."""
    since = time.perf_counter()
    with open(path, encoding="utf-8") as file:
        instance = read(file).instance
    reading, solving, ratios = time.perf_counter() - since, [], []
    gap = 0.0
    while len(solving) < 5 and sum(solving) < 5:
        fixed = _fixed_work()
        since = time.perf_counter()
        gap = assign(instance).solution.gap
        solving.append(time.perf_counter() - since)
        ratios.append(solving[-1] / fixed)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    told = {"reading": reading, "solving": median(solving), "ratio": median(ratios), "peak": peak, "gap": gap}
    print(json.dumps(told))


def _fixed_work() -> float:
    """Seconds for sorting half a million numbers."""
    numbers = np.random.default_rng(1).integers(0, 1 << 40, 500_000)
    since = time.perf_counter()
    np.sort(numbers)
    return time.perf_counter() - since


if __name__ == "__main__":
    main(sys.argv[1])
