"""Partners, their agreements and lists as the API tells them."""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, Field

from matching.api.v1.shapes import Named, Utc
from matching.partners.model import Agreement, ItemState, ListItem, ListKind, Partner, PartnerKind
from matching.partners.queries import Lists
from matching.partners.standing import Standing, standing
from matching.units.model import Unit


class AgreementOut(BaseModel):
    """One agreement; both days count."""

    id: int
    no: str
    first_on: date
    last_on: date
    signed_by: str
    has_file: bool
    ended_at: Utc | None

    @classmethod
    def of(cls, one: Agreement) -> "AgreementOut":
        """As it is kept."""
        return cls(
            id=one.id or 0, no=one.no, first_on=one.first_on, last_on=one.last_on, signed_by=one.signed_by,
            has_file=bool(one.file), ended_at=one.ended_at,
        )  # fmt: skip


class PartnerOut(BaseModel):
    """An organisation; `standing` is of all its agreements together, today."""

    code: str
    name: str
    kind: PartnerKind
    address: str
    unit: Named = Field(description="The branch it is paired with")
    open: bool
    standing: Standing
    agreements: list[AgreementOut]

    @classmethod
    def of(cls, partner: Partner, unit: Unit, held: Iterable[Agreement], today: date) -> "PartnerOut":
        """With its agreements, the newest first."""
        kept = list(held)
        return cls(
            code=partner.code, name=partner.name, kind=PartnerKind(partner.kind), address=partner.address,
            unit=Named(code=unit.code, name=unit.name), open=partner.open, standing=standing(kept, today),
            agreements=[AgreementOut.of(one) for one in kept],
        )  # fmt: skip


class ItemOut(BaseModel):
    """An entry of one of the three lists, with the ids it leads to and the numbers of requests that name it."""

    id: int
    kind: ListKind
    ours: bool = Field(description="The hospital needs or gives it")
    title: str
    text: str
    volunteers: int
    state: ItemState
    first_on: date | None
    last_on: date | None
    leads_to: list[int]
    requests: list[str]

    @classmethod
    def of(cls, item: ListItem, written: Lists | None = None) -> "ItemOut":
        """Without the lists it leads nowhere yet."""
        return cls(
            id=item.id or 0, kind=ListKind(item.kind), ours=item.ours, title=item.title, text=item.text,
            volunteers=item.volunteers, state=ItemState(item.state), first_on=item.first_on, last_on=item.last_on,
            leads_to=[one.id or 0 for one in written.leads_to(item)] if written else [],
            requests=written.asked.get(item.id or 0, []) if written else [],
        )  # fmt: skip
