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

from matching.api import flash, forms, i18n
from matching.api.attended import attended
from matching.api.boards import LONGEST, Choices, Wanted
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.request import act
from matching.api.pages.staff import first_page
from matching.api.pages.working import Card, cards_of, desk_page
from matching.api.redirects import local_path, see
from matching.api.templates import language
from matching.api.validation import refusals
from matching.api.verbs import VERBS as FORMS
from matching.errors import NotSeen, Refused
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.queries import LEADING
from matching.requests.states import VERBS, State
from matching.services.model import TIERS
from matching.words import _

router = APIRouter(include_in_schema=False)
S = State
TABS = (*(S.submitted, S.needs_info, S.accepted, S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying),
        *(S.closed, S.rejected, S.withdrawn, S.archived))  # fmt: skip
AT_ONCE = ("accept", "dispatch", "ask_info", "reject")
MOST_AT_ONCE = 50
PICK = re.compile(r"\d{6}-\d{5,15}@\d{1,9}", re.ASCII)


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
    read = parts.boards.read if attended(request) else parts.boards.follow
    board = await read(by, wanted, at)
    columns = [
        Column(one.state, cards_of(by, one.rows, at, board.calendar), one.counted, one.after) for one in board.columns
    ]
    context: dict[str, Any] = {"asked": typed.asked, "here": "/board"} if typed.verb else {}
    return desk_page(
        request, parts, by, "board/show.html", typed.status, **context,
        now=at, columns=columns, tabs=TABS, alone=wanted.alone, sizes=board.sizes, wanted=wanted,
        choices_of=board.choices, all_tiers=TIERS,
        nearest=next((column.state for column in columns if column.cards), columns[0].state),
        narrowed=sum(bool(value) for name, value in wanted if name not in {"state", "after", "q"}),
        may_move=by.holds(Role.committee, Role.dispatcher),
        scope=_scope(by, board.choices, language(request)),
        open_verb=typed.verb, form=typed.form, errors=typed.errors, picked=typed.form.get("pick", []),
    )  # fmt: skip


def _scope(by: Actor, choices: Choices, lang: str) -> str:
    """Whose board it is, where it is not the whole hospital's."""
    tops = set(by.paths(*LEADING))
    return i18n.listed(lang, (unit.name for unit in choices.units if unit.path in tops))
