"""What pydantic found wrong, said with our codes: one sentence a field, in words a nurse understands."""

from collections.abc import Sequence
from typing import Any

from matching.errors import CODES, Refused

BY_TYPE = {
    "missing": "required",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "required",
    "too_long": "too_many_items",
    "enum": "not_a_choice",
    "literal_error": "not_a_choice",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "int_from_float": "not_a_number",
    "float_parsing": "not_a_number",
    "finite_number": "not_a_number",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "bool_parsing": "not_a_choice",
    "bool_type": "not_a_choice",
    "timezone_aware": "time_zone_needed",
    "date_type": "bad_day",
    "date_parsing": "bad_day",
    "date_from_datetime_parsing": "bad_day",
    "date_from_datetime_inexact": "bad_day",
    "time_type": "bad_clock",
    "time_parsing": "bad_clock",
    "string_unicode": "bad_encoding",
}


def refusals(errors: Sequence[Any]) -> dict[str, Refused]:
    """Field name → refusal, the first one of each field. A validator of ours raises ValueError(code)."""
    found: dict[str, Refused] = {}
    for error in errors:
        name = ".".join(str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}) or "body"
        found.setdefault(name, _refusal(name, error))
    return found


def _refusal(name: str, error: Any) -> Refused:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        raised = context.get("error")
        if isinstance(raised, Refused):
            return raised
        code = str(raised)
        return Refused(code if code in CODES else "not_a_choice", field=name)
    if kind in CODES and kind not in BY_TYPE:  # a validator of ours that says more than a code
        return Refused(kind, field=name, **context)
    if kind == "extra_forbidden":
        return Refused("unknown_field", field=name, name=name)
    code = BY_TYPE.get(kind, "bad_time" if "date" in kind or "time" in kind else "not_a_choice")
    if code == "too_short":
        typed = error.get("input")
        if isinstance(typed, str) and not typed.strip():
            return Refused("required", field=name)
        return Refused(code, field=name, min=context.get("min_length"))
    if code == "too_long":
        return Refused(code, field=name, max=context.get("max_length"), n=len(error.get("input") or ""))
    if code == "too_many_items":
        return Refused(code, field=name, max=context.get("max_length"))
    if code == "out_of_range":
        return Refused(code, field=name, min=context.get("ge", 1), max=context.get("le", "…"))
    return Refused(code, field=name)
