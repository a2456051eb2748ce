"""Times of the day in forms: '22:00' stands for minutes after midnight in Shanghai."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?::\d\d)?")


def minutes(typed: Any) -> Any:
    """'22:00' → 1320; None stays. Raises ValueError("bad_clock")."""
    if typed is None or isinstance(typed, int):
        return typed
    found = CLOCK.fullmatch(str(typed).strip())
    if found is None:
        raise ValueError("bad_clock")
    return int(found[1]) * 60 + int(found[2])


def clock(of_day: int | None) -> str:
    """1320 → '22:00'; nothing for None."""
    return "" if of_day is None else f"{of_day // 60:02}:{of_day % 60:02}"


OfDay = Annotated[
    Annotated[int, Field(ge=0, le=1439)] | None,
    BeforeValidator(minutes, json_schema_input_type=str | None),
]
