"""Single values of match-instance/1: what they must be. All raise BadInstance with the place they were given."""

from typing import Any

from matching.engine.instance import BadInstance, Id, Need

MOST = 1 << 40  # of a value, slots, minutes …: sums stay exact in 64 bits


def shown(value: Any) -> str:
    """A value as it stands in a complaint."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def or_0(value: Any) -> Any:
    """0 where nothing is said."""
    return 0 if value is None else value


def a_list(value: Any, where: str) -> list[Any]:
    """The value, if it is a list."""
    if not isinstance(value, list):
        raise BadInstance(where, f"a list was expected, found {shown(value)}")
    return value


def an_object(value: Any, where: str) -> dict[str, Any]:
    """The value, if it is an object; nothing is an empty one."""
    if value is not None and not isinstance(value, dict):
        raise BadInstance(where, f"an object was expected, found {shown(value)}")
    return value or {}


def words(value: Any, where: str) -> list[Id]:
    """The value, if it is a list of texts (or of integers); nothing is an empty one."""
    value = [] if value is None else value
    for one in a_list(value, where):
        if not isinstance(one, str | int):
            raise BadInstance(where, f"texts were expected, found {shown(one)}")
    found: list[Id] = value
    return found


def branch(value: Any, at: int) -> Id | None:
    """The value, if it may name a branch."""
    if value is not None and not isinstance(value, str | int):
        raise BadInstance(f"members[{at}].branch", f"an integer or a text was expected, found {shown(value)}")
    return value


def span(value: Any, where: str) -> tuple[int, int]:
    """Start and end."""
    if not isinstance(value, list) or len(value) != 2 or any(type(one) is not int or abs(one) >= MOST for one in value):
        raise BadInstance(where, f"[start, end] in minutes was expected, found {shown(value)}")
    start, end = value
    if end < start:
        raise BadInstance(where, f"ends before it starts: {shown(value)}")
    return start, end


def need_of(value: Any, where: str) -> Need | None:
    """Rule 7 of a request, where it has one."""
    if value is None:
        return None
    row = an_object(value, where)
    skill, least = row.get("skill"), row.get("n")
    if not isinstance(skill, str | int) or type(least) is not int or least < 0:
        raise BadInstance(where, f'{{"skill": …, "n": …}} or null was expected, found {shown(value)}')
    return Need(skill, least)
