"""How tests lead a request through its life: who usually does each act, in which words, and which acts reach a state.

`Story` drives a request in a database through the real actions; `lead_to` drives one without a session through its
own verbs. Both play the one hospital of tests/cast.py.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import anyio.from_thread
import pytest
from sqlmodel import col, select

from matching.db import Database, Work
from matching.errors import Refused
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Person, Role
from matching.privacy.sealed import Sealer
from matching.ratings import actions as ratings
from matching.requests import acting, branch_actions, desk_actions, requester_actions, seeking, verify
from matching.requests.claims import ClaimerKind
from matching.requests.filing import Filing, Wish, prepare
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from matching.requests.states import BackReason, Outcome, RejectReason, Result, ReturnReason, State
from matching.requests.steps import Step, anchor
from matching.services.model import Service, Tier
from matching.units.model import Unit
from tests.cast import AT, PEOPLE, SERVICES, UNITS, Cast

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTE = "已经和家属说好，推到门口。"
WORDING = "想借一辆轮椅去做检查"
NEED = "想借一辆轮椅去做检查，腿脚不方便"
NAME, PHONE = "张小月", "13800138000"


class Act(NamedTuple):
    """An action, who usually does it, the words they use, and how much later than the act before."""

    action: Callable[..., Any]
    by: str
    words: Mapping[str, Any] = MappingProxyType({})
    later: timedelta = timedelta()


def as_a_job(verb: str) -> Callable[..., Any]:
    """A verb as the jobs of the room of asks do it to a request that they hold, found and allowed as in an action."""

    async def act(
        session: Any, number: str, *, by: Actor, at: datetime, if_version: int | None = None, **said: Any
    ) -> ServiceRequest:  # fmt: skip
        request = await acting.request_for(session, verb, number, by, if_version)
        if "person_id" in said:
            said["person"] = await session.get_one(Person, said.pop("person_id"))
        return acting.done(session, request, getattr(request, verb)(**said, by=by, at=at))

    return act


ACTS: dict[str, Act] = {
    "ask_info": Act(desk_actions.ask_info, "di", {"note": "请问是哪一层？"}),
    "supplement": Act(requester_actions.supplement, "patient", {"note": "在门诊三层。"}),
    "correct": Act(requester_actions.correct, "patient", {"need": "改成明天上午推轮椅"}),
    "reject": Act(desk_actions.reject, "di", {"reason": RejectReason.duplicate, "note": "已有人在办。"}),
    "accept": Act(desk_actions.accept, "di"),
    "approve_wording": Act(desk_actions.approve_wording, "di", {"wording": WORDING}),
    "dispatch": Act(desk_actions.dispatch, "di", {"unit": "ZB1"}),
    "dispatch to ZB2": Act(desk_actions.dispatch, "di", {"unit": "ZB2"}),
    "sign_for": Act(branch_actions.sign_for, "lead"),
    "return_order": Act(branch_actions.return_order, "lead", {"reason": ReturnReason.wrong_duty}),
    "final_ruling": Act(desk_actions.final_ruling, "wei", {"unit": "ZB1"}),
    "transfer": Act(desk_actions.transfer, "di", {"unit": "ZB2"}),
    "claim": Act(branch_actions.claim, "lin"),
    "assign": Act(branch_actions.assign, "lead", {"person": "lin"}),
    "decline": Act(branch_actions.decline, "lin", {"note": "今天值班。"}),
    "release": Act(branch_actions.release, "lin", {"note": "临时手术。"}),
    "start": Act(branch_actions.start, "lead"),
    "ask": Act(seeking.ask, "lead", {"people": ["zhao"], "purpose": "slot"}),
    "thank": Act(as_a_job("thank"), "system", {"people": ["zhao"]}),
    "hand_back": Act(as_a_job("hand_back"), "system", {"why": BackReason.nobody, "purpose": "slot"}),
    "hand back uncalled": Act(as_a_job("hand_back"), "system", {"why": BackReason.not_contacted, "purpose": "slot"}),
    "move_up": Act(as_a_job("move_up"), "system", {"person_id": "zhao"}),
    "seek_cover": Act(seeking.seek_cover, "lin", {"note": "临时手术。"}),
    "cover": Act(seeking.cover, "zhao", {"leaver_id": "lin"}),
    "nudge": Act(as_a_job("nudge"), "system", later=HOUR),
    "offer_helper": Act(as_a_job("offer_helper"), "system", {"people": ["zhao"]}),
    "help": Act(seeking.help, "zhao"),
    "helper lets go": Act(branch_actions.release, "zhao", {"note": "有别的事。"}),
    "contact": Act(branch_actions.contact, "lin", {"note": "电话说好了。"}),
    "extend": Act(branch_actions.extend, "lin", {"until": AT + 3 * HOUR, "note": "要等检查结果。"}),
    "answer_extension": Act(desk_actions.answer_extension, "di", {"grant": True}),
    "park": Act(branch_actions.park, "lead", {"plan_on": date(2026, 3, 20), "note": "等轮椅修好。"}),
    "resume": Act(branch_actions.resume, "lead"),
    "complete": Act(branch_actions.complete, "lin", {"result": Result.solved, "note": NOTE, "minutes": 40}),
    "rate": Act(ratings.rate, "patient", {"level": 5}),
    "rate badly": Act(ratings.rate, "patient", {"level": 1, "reasons": ["slow"]}),
    "rate_again": Act(ratings.rate_again, "patient", {"level": 4}),
    "close": Act(desk_actions.close, "system", later=7 * DAY),
    "rectify": Act(ratings.rectify, "lead", {"outcome": Outcome.at_once, "note": "已经上门道歉并重新安排。"}),
    "rectify as misjudged": Act(ratings.rectify, "lead", {"outcome": Outcome.misjudged, "note": "评价的是另一件事。"}),
    "answer_misjudgement": Act(ratings.answer_misjudgement, "wei", {"approve": True}),
    "reopen": Act(requester_actions.reopen, "patient", {"note": "还没有解决。"}),
    "withdraw": Act(requester_actions.withdraw, "patient", {"note": "不需要了。"}),
    "archive": Act(desk_actions.archive, "system", later=30 * DAY),
    "urge": Act(requester_actions.urge, "patient", {"note": "麻烦快一点。"}),
    "public_list": Act(desk_actions.public_list, "system", later=8 * DAY),
    "supervise": Act(desk_actions.supervise, "wei", {"note": "请今天办结。"}),
    "reply": Act(branch_actions.reply, "lead", {"note": "下午办。"}),
}

DISPATCHED = ("accept", "dispatch")
IN_PROGRESS = (*DISPATCHED, "claim")
COMPLETED = (*IN_PROGRESS, "contact", "complete")
WAYS: dict[State, tuple[str, ...]] = {
    State.submitted: (),
    State.needs_info: ("ask_info",),
    State.rejected: ("reject",),
    State.accepted: ("accept",),
    State.dispatched: DISPATCHED,
    State.in_progress: IN_PROGRESS,
    State.parked: (*IN_PROGRESS, "park"),
    State.completed: COMPLETED,
    State.rectifying: (*COMPLETED, "rate badly"),
    State.closed: (*COMPLETED, "rate"),
    State.withdrawn: ("withdraw",),
    State.archived: ("reject", "archive"),
}


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What happens inside is refused with this code, as a whole or at a field."""
    with pytest.raises(Refused) as caught:
        yield
    fields = getattr(caught.value, "fields", {})
    assert code in {caught.value.code, *(wrong.code for wrong in fields.values())}


_keys = itertools.count(1)


def filing_of(cast: Cast, service: str = "wheelchair", *, key: str = "", at: datetime = AT, **wish: Any) -> Filing:
    """A wish from the spot S1 (which belongs to ZB1), ready for the database."""
    typed = {"need": NEED, "name": NAME, "phone": PHONE, "show_publicly": True} | wish
    spot = cast.spots["S1"]
    return prepare(
        Wish(cast.services[service], filing_key=key or f"key-{next(_keys)}", spot=spot, home_unit_id=spot.unit_id,
             **typed),
        sealer=Sealer(cast.settings.keys), pepper=cast.settings.pepper, by=Actor.requester(cast.root_id, 0), at=at,
    )  # fmt: skip


@dataclass
class Story:
    """One request in a database, filed anew; `at` moves on with the acts that come later."""

    cast: Cast
    database: Database
    work: Work
    id: int = 0
    number: str = ""
    at: datetime = AT
    broken: bool = False  # on purpose: what `verify` must find in the end
    filing: Filing = field(init=False)

    async def begin(self, service: str = "wheelchair", **wish: Any) -> "Story":
        """File it."""
        self.filing = filing_of(self.cast, service, at=self.at, **wish)
        self.id = (await self.work(requester_actions.file, self.filing)).id
        async with self.database.reading() as session:
            self.number = (await session.get_one(ServiceRequest, self.id)).number
        return self

    def who(self, name: str) -> Actor:
        """Somebody of the cast, `patient` (who filed it), `stranger` (who filed another) or `system`."""
        root_id = self.cast.root_id
        if name == "system":
            return Actor.system(root_id)
        if name in {"patient", "stranger"}:
            return Actor.requester(root_id, self.id + (name == "stranger") * 1_000_000)
        return self.cast[name]

    async def do(self, act: str, *, by: str = "", at: datetime | None = None, **words: Any) -> ServiceRequest:
        """Do it as it is usually done, except for what is named. Raises what the action refuses."""
        usual = ACTS[act]
        said = {**usual.words, **words}
        if "person" in said:
            said["person"] = self.cast.people[said["person"]].member_no
        if usual.action.__module__ in {seeking.__name__, __name__}:  # the room of asks knows people by their inner ids
            said |= {name: self._ids(said[name]) for name in ("people", "person_id", "leaver_id") if name in said}
        if usual.action in {requester_actions.supplement, requester_actions.correct}:
            said["sealer"] = Sealer(self.cast.settings.keys)
        moment = at or self.at + usual.later
        done = await self.work(usual.action, self.number, by=self.who(by or usual.by), at=moment, **said)
        self.at = moment
        return done

    def _ids(self, logins: str | Sequence[str]) -> Any:
        people = self.cast.people
        return people[logins].id if isinstance(logins, str) else [people[login].id for login in logins]

    async def go(self, *acts: str) -> "Story":
        """Do one after the other."""
        for act in acts:
            await self.do(act)
        return self

    async def now(self) -> ServiceRequest:
        """The request as it is in the database, everything loaded."""
        async with self.database.reading() as session:
            return await visible_request(session, self.number, self.who("system"))

    async def steps(self) -> list[Step]:
        """Its Steps in their order."""
        async with self.database.reading() as session:
            found = select(Step).where(Step.request_id == self.id).order_by(col(Step.seq))
            return list(await session.exec(found))


def without_database() -> Cast:
    """The same hospital as plain objects with made-up ids."""
    cast = Cast(settings=None, root_id=1)
    for number, (code, (name, kind, above)) in enumerate(UNITS.items(), 1):
        path = f"{cast.units[above].path if above else '/'}{number}/"
        cast.units[code] = Unit(id=number, root_id=1, code=code, name=name, kind=kind, path=path)
    for number, service in enumerate(SERVICES, 1):
        cast.services[service.code] = Service(**service.model_dump() | {"root_id": 1, "id": number})
    for number, (login, (name, code, roles)) in enumerate(PEOPLE.items(), 1):
        unit = cast.units[code]
        cast.people[login] = Person(id=number, root_id=1, unit_id=unit.id, member_no=f"M{number:04}", name=name)
        scopes = tuple(Scope(Role(role), cast.units[on].id, cast.units[on].path) for role, on in roles)
        cast.actors[login] = Actor(Kind.person, 1, number, name, unit.id, unit.path, scopes)
    cast.actors |= {"patient": Actor.requester(1, 17), "system": Actor.system(1)}
    return cast


def filed_without_database(cast: Cast, service: str) -> ServiceRequest:
    """A wish of 10:00 on a Monday in ZB1's hall."""
    wanted, unit = cast.services[service], cast.units["ZB1"]
    request = ServiceRequest(
        id=17, root_id=1, filing_key="key", filing_digest="", code_hash="", filed_at=AT, service_id=wanted.id,
        home_unit_id=unit.id, unit_id=unit.id, need=NEED, show_publicly=True, state_since=AT, last_hash=anchor("key"),
        tier=wanted.tier, slots=wanted.slots, dispatch_due_at=AT + HOUR, due_at=AT + HOUR,
    )  # fmt: skip
    request.unit, request.service, request.claims = unit, wanted, []
    return request


def take(request: ServiceRequest, cast: Cast, *logins: str, at: datetime = AT) -> Step:
    """The first claims for themselves, or with the others as a group."""
    people = [cast.people[login] for login in logins]
    kind = ClaimerKind.group if len(people) > 1 else ClaimerKind.member
    return request.claim(people, kind, people[0].name, cast[logins[0]], at)


def lead_to(request: ServiceRequest, state: State, cast: Cast, at: datetime = AT) -> ServiceRequest:
    """The request in `state`, by its own verbs and on the usual way."""
    do: dict[str, Callable[[], object]] = {
        "ask_info": lambda: request.ask_info("哪一层？", cast["di"], at),
        "reject": lambda: request.reject(RejectReason.duplicate, "", cast["di"], at),
        "accept": lambda: request.accept(cast["di"], at),
        "dispatch": lambda: request.dispatch(
            cast.units["ZB1"], Tier(request.tier), request.slots, cast["di"], at
        ),
        "claim": lambda: take(request, cast, *["lin", "zhao"][: request.slots], at=at),
        "contact": lambda: request.contact("", cast["lin"], at),
        "park": lambda: request.park(date(2026, 3, 20), "", cast["lead"], at),
        "complete": lambda: request.complete(Result.solved, NOTE, 40, cast["lin"], at),
        "rate": lambda: request.rate(5, [], "", cast["patient"], at),
        "rate badly": lambda: request.rate(1, ["slow"], "", cast["patient"], at),
        "withdraw": lambda: request.withdraw("", cast["patient"], at),
        "archive": lambda: request.archive(cast["system"], at + 30 * DAY),
    }  # fmt: skip
    for act in WAYS[state]:
        do[act]()
    return request


@pytest.fixture(scope="session")
def hospital(shared_cast: Cast) -> Iterator[Cast]:
    """The shared hospital; when all tests are through, what they left agrees with its Steps."""
    yield shared_cast

    async def differences() -> list[str]:
        database = Database(shared_cast.settings.database_url)
        async with database.reading() as session:
            found = [line async for line in verify.differences(session)]
        await database.close()
        return found

    with anyio.from_thread.start_blocking_portal() as portal:
        assert portal.call(differences) == []


@pytest.fixture(scope="session")
async def opened(hospital: Cast, anyio_backend: str) -> AsyncIterator[Database]:
    """One engine for all tests, so that statements are compiled once."""
    database = Database(hospital.settings.database_url)
    yield database
    await database.close()


@pytest.fixture
async def story(hospital: Cast, opened: Database) -> Story:
    """A request of its own: `await story.begin()` files it."""
    return Story(hospital, opened, Work(opened))
