"""Arbitrary small batches for the solvers."""

import numpy as np
from hypothesis import strategies as st

from matching.engine.instance import Instance, Need, Sides

SKILLS = ("push", "speak")


def instance(slots: list[int], caps: list[int], pairs: list[tuple[int, int, int]], sides: Sides | None = None):
    """A batch of (request, member, value)."""
    columns = np.array(pairs, np.int64).reshape(-1, 3)
    return Instance(
        [f"r{n}" for n in range(len(slots))], [f"m{n}" for n in range(len(caps))], np.array(slots, np.int64),
        np.array(caps, np.int64), columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32),
        np.ascontiguousarray(columns[:, 2]), sides,
    )  # fmt: skip


@st.composite
def flows(draw: st.DrawFn, most: int = 7) -> Instance:
    """Slots and caps from 0, values below 0 among them."""
    slots = draw(st.lists(st.integers(0, 3), min_size=1, max_size=most))
    caps = draw(st.lists(st.integers(0, 3), min_size=1, max_size=most))
    places = [(request, member) for request in range(len(slots)) for member in range(len(caps))]
    chosen = draw(st.lists(st.sampled_from(places), unique=True, max_size=30))
    return instance(slots, caps, [(*pair, draw(st.integers(-5, 60))) for pair in chosen])


@st.composite
def crews(draw: st.DrawFn, pairs: int = 9) -> Instance:
    """A few pairs under all rules: windows that overlap, few minutes, crews with a skill and of several branches."""
    bare = draw(flows(4))
    wanted, people = len(bare.slots), len(bare.cap_tasks)
    kept = slice(0, pairs)
    bare.request, bare.member, bare.value = bare.request[kept], bare.member[kept], bare.value[kept]

    def column(values: st.SearchStrategy[int], length: int) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=length, max_size=length)), np.int64)

    start = column(st.integers(0, 6), wanted)
    needs = st.none() | st.builds(Need, st.sampled_from(SKILLS), st.integers(0, 2))
    skills = st.frozensets(st.sampled_from(SKILLS))
    bare.sides = Sides(
        start, start + column(st.integers(0, 4), wanted), column(st.integers(0, 3), wanted),
        column(st.integers(0, 6), people), column(st.integers(0, 1), people), column(st.integers(0, 3), wanted),
        draw(st.lists(needs, min_size=wanted, max_size=wanted)),
        draw(st.lists(st.none() | st.integers(0, 2), min_size=wanted, max_size=wanted)),
        draw(st.lists(skills, min_size=people, max_size=people)),
    )  # fmt: skip
    return bare
