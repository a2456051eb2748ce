"""The rounds of all members of a part, enumerated one task longer at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Flags, Ints
from matching.engine.sides.part import Part

A_MEMBER, ALL = 20_000, 1_500_000  # rounds at most; a member with more is taken pair by pair, with rows of their own


@dataclass(slots=True)
class Rounds:
    """`pairs[k]`: numbers of the pairs of round k, filled up with the number after the last pair. Of the rounds of one
    `group` at most one can be chosen (exactly one where it is forced). A group is a member, or one pair of a member
    who has too many rounds (`wide`)."""

    pairs: NDArray[np.int32]
    group: Ints  # ascending
    first: Ints  # of each group, its first round
    forced: Flags  # of each group
    wide: Ints  # members

    def __len__(self) -> int:
        return len(self.pairs)


def rounds_of(part: Part, a_member: int = A_MEMBER, all_of_them: int = ALL) -> Rounds:
    """All rounds; those of a member with pins hold the pinned pairs."""
    last = np.searchsorted(part.member, part.member, side="right")
    fit = np.flatnonzero((part.minutes <= part.cap_minutes[part.member]) & (part.caps[part.member] > 0))
    levels, minutes, ends = [fit[:, None]], part.minutes[fit], part.end[fit]
    count = np.bincount(part.member[fit], minlength=len(part.people))
    narrow = np.ones(len(part.people), np.bool_)
    total = len(fit)
    while len(levels[-1]):
        longest = levels[-1]
        tail = longest[:, -1]
        more = last[tail] - tail - 1
        more[part.caps[part.member[tail]] <= longest.shape[1]] = 0
        tries = np.bincount(part.member[tail], more, minlength=len(part.people)).astype(np.int64)
        narrow &= count + tries <= a_member
        if total + tries[narrow].sum() > all_of_them:
            narrow &= tries == 0
        more[~narrow[part.member[tail]]] = 0
        source = np.repeat(np.arange(len(longest)), more)
        added = tail[source] + 1 + np.arange(len(source)) - np.repeat(np.cumsum(more) - more, more)
        spent = minutes[source] + part.minutes[added]
        fits = (part.start[added] >= ends[source]) & (spent <= part.cap_minutes[part.member[added]])
        source, added, spent = source[fits], added[fits], spent[fits]
        levels.append(np.column_stack([longest[source], added]))
        minutes, ends = spent, np.maximum(ends[source], part.end[added])
        count += np.bincount(part.member[added], minlength=len(part.people))
        total += len(added)
    return _grouped(part, levels, narrow)


def _grouped(part: Part, levels: list[NDArray[np.intp]], narrow: Flags) -> Rounds:
    width = max(level.shape[1] for level in levels)
    pairs = np.concatenate(
        [
            np.pad(level, ((0, 0), (0, width - level.shape[1])), constant_values=part.size)
            for level in (levels[0], *(level[narrow[part.member[level[:, 0]]]] for level in levels[1:]))
        ]
    )
    member = part.member[pairs[:, 0]]
    pins = np.bincount(part.member, part.pinned, minlength=len(part.people))
    if pins.any():
        held = np.append(part.pinned, False)[pairs].sum(axis=1)
        kept = ~narrow[member] | (held == pins[member])
        pairs, member = pairs[kept], member[kept]
    group = np.where(narrow[member], member, len(part.people) + pairs[:, 0])
    order = np.argsort(group, kind="stable")
    pairs, group = pairs[order].astype(np.int32), group[order]
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else np.zeros(0, np.intp)
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(group))))
    forced = np.zeros(len(first), np.bool_)
    if pins.any():  # all rounds of a member with pins hold them, at any place
        forced = np.logical_or.reduceat(np.append(part.pinned, False)[pairs].any(axis=1), first)
    return Rounds(pairs, group, first.astype(np.int64), forced, np.flatnonzero(~narrow))
