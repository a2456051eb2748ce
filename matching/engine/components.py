"""Parts of a batch that share neither a request nor a member, so that each can be solved on its own."""

import numpy as np
from numpy.typing import NDArray


def components(
    request: NDArray[np.int32], member: NDArray[np.int32], requests: int, members: int
) -> tuple[NDArray[np.int32], int]:
    """For each pair the number of its component, from 0 in the order of their first request; and how many there are.

    Every node takes the smallest label next to it, then its label's label, until nothing changes: a dozen passes over
    the pairs even where they form long chains.
    """
    label = np.arange(requests + members, dtype=np.int32)
    other = member + np.int32(requests)
    while True:
        least = np.minimum(label[request], label[other])
        before = label.copy()
        for end in (request, other):
            np.minimum.at(label, label[end], least)  # the root hears of it, and so all that point to the root
            np.minimum.at(label, end, least)
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        if np.array_equal(before, label):
            break
    roots, numbered = np.unique(label[request], return_inverse=True)
    return numbered.astype(np.int32), len(roots)
