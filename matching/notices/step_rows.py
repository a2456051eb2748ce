"""What a Step says: which row of the table in `audience.py` it falls under, and which unit its sentences name."""

from collections.abc import Mapping
from typing import Any

from matching.people.actor import Kind
from matching.requests.history import MOST_RETURNS
from matching.requests.states import State

WAITING = frozenset({State.submitted, State.needs_info, State.accepted})


def row_of(
    verb: str, from_state: str, to_state: str, by_kind: str, detail: Mapping[str, Any], *,
    emergency: bool = False, returns: int = 0,
) -> str:  # fmt: skip
    """The key of the row for a Step that says this of a request that shows signs of an emergency, or came back so often
    by then."""
    waiting, bad = from_state in WAITING, to_state == State.rectifying
    match verb:
        case "file" if emergency:
            return "file_emergency"
        case "return_order" if returns >= MOST_RETURNS:
            return "return_order_last"
        case "answer_extension":
            return "extension_granted" if detail["granted"] else "extension_refused"
        case "answer_misjudgement":
            return "misjudgement_approved" if detail["approved"] else "misjudgement_refused"
        case "rate" | "rate_again" if bad:
            return f"{verb}_badly"
        case "rectify" if bad:
            return "rectify_misjudged"
        case "release" if detail.get("helper"):
            return "release_helper"
        case "hand_back" if from_state != to_state:
            return "hand_back_not_contacted"
        case "urge":
            return ("urge_late" if by_kind == Kind.system else "urge") + ("_waiting" if waiting else "")
        case "correct" | "withdraw" | "public_list" if waiting:
            return f"{verb}_waiting"
    return verb


def unit_told(verb: str, step_unit_id: int | None, detail: Mapping[str, Any], stands_in: int) -> int:
    """The id of the unit that `{unit}` names: where it was sent, who sent it back, else where the request stands."""
    if step_unit_id is not None:
        return step_unit_id
    before: int | None = detail.get("before") if verb == "return_order" else None
    return stands_in if before is None else before
