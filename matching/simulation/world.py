"""A world: what `world.toml` says of a made-up hospital, read and checked; and worlds drawn from its ranges."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HOME = Path(__file__).with_name("world.toml")
SECTIONS = ("size", "accept", "answer", "leave", "people", "requests", "tiers")


class House(NamedTuple):
    """A building: where it stands, in walks; whose general branch; how many filings come from it."""

    at: tuple[float, float]
    branch: int
    filed: float


class Family(NamedTuple):
    """A profession: its share of the members, and within it the share of women, patterns, houses and skills."""

    name: str
    share: float
    women: float
    patterns: dict[str, float]
    houses: dict[str, float]
    skills: dict[str, float]


class Kind(NamedTuple):
    """A service: tier 1 to 4, any one of the skills, slots, how often, and how many name a window (0 to 1)."""

    code: str
    tier: int
    skills: frozenset[str]
    often: float
    slots: int = 1
    window: float = 1.0
    partner: bool = False


class WrongWorld(ValueError):
    """A world file that lacks something; the message names it."""


@dataclass(frozen=True)
class World:
    """`at` holds the numbers by 'section.name' as the file has them; their units and sources stand there."""

    name: str
    at: dict[str, Any]
    houses: dict[str, House]
    families: tuple[Family, ...]
    kinds: tuple[Kind, ...]

    def of(self, key: str) -> float:
        """One number."""
        return float(self.at[key])

    def row(self, key: str) -> tuple[float, ...]:
        """A row of numbers."""
        return tuple(float(one) for one in self.at[key])

    def with_(self, name: str | None = None, **changed: float) -> "World":
        """The same world but for these: `size_members=200` stands for 'size.members'."""
        told = {key.replace("_", ".", 1): value for key, value in changed.items()}
        if unknown := set(told) - set(self.at):
            raise WrongWorld(f"no such number: {', '.join(sorted(unknown))}")
        return World(name or self.name, {**self.at, **told}, self.houses, self.families, self.kinds)


def read(path: Path = HOME) -> World:
    """The world of a file laid out as `world.toml`. Raises WrongWorld where something is missing or without source."""
    told = _file(path)
    try:
        at = {key: entry["value"] for key, entry in _numbers(told)}
        houses = {name: House((one["at"][0], one["at"][1]), one["branch"], one["filed"])
                  for name, one in told["houses"].items()}  # fmt: skip
        families = tuple(Family(name, **one) for name, one in told["families"].items())
        kinds = tuple(
            Kind(code, **{**one, "skills": frozenset(one["skills"])}) for code, one in told["services"].items()
        )
    except (KeyError, TypeError) as error:
        raise WrongWorld(f"{path.name}: {error}") from None
    name = "home" if path == HOME else path.stem
    return World(name, at, houses, families, kinds)


def drawn(number: int, path: Path = HOME) -> World:
    """A world nobody tuned on: every number that has a range is drawn evenly from it; skills and services are shaken
    by the two drawn spreads. The same number gives the same world for ever."""
    home = read(path)
    dice = np.random.default_rng([2026, number])
    at = dict(home.at)
    for key, entry in _numbers(_file(path)):
        if "range" in entry:
            at[key] = float(dice.uniform(*entry["range"]))
        elif "factor" in entry:
            at[key] = [value * float(dice.uniform(*entry["factor"])) for value in entry["value"]]
    shaken = [float(value) for value in dice.normal(0, at["requests.spread"], len(home.kinds))]
    kinds = tuple(one._replace(often=one.often * float(np.exp(by))) for one, by in zip(home.kinds, shaken, strict=True))
    families = tuple(
        one._replace(skills={
            skill: min(1.0, share * float(np.exp(dice.normal(0, at["people.spread"]))))
            for skill, share in one.skills.items()
        })
        for one in home.families
    )  # fmt: skip
    return World(f"held out {number}", at, home.houses, families, kinds)


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongWorld(f"{path.name}: {error}") from None


def _numbers(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every number of the file with its source."""
    found = []
    for section in SECTIONS:
        for name, entry in told.get(section, {}).items():
            if not isinstance(entry, dict) or "value" not in entry or not entry.get("source"):
                raise WrongWorld(f"{section}.{name}: value and source are needed")
            found.append((f"{section}.{name}", entry))
    return found
