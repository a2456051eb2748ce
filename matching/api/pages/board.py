"""The dispatch board: the requests a leader sees, in columns by state, narrowed, and moved several at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, forms, i18n
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.request import act
from matching.api.pages.staff import first_page
from matching.api.pages.working import Card, cards_of, desk_page
from matching.api.paging import cursor, keys_of
from matching.api.redirects import local_path, see
from matching.api.templates import language
from matching.api.validation import refusals
from matching.api.verbs import VERBS as FORMS
from matching.api.verbs import Readable
from matching.clock import Calendar
from matching.errors import NotSeen, Refused
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.queries import LEADING, Filters, board_column, column_size
from matching.requests.states import OPEN, STATES, VERBS, State
from matching.services.model import TIERS, Service
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import calendar_of, open_spots, units_under
from matching.words import _

router = APIRouter(include_in_schema=False)
S = State
OVERVIEW = (S.submitted, S.accepted, S.dispatched, S.in_progress, S.completed)  # side by side; the others by their tab
OF_A_UNIT = (S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying)  # the same for who only leads units
TABS = (*(S.submitted, S.needs_info, S.accepted, S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying),
        *(S.closed, S.rejected, S.withdrawn, S.archived))  # fmt: skip
COUNTED = OPEN | {S.closed}  # the others only grow; nobody waits for them
MOST = 99  # a column says '99+' above
OF_MANY, OF_ONE = 10, 24  # cards of a column beside others, and of one alone
AT_ONCE = ("accept", "dispatch", "ask_info", "reject")
MOST_AT_ONCE = 50
LONGEST = 100  # characters looked for
PICK = re.compile(r"\d{6}-\d{5,15}@\d{1,9}", re.ASCII)


class Wanted(BaseModel):
    """The board's address: what it is narrowed to (codes), which column alone, and where in it."""

    unit: str = ""
    service: str = ""
    spot: str = ""
    tier: str = ""
    late: str = ""
    q: Annotated[str, Query(max_length=LONGEST), Readable] = ""
    state: str = ""
    after: Annotated[str, Query(max_length=200)] = ""


class Picked(BaseModel):
    """Several at once: 'number@version' of each, and the fields of all four verbs."""

    pick: list[str] = []
    unit: str = ""
    tier: str = ""
    reason: str = ""
    reject_note: str = ""
    ask_note: str = ""


class Column(NamedTuple):
    """One state with the first of its cards; `counted` is '' where nobody counts."""

    state: State
    cards: list[Card]
    counted: str
    after: str


@dataclass(frozen=True)
class Choices:
    """What the filters offer: the viewer's units, the catalogue, the places."""

    units: list[Unit]
    services: list[Service]
    spots: list[Spot]


@dataclass(frozen=True)
class Typed:
    """A form for several that comes back with what was ticked and typed."""

    verb: str = ""
    form: forms.Form = field(default_factory=dict)
    errors: forms.Errors = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)


@router.get("/board")
async def show(request: Request, wanted: Annotated[Wanted, Query()], parts: TheParts, by: SignedIn, at: At) -> Response:
    """The board, or the way to one's own first page for who leads nothing."""
    if not by.holds(*LEADING):
        return see(first_page(by))
    return await _page(request, parts, by, wanted, at, Typed())


@router.post("/board/{verb}")
async def do_several(request: Request, verb: str, parts: TheParts, by: SignedIn, at: At) -> Response:
    """The verb on each picked request, each by itself: what can be done is done, the rest is named with its reason."""
    if verb not in AT_ONCE:
        raise NotSeen()
    _picked, form, errors = await forms.read(request, Picked)
    body = {
        "unit": form.get("unit", ""), "tier": form.get("tier", ""), "reason": form.get("reason", ""),
        "note": form.get("reject_note" if verb == "reject" else "ask_note", ""),
    }  # fmt: skip
    picks = list(dict.fromkeys(pick for pick in form.get("pick", []) if PICK.fullmatch(pick)))[:MOST_AT_ONCE]
    try:
        checked = FORMS[verb].model.model_validate(body)
    except ValidationError as error:
        wrong = {_typed_as(verb, name): refused for name, refused in refusals(error.errors()).items()}
        errors |= forms.said(request, wrong)
    if not picks:
        errors |= forms.said(request, {"pick": Refused("nothing_picked")})
    back = local_path(str(form.get("back", "")), "/board")
    if errors:
        asked = [(name, text[:LONGEST]) for name, text in parse_qsl(urlsplit(back).query) if name != "after"]
        try:
            wanted = Wanted.model_validate(dict(asked))
        except ValidationError:
            wanted, asked = Wanted(), []
        return await _page(request, parts, by, wanted, at, Typed(verb, form, errors, 422, asked))
    done, refusals_of = 0, dict[tuple[str, str], tuple[Refused, list[str]]]()
    for pick in picks:
        number, _at, version = pick.partition("@")
        one = {**body, "once": f"{form.get('once', '')}-{number}" if form.get("once") else "", "version": version}
        try:
            await act(parts, number, verb, FORMS[verb], checked, one, by, at, path=f"/requests/{number}/{verb}")
            done += 1
        except Refused as refused:
            key = (refused.code, str(refused.params))
            refusals_of.setdefault(key, (refused, []))[1].append(number)
    answer = see(back)
    flash.leave(answer, parts.settings, *_result(verb, done, list(refusals_of.values())))
    return answer


def _result(verb: str, done: int, refused: Sequence[tuple[Refused, list[str]]]) -> list[flash.Said]:
    said = [flash.Said(_("“{verb}”：{n} 件已完成。"), {"verb": VERBS[verb], "n": done})] if done else []
    for one, numbers in refused:
        fields = getattr(one, "fields", None)
        why = next(iter(fields.values())) if fields else one
        said.append(flash.Said(why.sentence, why.params, "warn", numbers))
    return said


def _typed_as(verb: str, name: str) -> str:
    return {"note": "reject_note" if verb == "reject" else "ask_note"}.get(name, name)


async def _page(request: Request, parts: Parts, by: Actor, wanted: Wanted, at: datetime, typed: Typed) -> Response:
    alone = State(wanted.state) if wanted.state in {*STATES} else None
    reviews = by.holds(Role.committee, Role.dispatcher, Role.auditor)
    async with parts.database.reading() as session:
        choices = await _choices(session, by)
        filters = _filters(by, wanted, choices)
        calendar = await calendar_of(session, by.root_id)
        columns = []
        for state in (alone,) if alone else OVERVIEW if reviews else OF_A_UNIT:
            columns.append(
                await _column(session, by, state, filters, wanted.after if alone else "", bool(alone), at, calendar)
            )
        sizes = {column.state: column.counted for column in columns}
        for state in COUNTED - {*sizes}:
            sizes[state] = await _count(session, by, state, filters, at)
    context: dict[str, Any] = {"asked": typed.asked, "here": "/board"} if typed.verb else {}
    return desk_page(
        request, parts, by, "board/show.html", typed.status, **context,
        now=at, columns=columns, tabs=TABS, alone=alone, sizes=sizes, wanted=wanted,
        choices_of=choices, all_tiers=TIERS,
        nearest=next((column.state for column in columns if column.cards), columns[0].state),
        narrowed=sum(bool(value) for name, value in wanted if name not in {"state", "after", "q"}),
        may_move=by.holds(Role.committee, Role.dispatcher),
        scope=_scope(by, choices, language(request)),
        open_verb=typed.verb, form=typed.form, errors=typed.errors, picked=typed.form.get("pick", []),
    )  # fmt: skip


async def _column(
    session: AsyncSession, by: Actor, state: State, filters: Filters, after: str, alone: bool, at: datetime,
    calendar: Calendar,
) -> Column:  # fmt: skip
    key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
    page = await board_column(session, by, state, filters, at=at, after=key, size=OF_ONE if alone else OF_MANY)
    count = await _count(session, by, state, filters, at) if state in COUNTED else ""
    return Column(state, cards_of(by, page.rows, at, calendar), count, cursor(*page.next) if page.next else "")


async def _count(session: AsyncSession, by: Actor, state: State, filters: Filters, at: datetime) -> str:
    n = await column_size(session, by, state, filters, at=at, most=MOST + 1)
    return f"{MOST}+" if n > MOST else str(n)


async def _choices(session: AsyncSession, by: Actor) -> Choices:
    return Choices(
        await units_under(session, by.root_id, by.paths(*LEADING)),
        await catalogue(session, by.root_id),
        await open_spots(session, by.root_id),
    )


def _filters(by: Actor, wanted: Wanted, choices: Choices) -> Filters:
    """Codes to ids; a code that is not offered narrows nothing."""
    unit = next((unit for unit in choices.units if unit.code == wanted.unit), None)
    below = tuple(one.id or 0 for one in choices.units if unit and unit.holds(one))
    return Filters(
        unit_ids=below or None,
        service_id=next((one.id for one in choices.services if one.code == wanted.service), None),
        spot_id=next((one.id for one in choices.spots if one.code == wanted.spot), None),
        tier=wanted.tier if wanted.tier in {*TIERS} else None,
        late=bool(wanted.late),
        text=wanted.q,
    )


def _scope(by: Actor, choices: Choices, lang: str) -> str:
    """Whose board it is, where it is not the whole hospital's."""
    tops = set(by.paths(*LEADING))
    return i18n.listed(lang, (unit.name for unit in choices.units if unit.path in tops))
