"""The members of a run: what the roster would say of them, and what nobody knows but the truth."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from matching.simulation.world import World

Numbers = npt.NDArray[np.float64]
LICENCE, RETIRED = "义诊资质", "退休"
FIRST_DAY = date(2026, 3, 2)  # a Monday, the first day of the demo's filings


@dataclass(frozen=True)
class Crew:
    """Everybody, by position. Rows of `taste` are members, columns services."""

    skills: list[frozenset[str]]
    licences: list[frozenset[str]]
    genders: list[str]
    patterns: list[str]
    houses: list[str]
    branches: list[int]
    leaves: list[list[tuple[date, date]]]
    own: Numbers  # logits: how readily they say yes
    taste: Numbers
    tolerance: Numbers  # recent asks without annoyance
    phase: npt.NDArray[np.int64]  # of those who work in three shifts: 0 to 3

    def __len__(self) -> int:
        return len(self.genders)


def hired(world: World, seed: int, days: int) -> Crew:
    """The members of a world for a run of so many days; the same for the same seed."""
    dice = np.random.default_rng([seed, 2])
    count = int(world.of("size.members"))
    shares = np.array([family.share for family in world.families])
    chosen = [world.families[one] for one in dice.choice(len(shares), size=count, p=shares / shares.sum())]
    rows = [_told(world, family.name, dice) for family in chosen]
    own = dice.normal(0, world.of("accept.person"), count)
    taste = dice.normal(0, world.of("accept.taste"), (count, len(world.kinds)))
    tolerance = world.of("leave.tolerance") * np.exp(dice.normal(0, world.of("leave.unlike"), count))
    return Crew(
        skills=[row[0] for row in rows], licences=[row[1] for row in rows], genders=[row[2] for row in rows],
        patterns=[row[3] for row in rows], houses=[row[4] for row in rows],
        branches=[world.houses[row[4]].branch for row in rows],
        leaves=[_leaves(world, days, dice) for _ in rows],
        own=own, taste=taste, tolerance=tolerance, phase=dice.integers(0, 4, count),
    )  # fmt: skip


def _told(world: World, name: str, dice: np.random.Generator) -> tuple[frozenset[str], frozenset[str], str, str, str]:
    family = next(one for one in world.families if one.name == name)
    skills = frozenset(skill for skill, share in family.skills.items() if dice.random() < share)
    valid = world.of("people.registered_retired" if name == RETIRED else "people.registered")
    licences = frozenset(one for one in sorted(skills) if one.startswith(LICENCE) and dice.random() < valid)
    gender = "f" if dice.random() < family.women else "m"
    return skills, licences, gender, _pick(family.patterns, dice), _pick(family.houses, dice)


def _pick(shares: dict[str, float], dice: np.random.Generator) -> str:
    weights = np.array(list(shares.values()))
    return list(shares)[int(dice.choice(len(weights), p=weights / weights.sum()))]


def _leaves(world: World, days: int, dice: np.random.Generator) -> list[tuple[date, date]]:
    """Weeks off, whole ones from Monday."""
    weeks = [week for week in range(-(-days // 7) + 6) if dice.random() < world.of("people.away")]
    return [(FIRST_DAY + timedelta(weeks=week), FIRST_DAY + timedelta(weeks=week, days=6)) for week in weeks]
