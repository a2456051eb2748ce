"""A liaison who is withdrawn, or gets another password, in the middle of what they do: refused at once, in words that
a person understands, and what they typed is still there for whoever goes on with it."""

import asyncio
import html
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlmodel import func, select

from matching import clock
from matching.clock import SHANGHAI
from matching.partners import liaisons
from matching.requests.model import ServiceRequest
from tests.api.listening import served
from tests.cast import PASSWORD, _api_token, _form_key, field_value
from tests.partners.conftest import NEED, VENUE, two_partners

CLOSED = "这个账号已经停用"


def order_form(**more):
    """What a liaison types to ask for a training in ten days."""
    day = clock.now().astimezone(SHANGHAI).date() + timedelta(days=10)
    return {
        "service": "first_aid", "need": NEED, "day": day.isoformat(), "begins": "14:00", "ends": "16:00",
        "venue": VENUE, "headcount": "40", "name": "柯红梅", "phone": "13700137000", "slots": "1",
        "filing_key": "a-form-that-was-open",
    } | more  # fmt: skip


def go_on(browser, answer):
    """Press the button of the page that offers what was typed once more."""
    key = field_value(answer.text, "csrf")
    return browser.post("/partner/requests/new", data=order_form(csrf=key), follow_redirects=False)


async def _filed_by(session):
    return list(await session.exec(select(ServiceRequest.filed_by)))


async def _remove(session, cast, login="ke"):
    number = cast.people[login].member_no
    await liaisons.remove_liaison(session, "P01", number, by=cast["wei"], at=clock.now())


def test_whoever_is_withdrawn_is_refused_at_every_door_and_a_colleague_goes_on(doors, partners, order_now):
    number = order_now("ke")
    browser, program = doors.of("ke"), doors.program("ke")
    doors.work(_remove, doors.cast)
    for path in ("", "/requests/new", f"/requests/{number}", "/report", "/agreements/1/file"):
        answer = browser.get(f"/partner{path}", follow_redirects=False)
        assert (answer.status_code, CLOSED in answer.text) == (401, True), path
    for method, path in (("GET", ""), ("GET", f"/requests/{number}"), ("POST", "/items"), ("POST", "/requests")):
        said = program.request(method, f"/api/v1/partner{path}", json={"title": "x"} if method == "POST" else None)
        assert (said.status_code, said.json()["code"]) == (401, "account_closed"), path
    for act in ("withdraw", "urge", "rate", "confirm", "correct"):
        assert browser.submit(f"/partner/requests/{number}/{act}", note="不需要了").status_code == 401
    answer = browser.submit("/partner/requests/new", **order_form())
    assert answer.status_code == 401
    assert CLOSED in answer.text
    kept = html.unescape(field_value(answer.text, "kept"))
    again = browser.post("/login", data={"account": "ke", "password": PASSWORD, "kept": kept})
    assert (again.status_code, CLOSED in again.text) == (401, True)
    assert html.unescape(field_value(again.text, "kept")) == kept
    taken = browser.post("/login", data={"account": "qu", "password": PASSWORD, "kept": kept})
    assert NEED in taken.text
    assert go_on(browser, taken).status_code == 303
    assert doors.read(_filed_by) == [doors.cast.people[login].id for login in ("ke", "qu")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_typed_outlives_another_password_and_the_change_of_it(doors, partners):
    browser, member_no, parts = doors.of("ke"), doors.cast.people["ke"].member_no, doors.app.state.parts

    async def renew():
        renewed = liaisons.renew_password(parts.work, "P01", member_no, by=doors.cast["wei"], at=clock.now())
        return (await renewed)[1]

    one_time = doors.call(renew)
    answer = browser.submit("/partner/requests/new", **order_form())
    assert answer.status_code == 401
    kept = html.unescape(field_value(answer.text, "kept"))
    typed = {"account": "ke", "password": one_time, "kept": kept}
    changing = browser.post("/login", data=typed, follow_redirects=False)
    assert html.unescape(field_value(changing.text, "kept")) == kept
    said = {"csrf": field_value(changing.text, "csrf"), "kept": kept, "current": one_time, "new": "Lamp-light-8"}
    wrong = browser.post("/me/password", data=said | {"again": "another"})
    assert html.unescape(field_value(wrong.text, "kept")) == kept
    changed = browser.post("/me/password", data=said | {"again": "Lamp-light-8"}, follow_redirects=False)
    assert NEED in changed.text
    assert go_on(browser, changed).status_code == 303
    for nonsense in ('["/x", [["a", "\\ud800"]]]', "[" * 100_000):
        assert browser.post("/login", data=typed | {"kept": nonsense}).status_code == 401


@pytest.mark.parametrize("door", ["page", "program"])
async def test_a_form_that_is_on_its_way_while_its_sender_is_withdrawn_files_nothing(cast, door):
    with served(cast) as running:
        await running.work(two_partners, cast, clock.now() - timedelta(days=180))
        parts, cookie = running.app.state.parts, await running.cookie("ke")
        if door == "page":
            form = order_form(csrf=await running._there(_form_key(parts, cookie)))
            path, body, kind = "/partner/requests/new", urlencode(form), "application/x-www-form-urlencoded"
            who = f"Cookie: session={cookie}"
        else:
            path, body, kind = (
                "/api/v1/partner/items",
                json.dumps({"kind": "need", "title": "讲座"}),
                "application/json",
            )
            who = f"Authorization: Bearer {await running._there(_api_token(parts, cast, 'ke'))}"
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        sent = body.encode()
        head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", who, f"Content-Type: {kind}", "Connection: close"]
        writer.write("\r\n".join([*head, f"Content-Length: {len(sent)}", "", ""]).encode() + sent[:-10])
        await writer.drain()
        await running.work(_nothing)  # the server has had its turn, and has what was sent so far
        await running.work(_remove, cast)
        writer.write(sent[-10:])
        answer = (await reader.read()).decode(errors="replace")
        writer.close()
        assert answer.split()[1] == "401", answer[:600]
        assert CLOSED in answer
        assert await running.work(_requests) == 0


async def _nothing(session):
    await session.exec(select(1))


async def _requests(session):
    return (await session.exec(select(func.count()).select_from(ServiceRequest))).one()
