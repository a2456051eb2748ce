"""One table of verb forms: what each verb of a request is told, checked alike for pages and for programs.

Verbs without an entry are nobody's to press: filing, asking and being asked have doors of their own; `close`,
`archive`, `public_list` and what heals claims belong to the jobs.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from matching.api.fields import (
    Code,
    Filled,
    FullNote,
    Level,
    MayNote,
    Minutes,
    Name,
    Need,
    Note,
    Phone,
    Readable,
    Reason,
    Slots,
    blank_is_none,
)
from matching.ratings import actions as ratings
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.claims import ClaimerKind
from matching.requests.model import ServiceRequest
from matching.requests.states import BadReason, Outcome, RejectReason, Result, ReturnReason
from matching.services.model import Tier

MayTier = Annotated[Tier | None, BeforeValidator(blank_is_none)]


class VerbBody(BaseModel):
    """What every form shares: unknown names are left aside, so that a page may send its own beside them."""

    model_config = ConfigDict(extra="ignore")


class Nothing(VerbBody):
    """A verb that needs no words."""


class NoteForm(VerbBody):
    """A verb that needs words."""

    note: Note


class MayNoteForm(VerbBody):
    """A verb that may be given words."""

    note: MayNote = ""


class SupplementForm(VerbBody):
    """What the requester answers."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Readable]


class CorrectForm(VerbBody):
    """Everything the requester typed, as it should be now (docs/domain.md §5)."""

    need: Need
    reason: Reason = ""
    name: Name = ""
    phone: Phone = ""


class RejectForm(VerbBody):
    """A coded reason; 'other' needs words."""

    reason: RejectReason
    note: MayNote = Field(default="", validate_default=True)

    @field_validator("note")
    @classmethod
    def _other_is_said(cls, note: str, info: ValidationInfo) -> str:
        return _said_when_other(note, info)


class ReturnForm(VerbBody):
    """A coded reason; 'other' needs words."""

    reason: ReturnReason
    note: MayNote = Field(default="", validate_default=True)

    @field_validator("note")
    @classmethod
    def _other_is_said(cls, note: str, info: ValidationInfo) -> str:
        return _said_when_other(note, info)


class WordingForm(VerbBody):
    """What the public wall may show."""

    wording: Need


def _any_or_named(typed: Any) -> Any:
    return "" if typed == "any" else typed


class DispatchForm(VerbBody):
    """To which unit (its code); what is not named stays as it is.

    `helper_gender` (f, m, or empty for no matter) is wished of who comes; with `gender_strict` nobody else may. A page
    says 'any' for no matter, since what is left blank in a form is not sent.
    """

    unit: Code
    tier: MayTier = None
    slots: Slots = None
    helper_gender: Annotated[Literal["", "f", "m"] | None, BeforeValidator(_any_or_named)] = None
    gender_strict: bool | None = None


class TransferForm(VerbBody):
    """To which other unit (its code), and why."""

    unit: Code
    note: MayNote = ""


class ClaimForm(VerbBody):
    """For whom: oneself, one's unit, a department, or a group of people (member numbers)."""

    kind: ClaimerKind = ClaimerKind.member
    people: Annotated[list[Code], Filled, Field(max_length=20)] = []
    name: Name = ""


class AssignForm(VerbBody):
    """To whom (a member number)."""

    person: Code


class ReleaseForm(VerbBody):
    """Why; a lead names whose claim (a member number)."""

    note: Note
    person: Name = ""


class ExtendForm(VerbBody):
    """Until when, and why."""

    until: AwareDatetime
    note: Note


class AnswerExtensionForm(VerbBody):
    """Yes or no to more time."""

    grant: bool
    note: MayNote = ""


class ParkForm(VerbBody):
    """Until which planned day, and why not now."""

    plan_on: date
    note: Note


class CompleteForm(VerbBody):
    """The result, what was done, and the minutes each claimer served, travel excluded (docs/domain.md §7).

    `photo` is the digest of one uploaded for this request before.
    """

    result: Result
    note: FullNote
    minutes: Minutes
    photo: Annotated[str, StringConstraints(max_length=64), Readable] = ""


class RateForm(VerbBody):
    """Five levels; 1 and 2 need a reason."""

    level: Level
    reasons: Annotated[list[BadReason], Field(max_length=len(BadReason))] = []
    note: MayNote = ""


class RectifyForm(VerbBody):
    """How a bad rating was put right."""

    outcome: Outcome
    note: FullNote


class AnswerMisjudgementForm(VerbBody):
    """The second approver's yes or no."""

    approve: bool
    note: MayNote = ""


class VerbForm(NamedTuple):
    """A form, the action that takes its fields by name, and which of the process's parts that needs as well."""

    model: type[VerbBody]
    action: Callable[..., Awaitable[ServiceRequest]]
    needs: tuple[str, ...] = ()

    def tools(self, parts: Any) -> dict[str, Any]:
        """Those parts, by their names."""
        return {name: getattr(parts, name) for name in self.needs}


VERBS: dict[str, VerbForm] = {
    "ask_info": VerbForm(NoteForm, desk_actions.ask_info),
    "supplement": VerbForm(SupplementForm, requester_actions.supplement, needs=("sealer",)),
    "correct": VerbForm(CorrectForm, requester_actions.correct, needs=("sealer",)),
    "reject": VerbForm(RejectForm, desk_actions.reject),
    "accept": VerbForm(Nothing, desk_actions.accept),
    "approve_wording": VerbForm(WordingForm, desk_actions.approve_wording),
    "dispatch": VerbForm(DispatchForm, desk_actions.dispatch),
    "final_ruling": VerbForm(DispatchForm, desk_actions.final_ruling),
    "transfer": VerbForm(TransferForm, desk_actions.transfer),
    "sign_for": VerbForm(Nothing, branch_actions.sign_for),
    "return_order": VerbForm(ReturnForm, branch_actions.return_order),
    "claim": VerbForm(ClaimForm, branch_actions.claim),
    "assign": VerbForm(AssignForm, branch_actions.assign),
    "decline": VerbForm(MayNoteForm, branch_actions.decline),
    "release": VerbForm(ReleaseForm, branch_actions.release),
    "start": VerbForm(Nothing, branch_actions.start),
    "contact": VerbForm(MayNoteForm, branch_actions.contact),
    "extend": VerbForm(ExtendForm, branch_actions.extend),
    "answer_extension": VerbForm(AnswerExtensionForm, desk_actions.answer_extension),
    "park": VerbForm(ParkForm, branch_actions.park),
    "resume": VerbForm(Nothing, branch_actions.resume),
    "complete": VerbForm(CompleteForm, branch_actions.complete, needs=("photos",)),
    "rate": VerbForm(RateForm, ratings.rate),
    "rate_again": VerbForm(RateForm, ratings.rate_again),
    "rectify": VerbForm(RectifyForm, ratings.rectify),
    "answer_misjudgement": VerbForm(AnswerMisjudgementForm, ratings.answer_misjudgement),
    "reopen": VerbForm(NoteForm, requester_actions.reopen),
    "withdraw": VerbForm(MayNoteForm, requester_actions.withdraw),
    "urge": VerbForm(MayNoteForm, requester_actions.urge),
    "supervise": VerbForm(NoteForm, desk_actions.supervise),
    "reply": VerbForm(NoteForm, branch_actions.reply),
}


def _said_when_other(note: str, info: ValidationInfo) -> str:
    if not note and info.data.get("reason") == "other":
        raise ValueError("reason_needed")
    return note
