"""What a request's own history forbids although its state admits the verb, and the numbers of these rules.

One place for both: the verbs ask it before they move, and pages leave out what it would refuse.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from matching import clock
from matching.errors import Refused, WrongState
from matching.people.actor import Actor, Kind
from matching.requests.claims import ClaimerKind

if TYPE_CHECKING:
    from matching.requests.row import RequestRow

MOST_RETURNS = 2
RETURN_WITHIN = clock.Limit.parse("1wd")
URGE_AGAIN_AFTER = timedelta(hours=24)
LISTED_AFTER = clock.Limit.parse("5wd")  # past the limit: 通报 (docs/domain.md §3)
LATER_RATING_WITHIN = REOPEN_WITHIN = timedelta(days=30)
CLOSE_AFTER, ARCHIVE_AFTER = timedelta(days=7), timedelta(days=30)
NUDGED_AT = 0.5  # of the time in which somebody should have called
OF_ONE_PERSON = frozenset({ClaimerKind.member, ClaimerKind.group})


def forbidden(row: "RequestRow", verb: str, by: Actor, at: datetime) -> Refused | None:
    """Why `by` cannot do it now, or None. State and policy are asked elsewhere. Source: docs/domain.md §2 to §4."""
    match verb:
        case "approve_wording" if not row.show_publicly or row.for_minor:
            return Refused("no_public_consent")
        case "dispatch" if row.returns >= MOST_RETURNS:
            return Refused("needs_final_ruling", n=row.returns)
        case "final_ruling" if row.returns < MOST_RETURNS:
            return WrongState("too_few_returns", n=MOST_RETURNS)
        case "sign_for" if row.signed_at is not None:
            return WrongState("already_signed")
        case "return_order":
            return _return_order(row, at)
        case "claim" | "assign" | "move_up" if not row.free_slots:
            return WrongState("slot_taken")
        case "start" | "release" if not row.active_claims:
            return WrongState("no_claimer")
        case "decline":
            mine = [claim.assigned for claim in row.active_claims if claim.person_id == by.id]
            return None if any(mine) else WrongState("not_assigned" if mine else "not_your_claim")
        case "contact" if row.contacted_at is not None:
            return WrongState("already_contacted")
        case "extend" if row.extension:
            return WrongState("extension_used")
        case "extend" if row.handle_due_at is None or at >= row.handle_due_at:
            return WrongState("extension_too_late")
        case "answer_extension" if row.extension != "asked":
            return WrongState("no_extension_asked")
        case "complete" if row.contacted_at is None:
            return WrongState("not_contacted_yet")
        case "reply" if row.reply_due_at is None:
            return WrongState("nothing_to_answer")
        case "nudge" | "offer_helper":
            return _healing(row, verb, at)
        case "seek_cover":
            return _seek_cover(row, by)
        case "urge" | "public_list":
            return _pushing(row, verb, by, at)
        case _:
            return _afterwards(row, verb, by, at)
    return None


def _return_order(row: "RequestRow", at: datetime) -> Refused | None:
    if row.ruled:
        return WrongState("ruled_finally")
    if row.returns >= MOST_RETURNS:
        return WrongState("no_more_returns", n=row.returns)
    if row.dispatched_at and at > row.calendar.due(row.dispatched_at, RETURN_WITHIN):
        return WrongState("return_too_late")
    return None


def contact_due(row: "RequestRow", share: float) -> datetime:
    """When `share` (0 to 1) of the time is gone in which somebody should have called: from the newest claim with a slot
    to the handling limit, or as long as that limit is where it was over already."""
    begun = max((claim.at for claim in row.active_claims if claim.slot is not None), default=row.state_since)
    due = row.handle_due_at
    length = due - begun if due is not None and due > begun else row.limits.handle.length
    return begun + length * share


def _healing(row: "RequestRow", verb: str, at: datetime) -> Refused | None:
    """Half of the time is gone without a call: one nudge, then one offer of help, for those who have it now."""
    if row.contacted_at is not None:
        return WrongState("already_contacted")
    if verb == "nudge":
        return WrongState("not_yet") if row.nudged_at or at < contact_due(row, NUDGED_AT) else None
    return WrongState("not_yet") if row.helper_offered_at or not row.nudged_at else None


def _seek_cover(row: "RequestRow", by: Actor) -> Refused | None:
    """For a slot of one's own, once while it is open, and for one person at a time."""
    mine = [claim for claim in row.active_claims if claim.person_id == by.id]
    if not mine:
        return WrongState("not_your_claim")
    if any(claim.cover_asked_at for claim in row.active_claims):
        return WrongState("cover_sought")
    alone = all(claim.slot is not None and claim.kind in OF_ONE_PERSON for claim in mine)
    return None if alone else WrongState("no_cover_for_this")


def _pushing(row: "RequestRow", verb: str, by: Actor, at: datetime) -> Refused | None:
    """By the job once for each limit that runs out; by the requester once in URGE_AGAIN_AFTER."""
    if verb == "public_list":
        long_late = row.due_at is not None and at >= row.calendar.due(row.due_at, LISTED_AFTER)
        return None if long_late and not row.listed_at else WrongState("not_yet")
    if by.kind is Kind.system:
        return None if row.is_late(at) and not row.late_urged else WrongState("not_yet")
    lately = row.urged_at is not None and at < row.urged_at + URGE_AGAIN_AFTER
    return Refused("urged_lately") if lately else None


def _afterwards(row: "RequestRow", verb: str, by: Actor, at: datetime) -> Refused | None:
    """After somebody reported a result."""
    ended = row.completed_at or at
    match verb:
        case "rate" if row.level is not None and row.rated_again:
            return WrongState("rated_already")
        case "rate_again" if row.rated_again:
            return WrongState("additional_used")
        case "rate_again" if at > (row.rated_at or ended) + LATER_RATING_WITHIN:
            return WrongState("too_late_to_rate")
        case "reopen" if at > ended + REOPEN_WITHIN:
            return WrongState("too_late_to_reopen")
        case "close" if at < row.state_since + CLOSE_AFTER:
            return WrongState("not_yet")
        case "archive" if at < row.state_since + ARCHIVE_AFTER:
            return WrongState("not_yet")
        case "answer_misjudgement" if row.misjudgement_by is None:
            return WrongState("nothing_to_approve")
        case "answer_misjudgement" if row.misjudgement_by == by.id:
            return Refused("same_person_approves")
    return None
