"""Made-up batches in the format match-instance/1, as a busy hospital might have them, from a seed. Sizes vary freely.

Requests crowd into two rushes of the day; members are free in one to three stretches; values come from urgency and a
made-up probability of a yes that falls with the distance. `tightness` 1 has about as many slots as tasks that members
may take; more is a shortage.
"""

from collections.abc import Iterator
from math import exp, hypot
from random import Random
from typing import Any

import numpy as np

Instance = dict[str, Any]
SKILLS = ("wheelchair", "escort", "interpret", "first_aid", "comfort", "lecture", "it", "repair")
SHARE = (0.5, 0.6, 0.15, 0.25, 0.4, 0.1, 0.2, 0.15)  # of members who hold it
DAY = 600  # minutes from the batch's moment
URGENCY = (0.6, 1.0, 1.6, 2.5)


def side(requests: int, members: int, seed: int, edges: int = 35, tightness: float = 1.0) -> Instance:
    """A batch with side rules: about `edges` pairs a request, crowded windows, crews on half of the requests."""
    dice = Random(seed)
    people = [_member(dice, number, max(2, members // 25)) for number in range(members)]
    tasks = sum(one["cap_tasks"] for one in people)
    mean_slots = max(1.0, min(6.0, tightness * tasks / requests))
    wanted = [_request(dice, number, mean_slots) for number in range(requests)]
    pairs = [pair for request in wanted for pair in _pairs(dice, request, people, edges)]
    return {"track": "side", "members": people, "requests": wanted, "edges": pairs}


def flow(requests: int, members: int, edges: int, seed: int) -> Iterator[str]:
    """The text of a batch with slots and caps only, in pieces: pairs by chance, values as urgency times a chance."""
    dice = np.random.default_rng(seed)
    keys = np.unique(dice.integers(0, requests * members, edges))
    dice.shuffle(keys)
    request, member = keys // members, keys % members
    urgency = np.array(URGENCY)[dice.integers(0, 4, requests)]
    value = np.rint(1000 * urgency[request] * dice.beta(2, 4, len(keys))).astype(np.int64)
    yield '{"track": "flow", "members": ['
    rest = '"skills": ["escort", "push"], "gender": "f", "dialects": [], "free": [[0, 240], [300, 600]]'
    for number, cap in enumerate(dice.integers(1, 4, members).tolist()):
        yield f'{", " if number else ""}{{"id": {number}, "cap_tasks": {cap}, "cap_minutes": 240, {rest}}}'
    yield '], "requests": ['
    rest = '"skills": ["escort"], "window": [30, 90], "minutes": 45, "strict": {"gender": false}'
    for number, slots in enumerate(dice.integers(1, 4, requests).tolist()):
        yield f'{", " if number else ""}{{"id": {number}, "slots": {slots}, {rest}}}'
    yield '], "edges": ['
    for at, row in enumerate(zip(request.tolist(), member.tolist(), value.tolist(), strict=True)):
        yield f"{', ' if at else ''}[{row[0]}, {row[1]}, {row[2]}]"
    yield "]}"


def _member(dice: Random, number: int, branches: int) -> Instance:
    skills = [skill for skill, share in zip(SKILLS, SHARE, strict=True) if dice.random() < share]
    free = []
    at = dice.randrange(0, 120)
    for _ in range(dice.randint(1, 3)):
        end = at + dice.choice((90, 120, 180, 240, 360))
        free.append([at, min(end, DAY)])
        at = end + dice.choice((30, 60, 120))
        if at >= DAY:
            break
    asked = dice.randrange(30)
    return {
        "id": number, "branch": dice.randrange(branches), "zone": _zone(dice), "skills": skills,
        "gender": "f" if dice.random() < 0.7 else "m", "dialects": ["粤语"] if dice.random() < 0.2 else [],
        "free": free, "cap_tasks": dice.choice((1, 1, 2, 2, 3)), "cap_minutes": dice.choice((60, 90, 120, 180, 240)),
        "load14_h": dice.randrange(12), "asked72": dice.randrange(5), "asked": asked,
        "accepted": dice.randint(0, asked), "cat_hist": {},
    }  # fmt: skip


def _request(dice: Random, number: int, mean_slots: float) -> Instance:
    minutes = dice.choice((15, 20, 30, 30, 45, 60, 90, 120))
    rush = dice.choice((90, 330)) if dice.random() < 0.6 else dice.randrange(60, DAY - 60)
    start = min(max(0, int(dice.gauss(rush, 45)) // 5 * 5), DAY - minutes)
    slots = max(1, round(dice.expovariate(1 / mean_slots)))
    skill = dice.choice(SKILLS)
    crew = slots > 1
    least = dice.randint(2, slots) if crew and dice.random() < 0.5 else 1
    return {
        "id": number, "category": skill, "urgency": dice.choices(range(4), (3, 4, 2, 1))[0], "zone": _zone(dice),
        "skills": [skill] if dice.random() < 0.6 else [],
        "window": [start, min(DAY, start + minutes + dice.choice((0, 0, 15, 30)))], "minutes": minutes,
        "slots": slots, "min_fill": least,
        "need": {"skill": dice.choice(SKILLS), "n": dice.randint(1, max(1, slots // 2))}
        if crew and dice.random() < 0.4 else None,
        "max_per_branch": dice.randint(1, 2) if crew and dice.random() < 0.3 else None,
        "prefs": {"gender": dice.choice("fm"), "dialect": None}, "strict": {"gender": dice.random() < 0.1},
    }  # fmt: skip


def _pairs(dice: Random, request: Instance, people: list[Instance], edges: int) -> Iterator[list[int]]:
    start, end = request["window"]
    fit = [
        one
        for one in people
        if set(request["skills"]) <= set(one["skills"])
        and any(since <= start and end <= until for since, until in one["free"])
        and (not request["strict"]["gender"] or one["gender"] == request["prefs"]["gender"])
    ]
    for one in dice.sample(fit, min(len(fit), dice.randint(edges * 4 // 7, edges * 10 // 7))):
        way = hypot(one["zone"][0] - request["zone"][0], one["zone"][1] - request["zone"][1])
        skill = (one["accepted"] + 1) / (one["asked"] + 3)
        p = 1 / (1 + exp(0.5 - 3 * skill + 0.2 * way + 0.15 * one["asked72"]))
        yield [request["id"], one["id"], round(1000 * URGENCY[request["urgency"]] * p)]


def _zone(dice: Random) -> list[int]:
    return [dice.randrange(8), dice.randrange(8)]
