"""The requests of a run: when they come, what they ask for, where and by when. The same for every policy."""

from dataclasses import dataclass

import numpy as np

from matching.simulation.world import Kind, World

DAY = 1440.0
WOMEN_WISHED = 0.8  # assumption: of those who wish for a gender, as in world.toml's requests.wish_gender
DIALECT = "方言-邵阳话"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request. Moments are minutes from midnight of day 0, a Monday, when it has been dispatched."""

    id: int
    at: float
    kind: Kind
    service: int  # index of the kind
    house: str  # empty: outside
    window: tuple[float, float] | None
    minutes: int
    slots: int
    due: float  # after that nobody need come: the window's start, or the tier's handling limit
    branch: int  # the general branch it was dispatched to; 0: the hospital
    gender: str
    strict: bool
    dialect: str


def requests(world: World, seed: int, days: int, first: int = 0) -> list[Wanted]:
    """Everything that comes in `days` days from day `first` (a Monday) on, in order of time. The same for the same
    seed."""
    dice = np.random.default_rng([seed, 1])
    weekday = 7 / (5 + 2 * world.of("size.weekend"))
    hours = np.array(world.row("requests.hours"))
    moments: list[float] = []
    for day in range(first, first + days):
        mean = world.of("size.arrivals") * (weekday if day % 7 < 5 else weekday * world.of("size.weekend"))
        count = int(dice.poisson(mean))
        hour = dice.choice(24, size=count, p=hours / hours.sum())
        moments += list(day * DAY + hour * 60 + dice.uniform(0, 60, size=count))
    counts = np.array([kind.often for kind in world.kinds])
    services = dice.choice(len(world.kinds), size=len(moments), p=counts / counts.sum())
    return [
        _one(world, number, float(at), int(service), dice)
        for number, (at, service) in enumerate(zip(sorted(moments), services, strict=True), start=1)
    ]


def _one(world: World, number: int, at: float, service: int, dice: np.random.Generator) -> Wanted:
    kind = world.kinds[service]
    tier = kind.tier - 1
    minutes = int(world.row("tiers.minutes")[tier])
    window = _window(world, kind, at, minutes, dice)
    house, filed = "", np.array([one.filed for one in world.houses.values()])
    drawn_house = str(dice.choice(list(world.houses), p=filed / filed.sum()))
    house = "" if kind.partner else drawn_house
    within = dice.random() < world.of("requests.branch_share")
    wishes, woman, strict, dialect = dice.random(4)
    wished = wishes < world.of("requests.wish_gender")
    return Wanted(
        id=number, at=at, kind=kind, service=service, house=house, window=window, minutes=minutes, slots=kind.slots,
        due=window[0] if window else at + world.row("tiers.handle")[tier],
        branch=world.houses[house].branch if house and within else 0,
        gender=("f" if woman < WOMEN_WISHED else "m") if wished else "",
        strict=bool(wished and strict < world.of("requests.strict")),
        dialect=DIALECT if dialect < world.of("requests.wish_dialect") and not kind.partner else "",
    )  # fmt: skip


def _window(world: World, kind: Kind, at: float, minutes: int, dice: np.random.Generator) -> tuple[float, float] | None:
    named, ahead, long = dice.random(3)
    if named >= kind.window:
        return None
    if kind.partner:
        days = float(np.interp(ahead, np.linspace(0.05, 0.95, 8), world.row("requests.lead_partner")))
        start = (at // DAY + round(days)) * DAY + (9 if long < 0.6 else 14) * 60  # demo data: 9:00 and 14:00 lead
        return start, start + minutes
    lead = float(np.interp(ahead, (0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95), world.row("requests.lead")))
    start = round((at + lead * 60) / 30) * 30.0
    of_day = min(max(start % DAY, 8 * 60), 18 * 60)  # wishes are for the day
    start = max(start // DAY * DAY + of_day, at + 20)
    return start, start + max(
        minutes, float(np.interp(long, (0.1, 0.25, 0.5, 0.75, 0.9), world.row("requests.window")))
    )
