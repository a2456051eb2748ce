"""The page of one partner for staff, for every form that stands on it: agreements, people, pairings, three lists,
requests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fastapi import Request, Response

from matching.api import forms
from matching.api.choosing import FEW, Choice, people_choice
from matching.api.deps import Parts
from matching.api.following import ENDED, lit
from matching.api.pages.admin.office import done, with_depth
from matching.api.pages.working import desk_page
from matching.api.paging import Part, cursor, keys_of, part_of, start_of
from matching.api.places import service_name
from matching.api.templates import language
from matching.clock import SHANGHAI
from matching.errors import NotAllowed, NotSeen, Refused
from matching.partners import liaisons, lists
from matching.partners.balance import balance
from matching.partners.model import (
    ITEM_MOVES,
    ITEM_STATES,
    LIST_KINDS,
    PARTNER_KINDS,
    Agreement,
    ItemState,
    ListItem,
    ListKind,
)
from matching.partners.policy import MAY, may
from matching.partners.queries import (
    Lists,
    agreements_of,
    extras_of,
    liaisons_of,
    lists_of,
    pairings_of,
    requests_of,
    visible_partner,
)
from matching.partners.standing import STANDINGS, newest, standing
from matching.people.actor import Actor
from matching.people.model import Person
from matching.units.model import Unit
from matching.units.queries import units_under

SHOWN = 20  # of each list on the page; the others a page further
OF_FORM = {"file": "agreement", "seen": "pairing"}  # forms of one row: which list shows it


@dataclass(frozen=True)
class Typed:
    """A form that comes back: which one, what stood in it, what is wrong, and what is shown this once only."""

    which: str = ""
    form: forms.Form = field(default_factory=dict)
    errors: forms.Errors = field(default_factory=dict)
    status: int = 200
    made: tuple[str, str] | None = None  # login and one-time password
    seen: dict[str, str] | None = None  # whom a member is paired with


def refusal(request: Request, which: str, form: forms.Form, refused: Refused) -> Typed:
    """Raises what has no form: NotSeen, NotAllowed."""
    if isinstance(refused, (NotSeen, NotAllowed)):
        raise refused
    return Typed(which, form, forms.shown(request, refused), refused.status)


async def did(
    request: Request, parts: Parts, by: Actor, at: datetime, code: str, which: str, form: forms.Form,
    errors: forms.Errors, deed: Any, said: str, place: str = "",
) -> Response:  # fmt: skip
    """Do it and go back to the page, or show the page with what was typed. `deed`: None where the form was wrong."""
    status = 422
    if deed is not None:
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await partner_page(request, parts, by, at, code, Typed(which, form, errors, status))
    return done(parts, f"/partners/{code}{place}", said)


def units_to_pair(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Codes and names, each below those above it."""
    return [(unit.code, f"{'　' * depth}{unit.name}") for unit, depth in with_depth(units)]


async def partner_page(
    request: Request, parts: Parts, by: Actor, at: datetime, code: str, typed: Typed, after: str = ""
) -> Response:
    """Everything about one; of what has grown long a part at a time, `after` in its requests."""
    today, key = at.astimezone(SHANGHAI).date(), keys_of(after, datetime, int) if after else None
    starts = _starts(request, typed.which)
    whole = [f"/{by.root_id}/"]
    async with parts.database.reading() as session:
        partner, unit = await visible_partner(session, code, by)
        can = {act for act in MAY if may(act, by, partner, unit.path)}
        held = (await agreements_of(session, [partner.id or 0])).get(partner.id or 0, [])
        people = await liaisons_of(session, partner)
        paired = await pairings_of(session, partner, by)
        written = await lists_of(session, partner, by)
        page = await requests_of(session, partner, by, after=key)
        extras = await extras_of(session, page.rows)
        year = await balance(session, partner, date(today.year, 1, 1), today)
        units = await units_under(session, by.root_id, whole) if {"change_partner", "set_items"} & can else []
        member = str(typed.form.get("member", "")) if typed.which == "pair" else ""
        members = await people_choice(session, unit, member) if "set_pairings" in can else Choice([])
    rows = [(one, service_name(one.service, language(request)), extras.get(one.id or 0), lit(one), one.state in ENDED)
            for one in page.rows]  # fmt: skip
    phones = {one.member_no: liaisons.phone_of(one, parts.sealer) for one in people if "see_liaison_phones" in can}
    return desk_page(
        request, parts, by, "partners/show.html", typed.status, now=at, today=today, partner=partner, unit=unit,
        can=can, held=part_of(held, _id, starts["agreement"], SHOWN), agreement=newest(held, today),
        standing=standing(held, today), standings=STANDINGS,
        people=part_of(people, _id, starts["liaison"], SHOWN), phones=phones, written=written, rows=rows,
        paired=part_of(paired, lambda row: row[0].id or 0, starts["pairing"], SHOWN),
        listed=parts_of(request, written),
        year=year, units=units_to_pair(units),
        members=members, few=FEW, kinds=PARTNER_KINDS,
        list_kinds=LIST_KINDS, item_states=ITEM_STATES, item_moves=_moves(),
        older=cursor(*page.next) if page.next else "",
        first=not after, which=typed.which, form=typed.form, errors=typed.errors,
        made=typed.made, seen=typed.seen, leads_to=_leads_to(written),
    )  # fmt: skip


def parts_of(request: Request, written: Lists, *without: ItemState) -> dict[ListKind, Part[ListItem]]:
    """Of each of the three lists the part that the address asks for, without the entries that stand so."""
    return {
        kind: part_of(
            [one for one in written.of(kind) if one.state not in without], _id, start_of(request, kind), SHOWN
        )
        for kind in ListKind
    }


def _starts(request: Request, which: str) -> dict[str, int]:
    """By what the address, or the form that comes back, asks for: the id from which a long list goes on."""
    kind, _dash, id_ = which.rpartition("-")
    starts = {name: start_of(request, name) for name in ("agreement", "liaison", "pairing")}
    return starts | ({OF_FORM[kind]: int(id_)} if kind in OF_FORM else {})


def _id(row: Agreement | Person | ListItem) -> int:
    return row.id or 0


def _moves() -> dict[str, list[tuple[str, str]]]:
    """State → the states it may take, in words."""
    return {state: [(to.value, ITEM_STATES[to]) for to in ItemState if to in ITEM_MOVES[state]] for state in ItemState}


def _leads_to(written: Any) -> dict[str, list[tuple[int, str]]]:
    """List → the open entries that an entry of it can be linked with."""
    going = {kind: [(item.id, item.title) for item in written.of(kind) if item.state in {"open", "matched"}]
             for kind in ListKind}  # fmt: skip
    return {kind: [one for to in lists.LEADS_TO.get(kind, ()) for one in going[to]] for kind in ListKind}
