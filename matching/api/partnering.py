"""The forms of partners, checked alike for pages and for programs."""

from datetime import date, time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from matching.api.fields import Code, MayNote, Name, Need, Phone, Readable, Reason, Slots, between, blank_is_none
from matching.api.paging import LARGEST_ID
from matching.partners.keeping import Known
from matching.partners.lists import Entry
from matching.partners.model import ItemState, ListKind, PartnerKind
from matching.partners.orders import MOST_PEOPLE, Details, Order
from matching.words import _

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), Readable]
MayLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), Readable]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Readable]
Login = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), Readable]
Head = Annotated[int, *between(1, MOST_PEOPLE)]
Came = Annotated[int, *between(0, MOST_PEOPLE)]
Some = Annotated[int, *between(0, 9999)]
ItemId = Annotated[int, *between(1, LARGEST_ID)]
MayId = Annotated[ItemId | None, BeforeValidator(blank_is_none)]
MayDay = Annotated[date | None, BeforeValidator(blank_is_none)]


def _new_code(typed: str) -> str:
    if not typed.isascii() or not typed.replace("-", "").replace("_", "").isalnum() or typed == "new":
        raise ValueError("bad_code")
    return typed


class Sent(BaseModel):
    """What every form shares: unknown names are left aside, so that a page may send its own beside them."""

    model_config = ConfigDict(extra="ignore")


class PartnerForm(Sent):
    """An organisation: its name, kind, address, and the branch (its code) that it is paired with."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120), Readable]
    kind: PartnerKind
    unit: Code
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Readable] = ""

    def known(self) -> Known:
        """As the room takes it."""
        return Known(self.name, self.kind, self.unit, self.address)


class CodeForm(Sent):
    """What it will be called in addresses and accounts."""

    code: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=2, max_length=20), AfterValidator(_new_code)
    ]


class NewPartnerForm(PartnerForm, CodeForm):
    """The same for one that is not there yet, in the order of its page."""


class LiaisonForm(Sent):
    """Somebody who speaks for the partner."""

    name: Name
    post: Name = ""
    phone: Phone = ""
    login: Login = ""


class LoginForm(Sent):
    """What they type at sign-in; as before where nothing is sent."""

    login: Login = ""


class AgreementForm(Sent):
    """Number, first and last day, and who signed."""

    no: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable]
    first_on: date
    last_on: date
    signed_by: MayLine = ""


class PairForm(Sent):
    """A member (number) and somebody there."""

    member: Code
    name: Line
    phone: Phone = ""
    about: Reason = ""


class OfferForm(Sent):
    """What a liaison writes: what they need, or what they can give; `volunteers` who come along with it."""

    kind: ListKind
    title: Line
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), Readable] = ""
    volunteers: Some = 0

    def entry(self) -> Entry:
        """As the room takes it."""
        return Entry(self.kind, self.title, self.text, volunteers=self.volunteers)


class EntryForm(OfferForm):
    """An entry of one of the three lists. `ours`: the hospital needs or gives it."""

    ours: bool = False
    service: Name = ""
    unit: Name = ""
    first_on: MayDay = None
    last_on: MayDay = None

    def entry(self) -> Entry:
        """As the room takes it."""
        return Entry(**dict(self))


class StateForm(Sent):
    """Where an entry stands now."""

    state: ItemState


class LinkForm(Sent):
    """Two entries that belong together (ids)."""

    from_id: ItemId
    to_id: ItemId


class AttachForm(Sent):
    """The project (an entry's id) that a request belongs to; none takes it out."""

    project_id: MayId = None


class DetailsForm(Sent):
    """Where, for how many, with what, and what to look out for."""

    need: Need
    venue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120), Readable]
    headcount: Head
    equipment: Long = ""
    risks: Long = ""
    note: Reason = ""

    def details(self) -> Details:
        """As the room takes them."""
        return Details(self.venue, self.headcount, self.equipment, self.risks)


class CorrectionForm(DetailsForm):
    """Other words for what was asked; `version` as the page showed it."""

    version: int | None = Field(default=None, ge=1, le=2**31 - 1)


class WhenForm(Sent):
    """What is asked for, and when."""

    service: Code
    day: date
    begins: time
    ends: time


class OrderForm(DetailsForm, WhenForm):
    """A partner's request (docs/domain.md §8): 7 days ahead or more, by the days of the hospital's clock."""

    slots: Slots = None
    need_id: MayId = None
    name: Name
    phone: Annotated[Phone, StringConstraints(min_length=1)]
    show_publicly: bool = False

    def order(self, filing_key: str, lang: str) -> Order:
        """As the room takes it."""
        return Order(
            service=self.service, need=self.need, note=self.note, day=self.day, begins=self.begins, ends=self.ends,
            details=self.details(), slots=self.slots, need_id=self.need_id, name=self.name, phone=self.phone,
            show_publicly=self.show_publicly, filing_key=filing_key, lang=lang,
        )  # fmt: skip


class ConfirmForm(Sent):
    """How many came, as the partner counted, and what there is to say."""

    came: Came
    remark: MayNote = ""


ORDERS_DONE = {
    "supplement": _("已经交给医院的工作人员。"),
    "urge": _("已经帮您催了一次。"),
    "withdraw": _("已经撤回，不再办理。"),
    "correct": _("已经改好，负责的人会看到。"),
    "confirm": _("已经确认，谢谢。"),
    "rate": _("谢谢您的评价。"),
    "rate_again": _("谢谢您的评价。"),
    "reopen": _("已经请负责的支部再办一次。"),
    "answer_extension": _("您的答复已经转给负责的支部。"),
}
"""What is said after each of a liaison's verbs, which is also the list of them."""
