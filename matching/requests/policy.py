"""Who may do what to a request: one table of role × verb, which is the policy, its tests and its page of the guide."""

from matching.people.actor import Actor, Kind
from matching.people.model import Role
from matching.requests.model import ServiceRequest
from matching.requests.states import State

CLAIMER, REQUESTER, SYSTEM = "claimer", "requester", "system"
RESPONSIBLE = frozenset(
    {State.dispatched, State.in_progress, State.parked, State.completed, State.rectifying, State.closed}
)
C, D, L, M = Role.committee, Role.dispatcher, Role.unit_lead, Role.member

# Roles count on a unit that covers the request's; a member's own unit must lie in the unit it was dispatched to.
MAY: dict[str, frozenset[str]] = {
    "file": frozenset({C, D, L, M, REQUESTER}),
    "ask_info": frozenset({C, D}),
    "supplement": frozenset({REQUESTER, D}),
    "correct": frozenset({REQUESTER}),
    "reject": frozenset({C, D}),
    "accept": frozenset({C, D}),
    "approve_wording": frozenset({C, D}),
    "dispatch": frozenset({C, D}),
    "final_ruling": frozenset({C}),
    "transfer": frozenset({C, D}),
    "sign_for": frozenset({L}),
    "return_order": frozenset({L}),
    "claim": frozenset({M, L}),
    "assign": frozenset({L, D}),
    "decline": frozenset({CLAIMER}),
    "release": frozenset({CLAIMER, L}),
    "start": frozenset({L}),
    "ask": frozenset({L, D, SYSTEM}),
    "thank": frozenset({SYSTEM}),
    "hand_back": frozenset({SYSTEM}),
    "move_up": frozenset({SYSTEM}),
    "seek_cover": frozenset({CLAIMER}),
    "cover": frozenset({M, L}),
    "nudge": frozenset({SYSTEM}),
    "offer_helper": frozenset({SYSTEM}),
    "help": frozenset({M, L}),
    "contact": frozenset({CLAIMER}),
    "extend": frozenset({CLAIMER, L}),
    "answer_extension": frozenset({C, D, REQUESTER}),
    "park": frozenset({L}),
    "resume": frozenset({L}),
    "complete": frozenset({CLAIMER, L}),
    "rate": frozenset({REQUESTER}),
    "rate_again": frozenset({REQUESTER}),
    "close": frozenset({SYSTEM}),
    "rectify": frozenset({L}),
    "answer_misjudgement": frozenset({C}),
    "reopen": frozenset({REQUESTER}),
    "withdraw": frozenset({REQUESTER}),
    "archive": frozenset({SYSTEM}),
    "urge": frozenset({REQUESTER, SYSTEM}),
    "public_list": frozenset({SYSTEM}),
    "supervise": frozenset({C}),
    "reply": frozenset({L}),
}

DOORS_OF_THEIR_OWN = frozenset({"file", "ask", "seek_cover", "cover", "help"})
"""Verbs that nobody does to a request as such: they file, or they ask and are asked, and the request follows."""


def may(verb: str, by: Actor, request: ServiceRequest) -> bool:
    """Whether `by` may do `verb` to this request, whatever its state. The request's unit must be loaded."""
    allowed = MAY[verb]
    if by.root_id != request.root_id:
        return False
    if by.kind is Kind.system:
        return SYSTEM in allowed
    if by.kind is Kind.requester:
        return REQUESTER in allowed and by.request_id == request.id
    if by.partner_id is not None:
        return REQUESTER in allowed and speaks_for(by, request)
    if CLAIMER in allowed and (request.is_claimed_by(by.id) or request.was_done_by(by.id)):
        return True  # who did it and taps again is told where it stands now, not that it was never theirs
    leading = [role for role in (C, D, L) if role in allowed]
    if by.holds(*leading, path=request.unit.path):
        return True
    return M in allowed and by.holds(M) and by.unit_path.startswith(request.unit.path)


def speaks_for(by: Actor, request: ServiceRequest) -> bool:
    """Whether `by` is a liaison of the partner that asks: for what their organisation asked, and nothing else, they are
    the requester, whatever other roles they might hold."""
    ours = request.partner_id is not None and request.partner_id == by.partner_id
    return ours and by.root_id == request.root_id and by.holds(Role.liaison)


def may_file(by: Actor) -> bool:
    """Whether `by` may write down what somebody else asks for, anywhere in the hospital. A liaison may not: what they
    ask goes through `partners`."""
    return by.partner_id is None and by.holds(*(role for role in Role if role in MAY["file"]))


def may_reveal(by: Actor, request: ServiceRequest) -> bool:
    """Contact data: only the active claimer and the lead of the responsible unit (docs/domain.md §6).

    No unit is responsible before the dispatch, and nobody need call any more once it was refused, taken back or filed
    away.
    """
    if by.kind is not Kind.person or by.partner_id is not None or request.state not in RESPONSIBLE:
        return False
    return request.is_claimed_by(by.id) or by.holds(L, path=request.unit.path)


def verbs_for(by: Actor, request: ServiceRequest) -> list[str]:
    """The verbs that both the state and the policy admit, in the order of the table."""
    return [verb for verb in MAY if verb not in DOORS_OF_THEIR_OWN and request.can(verb) and may(verb, by, request)]
