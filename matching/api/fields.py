"""Fields that forms share, for pages and programs alike: how long, in what range, what becomes of what was typed."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from matching.privacy.masking import normal_phone
from matching.privacy.readable import readable

ENOUGH = 10  # characters of a note that others can learn from (docs/domain.md §2, complete)


def _long_enough(text: str) -> str:
    if len(text) < ENOUGH:
        raise PydanticCustomError("note_too_short", "write {min} characters or more", {"min": ENOUGH})
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("line_breaks")
    return text


def between(least: float, most: float) -> tuple[AfterValidator, Any]:
    """Refuses what lies outside, and says the range to programs."""

    def check(number: float) -> float:
        if not least <= number <= most:
            raise PydanticCustomError("out_of_range", "from {min} to {max}", {"min": least, "max": most})
        return number

    return AfterValidator(check), Field(json_schema_extra={"minimum": least, "maximum": most})


def _phone(text: str) -> str:
    try:
        return normal_phone(text) if text else ""
    except ValueError:
        raise ValueError("bad_phone") from None


def blank_is_none(typed: Any) -> Any:
    """What is left blank in a form was not said."""
    return None if isinstance(typed, str) and not typed.strip() else typed


def _readable(typed: Any) -> Any:
    return readable(typed) if isinstance(typed, str) else typed


def _filled(typed: Any) -> Any:
    return [one for one in typed if one != ""] if isinstance(typed, list) else typed


OneLine = AfterValidator(_one_line)
Filled = BeforeValidator(_filled)  # of a list: what is left blank in a form was not said
Readable = BeforeValidator(_readable)  # first: what is measured is what can be read
MayNote = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Readable]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Readable]
FullNote = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=1000),
    Readable,
    AfterValidator(_long_enough),
    Field(json_schema_extra={"minLength": ENOUGH}),
]
Need = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=300), Readable]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Readable]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Readable]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), AfterValidator(_phone)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable]
SlotCount = Annotated[int, *between(1, 99)]
Slots = Annotated[SlotCount | None, BeforeValidator(blank_is_none)]
Minutes = Annotated[int, *between(1, 1440)]
Level = Annotated[int, *between(1, 5)]
