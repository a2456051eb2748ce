"""Partners for staff: found among thousands by name, kind, agreement and branch; and the form of a new one."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api import forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.admin.office import done
from matching.api.pages.notices import read_here
from matching.api.pages.partner_page import units_to_pair
from matching.api.pages.working import desk_page, done_once
from matching.api.paging import cursor, keys_of
from matching.api.partnering import NewPartnerForm
from matching.clock import SHANGHAI
from matching.errors import NotAllowed
from matching.notices.actions import read_agreements
from matching.partners import keeping
from matching.partners.model import PARTNER_KINDS, PartnerKind
from matching.partners.policy import may_add
from matching.partners.sought import HALTED, Found, Key, Sought, halted, partners_page
from matching.partners.standing import STANDINGS, Standing
from matching.people.actor import Actor
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/partners", include_in_schema=False)
BACK = "b."  # before a cursor: the page that ends there
WANTING = "halted"
AGREEMENTS: dict[str, tuple[str, tuple[Standing, ...]]] = {
    WANTING: (_("需要处理的"), HALTED),
    **{str(one): (words, (one,)) for one, words in STANDINGS.items()},
}


@router.get("")
async def everyone(
    request: Request, parts: TheParts, by: SignedIn, at: At, q: Annotated[str, Query(max_length=60)] = "",
    kind: Annotated[str, Query(max_length=20)] = "", agreement: Annotated[str, Query(max_length=10)] = "",
    unit: Annotated[str, Query(max_length=40)] = "", ending: bool = False,
    place: Annotated[str, Query(max_length=300, alias="at")] = "",
) -> Response:  # fmt: skip
    """A page of them. A notice of an agreement that ends leads to `ending`, and is read here."""
    agreement = agreement if agreement in AGREEMENTS else WANTING if ending else ""
    kind = kind if kind in set(PartnerKind) else ""
    if agreement == WANTING:
        await read_here(request, parts, by, at, read_agreements)
    today, back = at.astimezone(SHANGHAI).date(), place.startswith(BACK)
    key: Key | None = keys_of(place.removeprefix(BACK), int, str) if place else None
    async with parts.database.reading() as session:
        units = await units_under(session, by.root_id, [f"/{by.root_id}/"])
        chosen = next((one for one in units if one.code == unit), None)
        standings = AGREEMENTS[agreement][1] if agreement else ()
        sought = Sought(q, kind, standings, chosen.path if chosen else "")
        found = await partners_page(
            session, by, today, sought, after=None if back else key, before=key if back else None
        )
        soon = 0 if agreement else await halted(session, by, today)
    typed = {"q": q, "kind": kind, "agreement": agreement, "unit": chosen.code if chosen else ""}
    return desk_page(
        request, parts, by, "partners/list.html", now=at, rows=found.rows, total=found.total, kinds=PARTNER_KINDS,
        standings=STANDINGS, agreements={code: words for code, (words, _some) in AGREEMENTS.items()},
        units=units_to_pair(units), soon=soon, form=typed, filtered=any(typed.values()), may_add=may_add(by),
        pager=_pager(found),
    )  # fmt: skip


@router.get("/new")
async def blank(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The form for a new one."""
    return await _new_page(request, parts, by, at)


@router.post("/new")
async def add(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Register one, however often the button was pressed; what remains is its agreement and its liaisons."""
    checked, form, errors = await forms.read(request, NewPartnerForm)
    status = 422
    if checked is not None:
        deed = partial(keeping.add_partner, code=checked.code, known=checked.known(), by=by, at=at)
        errors, status = await forms.attempt(request, done_once(parts, request.url.path, form, by, at, deed))
    if checked is None or errors:
        return await _new_page(request, parts, by, at, form, errors, status)
    return done(parts, f"/partners/{checked.code}", _("已登记。接着填协议、添加联络员。"))


async def _new_page(
    request: Request, parts: Parts, by: Actor, at: datetime, form: forms.Form | None = None,
    errors: forms.Errors | None = None, status: int = 200,
) -> Response:  # fmt: skip
    if not may_add(by):
        raise NotAllowed
    async with parts.database.reading() as session:
        units = units_to_pair(await units_under(session, by.root_id, [f"/{by.root_id}/"]))
    return desk_page(
        request, parts, by, "partners/new.html", status, now=at, kinds=PARTNER_KINDS, units=units, form=form or {},
        errors=errors or {},
    )  # fmt: skip


def _pager(found: Found) -> dict[str, str | None]:
    return {
        "newer": f"{BACK}{cursor(*found.newer)}" if found.newer else None,
        "older": cursor(*found.older) if found.older else None,
    }
