"""The arithmetic of points and stars: pure. Minutes in, centipoints (whole hundredths of a point) out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from matching.recognition.model import PointsRules

STARS = (100, 300, 600, 1000, 1500)  # hours served in all, for one to five stars (docs/domain.md §7)


@dataclass(frozen=True)
class Rules:
    """A version of the rules; these are the ones without any row: 1 point an hour, at most 2 h an activity."""

    version: int = 0
    centipoints_an_hour: int = 100
    cap_minutes: int = 120


def in_force(versions: Sequence[PointsRules], on: date) -> Rules:
    """The rules of that day: of those that had begun the one that began last, of equal ones the newest."""
    begun = [one for one in versions if one.since <= on]
    if not begun:
        return Rules()
    last = max(begun, key=lambda one: (one.since, one.version))
    return Rules(last.version, last.centipoints_an_hour, last.cap_minutes)


def centipoints(minutes: int, coefficient: float, rules: Rules) -> int:
    """What minutes of one activity or request are worth, rounded half up to a hundredth of a point.

    The cap goes first, then the difficulty: 3 h of a 1.5 service are 2 h × 1.5 = 3 points.
    """
    counted = min(minutes, rules.cap_minutes)
    exact = Decimal(counted * rules.centipoints_an_hour) * Decimal(f"{coefficient:.2f}") / 60
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def star(minutes: int) -> int:
    """0 to 5, by all the minutes ever served."""
    return sum(minutes >= hours * 60 for hours in STARS)


def missing(minutes: int) -> int | None:
    """Minutes to the next star; None with five."""
    return next((hours * 60 - minutes for hours in STARS if minutes < hours * 60), None)


def hours(minutes: int) -> str:
    """With one decimal, rounded half up: 90 → '1.5' (docs/domain.md §7)."""
    return str((Decimal(minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP))


def points(amount: int) -> str:
    """Centipoints as people read them: 150 → '1.5', 125 → '1.25', 200 → '2'."""
    return f"{Decimal(amount) / 100:.2f}".rstrip("0").rstrip(".")
