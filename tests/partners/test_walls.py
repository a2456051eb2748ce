"""A liaison never sees or touches anything but what their own organisation asked, by whatever door they try."""

import re
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from matching.api.hearing import keys_for
from matching.api.liaisons import may_open
from matching.api.public_routes import PUBLIC
from matching.errors import NotAllowed, NotSeen
from matching.people import granting
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Role
from matching.requests import desk_actions, requester_actions
from matching.requests.model import ServiceRequest
from matching.requests.policy import MAY, REQUESTER, may, may_file, may_reveal, verbs_for
from matching.requests.queries import id_of
from matching.requests.states import State
from tests.cast import AT
from tests.partners.conftest import patients_wish
from tests.requests.scene import filed_without_database, lead_to, refused, without_database

SECRET = "别人家的病人要一辆轮椅"
THEIR_ACCOUNT = ("/live", "/logout", "/me", "/api/v1/me")  # a stream that never ends, and what would sign them out
OPENS = ("/partner", "/api/v1/partner", "/notices")


def liaison(partner_id: int, *more: Scope) -> Actor:
    return Actor(Kind.person, 1, 99, "柯红梅", 1, "/1/", (Scope(Role.liaison, 1, "/1/"), *more), partner_id=partner_id)


@pytest.mark.parametrize("state", State)
def test_a_liaison_may_what_a_requester_may_and_nothing_else(state):
    cast = without_database()
    ours = filed_without_database(cast, "first_aid")
    ours.partner_id = 7
    lead_to(ours, state, cast)
    everything = (Scope(Role.committee, 1, "/1/"), Scope(Role.unit_lead, 1, "/1/"), Scope(Role.member, 1, "/1/"))
    for by in (liaison(7), liaison(7, *everything)):
        assert {verb for verb in MAY if may(verb, by, ours)} == {verb for verb in MAY if REQUESTER in MAY[verb]}
        assert not may_reveal(by, ours)
        assert not may_file(by)
    for stranger in (liaison(8), liaison(8, *everything)):
        assert not [verb for verb in MAY if may(verb, stranger, ours)]
        assert verbs_for(stranger, ours) == []
    ours.partner_id = None
    assert not [verb for verb in MAY if may(verb, liaison(7, *everything), ours)]
    without_role = Actor(Kind.person, 1, 99, "柯红梅", 1, "/1/", everything, partner_id=7)
    ours.partner_id = 7
    assert not [verb for verb in MAY if may(verb, without_role, ours)]


@pytest.mark.parametrize(
    "path", ["/partnerships", "/partners", "/partners/P01", "/requests/1/photos/x", "/api/v1/partners", "/board",
             "/me/availability", "/api/v1/requests", "/reports", "/activities", "/notices/posts/1", "/admin/policy",
             "/points"],
)  # fmt: skip
def test_what_is_not_named_stays_shut_for_liaisons(path):
    assert not may_open(liaison(7), "GET", path)
    assert not may_open(liaison(7), "POST", "/requests/260302-00001")
    assert may_open(without_database()["lin"], "GET", path)


async def test_no_action_reaches_anothers_request(room, work):
    mine, theirs = await room.order("ke"), await room.order("ou", filing_key="order-key-000002")
    patients = await work(patients_wish, room.cast, SECRET)
    ke = room.cast["ke"]
    for number in (theirs, patients):
        for action, said in (
            (requester_actions.withdraw, {}),
            (requester_actions.urge, {}),
            (requester_actions.supplement, {"note": "在", "sealer": room.sealer}),
        ):
            with pytest.raises(NotSeen):
                await work(action, number, **said, by=ke, at=AT)
    with pytest.raises(NotAllowed):
        await work(desk_actions.dispatch, mine, "ZB1", by=ke, at=AT)


async def test_no_role_is_added_to_a_liaison_and_none_is_a_liaison_without_a_partner(room, work):
    ke = room.cast.people["ke"]
    with refused("not_for_liaisons"):
        await work(granting.grant, ke.member_no, Role.member, "ZB1", by=room.cast["root"], at=AT)
    with refused("liaisons_by_partner"):
        await work(granting.grant, "M0006", Role.liaison, "DW", by=room.cast["root"], at=AT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_route_is_shut_or_their_own(doors, partners, order_now):
    mine, theirs = order_now("ke"), order_now("ou", need="第二家单位的急救培训需求")
    patients = doors.work(patients_wish, doors.cast, SECRET)
    browser, program = doors.of("ke"), doors.program("ke")
    tried = 0
    for route in iter_route_contexts(doors.app.routes):
        methods = getattr(route, "methods", None) or ()
        if route.path in PUBLIC or not methods or route.path.startswith(THEIR_ACCOUNT):
            continue
        for number in (theirs, patients, mine) if route.path.startswith(OPENS) else (patients,):
            path = _filled(route.path, number)
            visitor = program if path.startswith("/api/") else browser
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} & set(methods):
                answer = _ask(visitor, method, path)
                tried += 1
                assert not [needle for needle in (SECRET, "第二家单位") if needle in answer.text], (method, path)
                if not path.startswith(OPENS):
                    own_page = method == "GET" and path == f"/requests/{number}"
                    assert answer.status_code == (303 if own_page else 404), (method, path, answer.status_code)
                elif number != mine and "{number}" in route.path:
                    assert answer.status_code in {404, 422, 303}, (method, path, answer.status_code)
            if "{" not in route.path:
                break
    assert tried > 250
    kept = {number: doors.read(_state, number) for number in (theirs, patients)}
    assert kept == {theirs: ("submitted", 1), patients: ("submitted", 1)}


def test_the_live_stream_tells_a_liaison_of_themselves_only(doors, partners):
    assert doors.read(keys_for, doors.cast["ke"]) == {f"person {doors.cast['ke'].id}"}


def test_staff_without_a_partner_have_no_partners_page(doors, partners, order_now):
    number = order_now("ke")
    for login in ("lin", "wei", "root"):
        browser = doors.of(login)
        for path in ("/partner", "/partner/requests/new", f"/partner/requests/{number}"):
            assert browser.get(path).status_code == 404, (login, path)


def _filled(path: str, number: str) -> str:
    names = {"number": number, "code": "P02", "verb": "withdraw", "member_no": "P02-1", "digest": "0" * 64}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: names.get(found[1], "1"), path)


def _ask(visitor: Any, method: str, path: str) -> Any:
    if method == "GET":
        return visitor.get(path, follow_redirects=False)
    if path.startswith("/api/"):
        return visitor.request(method, path, json={"note": "x"}, headers={"Idempotency-Key": "k" * 20})
    return visitor.post(path, data={"note": "x", "came": "3", "csrf": visitor.form_key}, follow_redirects=False)


async def _state(session: Any, number: str) -> tuple[str, int]:
    found = await session.get_one(ServiceRequest, id_of(number))
    return found.state, found.last_seq
