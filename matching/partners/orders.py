"""What a partner asks for: filing it, putting it right, confirming what took place. Rating is `ratings`' as for all."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.errors import Invalid, NotAllowed, Refused, WrongState
from matching.partners.commerce import is_commercial
from matching.partners.model import ListItem, ListKind, Partner, PartnerRequest
from matching.partners.policy import may
from matching.partners.queries import extra_of, own_partner
from matching.people.actor import Actor
from matching.privacy import consent, guard
from matching.privacy.sealed import Sealer
from matching.requests import acting, requester_actions
from matching.requests.filing import Wish, prepare
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from matching.requests.secrets import open_secret
from matching.requests.states import Channel, State
from matching.services.model import Audience, Service
from matching.services.queries import catalogue
from matching.units.model import Unit
from matching.units.queries import calendar_of

AHEAD, FARTHEST = timedelta(days=7), timedelta(days=365)  # docs/domain.md §8: 7 days ahead or more
MOST_SLOTS, MOST_PEOPLE = 99, 100_000
FOR_PARTNERS = (Audience.partner, Audience.both)
TOOK_PLACE = frozenset({State.completed, State.rectifying, State.closed, State.archived})
PLACES = frozenset({"address"})  # where an organisation is may be read by everybody who is to come


@dataclass(frozen=True)
class Details:
    """Where, for how many, with what, and what to look out for."""

    venue: str
    headcount: int
    equipment: str = ""
    risks: str = ""


@dataclass(frozen=True)
class Order:
    """What a liaison typed, lengths checked. `slots`: people wanted, None as the service usually needs; `need_id`: the
    entry of their list that it is about."""

    service: str
    need: str
    day: date
    begins: time
    ends: time
    details: Details
    name: str
    phone: str
    filing_key: str
    note: str = ""
    slots: int | None = None
    need_id: int | None = None
    show_publicly: bool = False
    lang: str = "zh-Hans"


async def order(
    session: AsyncSession, asked: Order, *, sealer: Sealer, pepper: bytes, by: Actor, at: datetime
) -> ServiceRequest:
    """File it for the organisation of the liaison `by`; the same key again gives the request that is there.

    An agreement that ended is no reason to refuse (the page says so). Raises NotSeen, Refused("partner_closed"),
    Refused("key_reused"), Invalid on the fields.
    """
    partner, unit = await own_partner(session, by, "order")
    if not partner.open:
        raise Refused("partner_closed")
    wrong = problems(asked, at)
    service = await _service(session, by.root_id, asked.service)
    if service is None:
        wrong["service"] = Refused("unknown_service")
    if asked.need_id is not None and not await _is_need(session, partner, asked.need_id):
        wrong["need_id"] = Refused("not_a_choice")
    if wrong or service is None:
        raise Invalid(wrong)
    wish = Wish(
        service=service, need=asked.need, reason=asked.note, filing_key=asked.filing_key, spot=None,
        home_unit_id=unit.id or 0, name=asked.name, phone=asked.phone, label=partner.name[:40], partner_id=partner.id,
        wanted_from=datetime.combine(asked.day, asked.begins, clock.SHANGHAI),
        wanted_to=datetime.combine(asked.day, asked.ends, clock.SHANGHAI), slots=asked.slots,
        consents={"public_display": consent.NOTICE_VERSION} if asked.show_publicly else {},
        show_publicly=asked.show_publicly, lang=asked.lang, channel=Channel.partner,
        calendar=await calendar_of(session, by.root_id),
    )  # fmt: skip
    filed = await requester_actions.file(session, prepare(wish, sealer=sealer, pepper=pepper, by=by, at=at))
    if not filed.same:
        raise Refused("key_reused")
    if filed.new:
        session.add(extra(filed.id, partner, asked.details, need_id=asked.need_id))
    return await session.get_one(ServiceRequest, filed.id)


def problems(asked: Order, at: datetime) -> dict[str, Refused]:
    """What is wrong with it, by field. The days count by the calendar of the hospital, not by hours."""
    wrong: dict[str, Refused] = {}
    first = earliest(at)
    if asked.day < first:
        wrong["day"] = Refused("too_soon", day=first.isoformat(), days=AHEAD.days)
    elif asked.day > first + FARTHEST:
        wrong["day"] = Refused("time_too_far", days=FARTHEST.days)
    if asked.ends <= asked.begins:
        wrong["ends"] = Refused("time_order")
    return wrong | words_problem(asked.need, asked.note, asked.details)


def words_problem(need: str, note: str, details: Details) -> dict[str, Refused]:
    """What we cannot do for anybody, and nothing that is for sale, said beside the words that ask."""
    if banned := guard.inspect_filing(need, note)[0].banned:
        refused = Refused("refused_ask")
        refused.sentence = consent.refusal_reason(banned)
        return {"need": refused}
    told = {"need": need, "note": note, "equipment": details.equipment, "risks": details.risks}
    return {name: Refused("commercial") for name, text in told.items() if is_commercial(text)}


def earliest(at: datetime) -> date:
    """The first day that can be asked for."""
    return at.astimezone(clock.SHANGHAI).date() + AHEAD


async def correct(
    session: AsyncSession, number: str, need: str, note: str, details: Details, *, sealer: Sealer, by: Actor,
    at: datetime, if_version: int | None = None,
) -> ServiceRequest:  # fmt: skip
    """Other words, another place, other numbers; the day stays: for another day it is withdrawn and asked for again.

    Raises NotSeen, NotAllowed, WrongState, Invalid; Stale when a colleague's words came first.
    """
    if wrong := words_problem(need, note, details):
        raise Invalid(wrong)
    found = await visible_request(session, number, by)
    said = await open_secret(session, found, sealer)
    corrected = await requester_actions.correct(
        session, number, need, note, said.name, said.phone, sealer=sealer, by=by, at=at, if_version=if_version
    )  # fmt: skip
    kept = await extra_of(session, corrected)
    if kept is None:
        raise NotAllowed
    kept.venue, kept.headcount = _shown(details.venue), details.headcount
    kept.equipment, kept.risks = _shown(details.equipment), _shown(details.risks)
    return corrected


async def confirm(
    session: AsyncSession, number: str, came: int, remark: str = "", *, by: Actor, at: datetime
) -> PartnerRequest:
    """How many came, as the partner counted: once, after the result was reported.

    Raises NotSeen, NotAllowed, WrongState: not_done_yet, confirmed_already.
    """
    request = await visible_request(session, number, by)
    kept = await session.get(PartnerRequest, request.id, with_for_update=True)
    if kept is None or by.partner_id is None:
        raise NotAllowed
    partner = await session.get_one(Partner, kept.partner_id)
    unit = await session.get_one(Unit, partner.unit_id)
    if not may("confirm", by, partner, unit.path):
        raise NotAllowed
    if request.state not in TOOK_PLACE or not request.result:
        raise WrongState("not_done_yet")
    if kept.confirmed_at is not None:
        raise WrongState("confirmed_already")
    kept.came, kept.remark, kept.confirmed_at, kept.confirmed_by = came, acting.clean(remark), at, by.id
    return kept


def extra(request_id: int, partner: Partner, details: Details, *, need_id: int | None = None) -> PartnerRequest:
    """The row beside a partner's request."""
    return PartnerRequest(
        request_id=request_id, root_id=partner.root_id, partner_id=partner.id or 0, need_id=need_id,
        venue=_shown(details.venue), headcount=details.headcount, equipment=_shown(details.equipment),
        risks=_shown(details.risks),
    )  # fmt: skip


async def services_for_partners(session: AsyncSession, root_id: int) -> list[Service]:
    """What a partner may ask for, in the order of the catalogue."""
    return list(await catalogue(session, root_id, FOR_PARTNERS))


async def _service(session: AsyncSession, root_id: int, code: str) -> Service | None:
    named = select(Service).where(Service.root_id == root_id, Service.code == code)
    found = (await session.exec(named)).first()
    return found if found is not None and found.open and found.audience in FOR_PARTNERS else None


async def _is_need(session: AsyncSession, partner: Partner, item_id: int) -> bool:
    item = await session.get(ListItem, item_id)
    return item is not None and item.partner_id == partner.id and item.kind == ListKind.need


def _shown(text: str) -> str:
    """Personal data masked, but for places."""
    stripped = text.strip()
    return guard.mask(stripped, [span for span in guard.inspect(stripped).spans if span.type not in PLACES])
