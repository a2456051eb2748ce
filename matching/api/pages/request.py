"""One request: everything about it, and the verbs that make sense now, each as a form. Also where those forms go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, StringConstraints
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.origins import ANSWERED_FOR
from matching.activities.policy import may_at
from matching.activities.queries import activity_of_request
from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.fields import Readable
from matching.api.finding import STANDS, WORDS, finding
from matching.api.idempotency import once
from matching.api.pages import photos
from matching.api.pages.notices import opened, who_was_told
from matching.api.pages.staff import first_page
from matching.api.pages.timeline import told
from matching.api.pages.working import LIKELY, card_of, desk_page, in_order, leads, offered, once_of
from matching.api.places import where
from matching.api.redirects import local_path, see
from matching.api.templates import language
from matching.api.verbs import VERBS as FORMS
from matching.api.verbs import VerbForm
from matching.asks.mine import line_of
from matching.asks.suggesting import TOP
from matching.errors import Invalid, NotSeen, Refused
from matching.notices.readers import READINGS
from matching.partners.queries import ordered
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.queries import people_below
from matching.requests.model import ServiceRequest
from matching.requests.policy import may_reveal
from matching.requests.queries import timeline, visible_request
from matching.requests.secrets import Secret
from matching.requests.states import STATES, VERBS, State
from matching.rights.actions import reveal
from matching.rights.queries import disclosures
from matching.services.model import TIERS
from matching.units.model import Unit
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(include_in_schema=False)
VERSION = re.compile(r"\d{1,9}", re.ASCII)
MOST_PEOPLE = 200  # of a unit in one list; more are found by name
DONE = _("“{verb}”已完成。{number} 现在是“{state}”。")
WHY = {"call": _("联系对方"), "place": _("核对地点或时间"), "check": _("办理中核对内容"), "other": _("其他")}


class RevealForm(BaseModel):
    """Why the contact is needed; 'other' in words."""

    why: Literal["call", "place", "check", "other"]
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=150), Readable] = ""


@dataclass(frozen=True)
class Typed:
    """A form that comes back: whose it is, what stood in it, what is wrong, and the page's status."""

    verb: str = ""
    form: forms.Form = field(default_factory=dict)
    errors: forms.Errors = field(default_factory=dict)
    status: int = 200
    said: Sequence[flash.Said] = ()


@router.get("/requests/{number}")
async def show(request: Request, number: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The page of one request. What one was told about it is read now. A liaison has a page of their own for it."""
    if by.partner_id is not None:
        return see(f"/partner/requests/{number}")
    await opened(request, parts, by, number, at)
    return await _page(request, parts, by, number, at, Typed(request.query_params.get("open", "")))


@router.get("/requests/{number}/{verb}")
async def show_form(number: str, verb: str, by: SignedIn) -> Response:
    """Where a reload after a refused form leads: back to the request."""
    return see(f"/requests/{number}?open={verb}#{verb}" if verb in FORMS else f"/requests/{number}")


@router.post("/requests/{number}/reveal")
async def reveal_contact(request: Request, number: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The contact, once, on the answer itself; who looked and why is logged."""
    checked, form, errors = await forms.read(request, RevealForm)
    if checked is not None and checked.why == "other" and not checked.words:
        checked, errors = None, forms.shown(request, Invalid.field_is("words", "required"))
    if checked is None:
        return await _page(request, parts, by, number, at, Typed("reveal", form, errors, 422))
    reason = checked.words or WHY[checked.why]
    secret = await parts.work(reveal, number, reason, sealer=parts.sealer, by=by, at=at)
    return await _page(request, parts, by, number, at, Typed(form={"back": form.get("back", "")}), contact=secret)


@router.post("/requests/{number}/{verb}")
async def do(request: Request, number: str, verb: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """One verb. Refused, the page comes back as it is now, with what was typed; done, the way leads back."""
    spec = FORMS.get(verb)
    if spec is None:
        raise NotSeen()
    checked, form, errors = await forms.read(request, spec.model)
    if verb == "complete":
        checked = await photos.taken(request, parts, by, number, checked, form, errors)
    if checked is None:
        status = 413 if request.scope["refused"] else 422
        return await _page(request, parts, by, number, at, Typed(verb, form, errors, status))
    try:
        done = await act(parts, number, verb, spec, checked, form, by, at, path=request.url.path)
    except Invalid as refused:
        return await _page(
            request, parts, by, number, at, Typed(verb, form, forms.shown(request, refused), refused.status)
        )
    except Refused as refused:
        warning = flash.Said(refused.sentence, refused.params, "warn")
        return await _page(request, parts, by, number, at, Typed(verb, form, {}, refused.status, [warning]))
    finally:
        if form.get("photo"):
            await photos.sweep(parts, number, by)
    back = local_path(str(form.get("back", "")), f"/requests/{number}")
    answer = see(back if await _still_seen(parts, number, by) or "/requests/" not in back else first_page(by))
    words = {"verb": VERBS[verb], "number": number, "state": STATES[State(done["state"])]}
    flash.leave(answer, parts.settings, flash.Said(DONE, words))
    return answer


async def act(
    parts: Parts, number: str, verb: str, spec: VerbForm, checked: BaseModel, form: forms.Form, by: Actor,
    at: datetime, *, path: str,
) -> dict[str, Any]:  # fmt: skip
    """Do the verb once for the form's key. Returns the request's number and new state; raises what the action does."""
    version = str(form.get("version", ""))
    extra = spec.tools(parts)

    async def once_done(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            seen = int(version) if VERSION.fullmatch(version) else None
            moved = await spec.action(session, number, **dict(checked), **extra, by=by, at=at, if_version=seen)
            return 200, {"number": moved.number, "state": moved.state}

        return (await once(session, once_of(path, form), by, at, work))[1]

    return await parts.work(once_done)


async def _still_seen(parts: Parts, number: str, by: Actor) -> bool:
    async with parts.database.reading() as session:
        try:
            await visible_request(session, number, by)
        except NotSeen:
            return False
    return True


async def _page(
    request: Request, parts: Parts, by: Actor, number: str, at: datetime, typed: Typed | None = None,
    *, contact: Secret | None = None,
) -> Response:  # fmt: skip
    typed, who = typed or Typed(), request.query_params.get("who", "")[:40].replace("\0", "")
    async with parts.database.reading() as session:
        found = await visible_request(session, number, by)
        verbs = in_order(offered(by, found, at))
        steps = await timeline(session, found)
        looked = await disclosures(session, found) if may_reveal(by, found) or by.holds(Role.committee) else []
        units = await _units(session, by, verbs)
        people = await _people(session, found, verbs, who)
        holders = await _holders(session, found) if leads(by, found) else []
        told_to = await who_was_told(session, by, found, steps, language(request))
        view = await finding(session, by, found, TOP, at)
        order = await ordered(session, found)
        activity = await activity_of_request(session, found.id)
        may_wait, waits = await line_of(session, found, by=by)
        names = await _unit_names(session, {step.unit_id for step, _name in steps if step.unit_id})
    return desk_page(
        request, parts, by, "requests/show.html", typed.status,
        now=at, request=found, card=card_of(by, found, at), place=where(found.spot, language(request)),
        verbs=verbs, first=next((verb for verb in verbs if verb in LIKELY), ""), lead=leads(by, found),
        units=units, all_tiers=TIERS,
        people=[(one.member_no, f"{one.name} {one.department}") for one in people if one.id != by.id],
        many=len(people) + len(found.active_claims) >= MOST_PEOPLE, who=who,
        holders=[(one.member_no, one.name) for one in holders],
        steps=told(steps, found, names, language(request), parts.photos), looked=looked, contact=contact, why=WHY,
        told_to=told_to, readings=READINGS, view=view, stands=STANDS, words=WORDS,
        activity=activity, may_plan=_may_become_activity(by, found, order is not None),
        may_reveal=may_reveal(by, found) and contact is None, order=order, may_wait=may_wait, waits=waits,
        back=local_path(str(typed.form.get("back") or request.query_params.get("back", "")), ""),
        open_verb=typed.verb, form=typed.form, errors=typed.errors, said=typed.said,
        ids={name: f"{typed.verb}-{name}" for name in typed.errors if name != forms.WHOLE_PAGE},
        kept=[] if typed.verb in {*verbs, "", "reveal"} else _words(typed.form),
    )  # fmt: skip


def _may_become_activity(by: Actor, found: ServiceRequest, of_partner: bool) -> bool:
    """Somebody has it, it is for several or for a partner, and the viewer may plan for the branch."""
    held = bool(found.taken_at) and found.state in ANSWERED_FOR
    return held and (of_partner or found.slots > 1) and may_at("plan", by, found.unit.path)


async def _units(session: AsyncSession, by: Actor, verbs: list[str]) -> list[Unit]:
    """Where it may be sent to."""
    if not {"dispatch", "final_ruling", "transfer"} & {*verbs}:
        return []
    return await units_under(session, by.root_id, by.paths(Role.committee, Role.dispatcher))


async def _people(session: AsyncSession, found: ServiceRequest, verbs: list[str], who: str) -> list[Person]:
    """Who could take it: the people of the responsible unit that do not hold it yet."""
    if not {"assign", "claim"} & {*verbs}:
        return []
    people = await people_below(session, found.unit, text=who, size=MOST_PEOPLE)
    return [person for person in people if not found.is_claimed_by(person.id)]


async def _holders(session: AsyncSession, found: ServiceRequest) -> list[Person]:
    """Whose claim a lead may end."""
    ids = {claim.person_id for claim in found.active_claims}
    return list(await session.exec(select(Person).where(col(Person.id).in_(ids)))) if ids else []


async def _unit_names(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    found = await session.exec(select(col(Unit.id), col(Unit.name)).where(col(Unit.id).in_(ids)))
    return {id_ or 0: name for id_, name in found}


def _words(form: forms.Form) -> list[str]:
    """Sentences typed into a form that the page no longer has."""
    return [str(form[name]) for name in ("note", "wording") if form.get(name)]
