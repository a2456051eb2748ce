"""The form of a post, checked alike for pages and for programs."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from matching.api.fields import Code, OneLine, Readable
from matching.notices.model import LONGEST_READING, PostKind


def _https(link: str) -> str:
    """Only encrypted addresses with a host and without a password in them; '' for none."""
    try:
        parts = urlsplit(link)
    except ValueError:
        raise ValueError("bad_link") from None
    strange = any(char.isspace() or char in "\"'<>\\`" for char in link)
    if link and (parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or strange):
        raise ValueError("bad_link")
    return link


def _sensible(minutes: int) -> int:
    if not 0 <= minutes <= LONGEST_READING:
        raise PydanticCustomError("out_of_range", "from {min} to {max}", {"min": 0, "max": LONGEST_READING})
    return minutes


class PostForm(BaseModel):
    """What is published, and to whom: everybody below a unit, named by its code."""

    model_config = ConfigDict(extra="ignore")

    kind: PostKind
    unit: Code
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Readable, OneLine]
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), Readable] = ""
    link: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Readable, AfterValidator(_https)] = (
        ""
    )
    minutes: Annotated[
        int, AfterValidator(_sensible), Field(json_schema_extra={"minimum": 0, "maximum": LONGEST_READING})
    ] = 0
