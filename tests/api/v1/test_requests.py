"""Finding, reading and revealing through the API; what must not leak; who asks what of the house."""

import asyncio
import json
import threading

import httpx2 as httpx
import pytest

from matching.requests.states import STATES
from tests.api.v1.conftest import NAME, NEED, PHONE, Api, refusal
from tests.api.v1.test_verbs import CLAIM, COMPLETE, CONTACT, DISPATCH, HELD

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def pages(api: Api, who: str, path: str, **params):
    """All items, page by page, as a program follows `next`."""
    items, answer = [], api.get(who, path, **params)
    for _ in range(50):
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if (rest := answer.json()["next"]) is None:
            assert "link" not in answer.headers
            return items
        assert answer.headers["link"] == f'<{rest}>; rel="next"'
        answer = api.of(who).get(rest)
    raise AssertionError("pages without an end")


def test_a_list_is_walked_page_by_page_without_gaps_or_repeats(api: Api):
    numbers = []
    for turn in range(7):
        numbers.append(api.file())
        if turn % 2:
            api.tell(DISPATCH)
    found = [item["number"] for item in pages(api, "di", "/requests", size=2)]
    assert sorted(found) == sorted(numbers)
    assert len(set(found)) == 7
    dispatched = [item["number"] for item in pages(api, "di", "/requests", size=2, state="dispatched")]
    assert dispatched == numbers[1::2]
    assert [item["number"] for item in pages(api, "lin", "/requests/open", size=2)] == numbers[1::2]
    assert pages(api, "sun", "/requests/open") == []
    assert [item["number"] for item in pages(api, "di", "/requests", q=numbers[3])] == [numbers[3]]
    assert pages(api, "di", "/requests", state="dispatched", unit="ZB3") == []
    assert len(pages(api, "di", "/requests", unit="DW", service="wheelchair", spot="S1", tier="T1")) == 7
    assert pages(api, "di", "/requests", late=True) == []


def test_what_i_hold_and_what_i_have_done(api: Api):
    held = api.file()
    api.tell(*HELD)
    done = api.file()
    api.tell(*HELD, CONTACT, COMPLETE)
    assert [item["number"] for item in pages(api, "lin", "/requests/mine")] == [held]
    assert [item["number"] for item in pages(api, "lin", "/requests/mine", status="done", size=1)] == [done]


@ONE_DATABASE
@pytest.mark.parametrize("cursor", ["", "x", "####", "W10", "WyJzdWJtaXR0ZWQiXQ", "e30", "WzEsMiwzXQ", "W1tbW1tb"])
def test_a_cursor_that_is_not_ours_is_refused(api: Api, cursor: str):
    for path in ("/requests", "/requests/open", "/requests/mine", "/spots", "/people", "/wall"):
        answer = api.get("di", path, after=cursor)
        if cursor:
            refusal(answer, 422, "bad_cursor")


@ONE_DATABASE
def test_an_unknown_filter_is_named(api: Api):
    for name, code in {"unit": "unknown_unit", "service": "unknown_service", "spot": "unknown_spot"}.items():
        assert refusal(api.get("di", "/requests", **{name: "nowhere"}), 422, "invalid")["fields"][name]["code"] == code
    assert refusal(api.get("di", "/requests", colour="red"), 422, "invalid")["fields"]["colour"]["code"] == (
        "unknown_field"
    )


@ONE_DATABASE
def test_a_version_known_already_is_not_sent_again(api: Api):
    number = api.file()
    first = api.get("di", f"/requests/{number}")
    same = api.of("di").get(f"/api/v1/requests/{number}", headers={"If-None-Match": f'"0", W/{first.headers["etag"]}'})
    assert (same.status_code, same.content) == (304, b"")
    api.tell(("di", "accept", {}))
    assert api.of("di").get(
        f"/api/v1/requests/{number}", headers={"If-None-Match": first.headers["etag"]}
    ).status_code == 200  # fmt: skip


@ONE_DATABASE
def test_moments_are_utc_and_states_have_words(api: Api):
    number = api.file()
    body = api.get("di", f"/requests/{number}").json()
    assert body["filed_at"].endswith("Z")
    assert body["state_word"] == STATES["submitted"]
    english = api.of("di").get(f"/api/v1/requests/{number}", headers={"Accept-Language": "en"}).json()
    assert english["state"] == "submitted"
    assert english["state_word"] == "To review"


@ONE_DATABASE
def test_who_is_not_signed_in_is_refused_and_told_how(api: Api):
    for path in ("/requests", "/requests/1", "/services", "/units", "/spots", "/people", "/policy", "/me"):
        answer = api.get("anybody", path)
        refusal(answer, 401, "token_refused")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_nothing_told_to_anybody_holds_the_name_or_the_phone(api: Api):
    number = api.file(need=f"{NEED}，我叫{NAME}，电话{PHONE}")
    api.tell(*HELD, CONTACT)
    told = []
    for who in ("di", "lin", "lead", "audit", "wei"):
        paths = (f"/requests/{number}", f"/requests/{number}/steps", "/requests", "/requests/open", "/requests/mine")
        told += [api.get(who, path).text for path in paths]
    told += [api.get("di", "/people").text, api.get("anybody", "/wall").text]
    follow = api.of("anybody").get("/api/v1/followup", headers={"Query-Code": api.code})
    told.append(follow.text)
    assert follow.json()["number"] == number
    for text in told:
        assert NAME not in text
        assert PHONE not in text
        assert api.code not in text


def test_the_contact_is_for_the_claimer_and_each_look_is_logged_once_a_key(api: Api):
    api.file()
    why = {"reason": "约见面的地方"}
    api.tell(DISPATCH)
    refusal(api.do("lin", "reveal", why), 403, "only_claimer_sees_contact")
    refusal(api.do("di", "reveal", why), 403, "only_claimer_sees_contact")
    api.tell(CLAIM)
    refusal(api.do("sun", "reveal", why), 404, "not_seen")
    assert refusal(api.do("lin", "reveal", {"reason": " "}), 422, "invalid")["fields"]["reason"]["code"] == "required"
    looks = [api.do("lin", "reveal", why, Idempotency_Key="look") for _ in range(2)]
    assert [look.json() for look in looks] == [
        {"name": NAME, "phone": PHONE, "need": NEED, "reason": "", "added": []}
    ] * 2
    copy = api.of("anybody").get("/api/v1/followup/copy", headers={"Query-Code": api.code}).json()["held"]
    assert [look["reason"] for look in copy["disclosures"]] == [why["reason"]]
    assert copy["typed"]["phone"] == PHONE


def test_two_calls_with_one_key_at_once_do_it_once(api: Api):
    """The calls meet in the transaction: both have read that the key is new before either writes."""
    api.file()
    api.tell(DISPATCH)
    answers = []
    clients = [api.doors.program("lin") for _ in range(2)]
    tokens = {client.headers["authorization"] for client in clients}
    assert len(tokens) == 2
    together = threading.Barrier(2)

    def call(client) -> None:
        together.wait()
        path = f"/api/v1/requests/{api.number}/claim"
        answers.append(client.post(path, json={}, headers={"Idempotency-Key": "tap"}))

    threads = [threading.Thread(target=call, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert answers[0].text == answers[1].text
    steps = api.get("di", f"/requests/{api.number}/steps").json()["items"]
    assert [step["verb"] for step in steps].count("claim") == 1


@ONE_DATABASE
def test_people_are_looked_up_by_who_leads_them(api: Api):
    assert [person["name"] for person in pages(api, "lead", "/people", size=2)] == ["雷秀英", "林晓云", "赵一鸣"]
    assert [person["member_no"] for person in pages(api, "di", "/people", q="孙")] == ["M0008"]
    refusal(api.get("lead", "/people", unit="ZB2"), 403, "outside_your_units")
    refusal(api.get("lin", "/people"), 403, "not_allowed")


@ONE_DATABASE
def test_the_house_tells_its_units_spots_services_and_rules(api: Api):
    units = api.get("lin", "/units").json()["items"]
    assert {unit["code"]: unit["parent"] for unit in units} == {
        "DW": None, "ZZ1": "DW", "ZB1": "ZZ1", "ZB2": "ZZ1", "ZB3": "DW"
    }  # fmt: skip
    assert [spot["code"] for spot in pages(api, "lin", "/spots", size=2)] == ["S1", "S2", "S3"]
    partners = api.get("lin", "/services", audience="partner").json()["items"]
    assert [service["code"] for service in partners] == ["wheelchair", "escort", "first_aid"]
    assert "dispatcher" in api.get("lin", "/policy").json()["verbs"]["dispatch"]
    roles = api.get("lead", "/me").json()["roles"]
    assert [(role["role"], role["unit"]["code"]) for role in roles] == [("unit_lead", "ZB1"), ("member", "ZB1")]


def test_a_token_is_told_once_even_when_asked_twice_and_ends_when_revoked(api: Api):
    ask = {"json": {"name": "看板"}, "headers": {"Idempotency-Key": "board"}}
    made = [api.of("di").post("/api/v1/me/tokens", **ask) for _ in range(2)]
    assert made[0].status_code == 201
    assert made[0].json() == made[1].json()
    token = made[0].json()
    assert [row["name"] for row in api.get("di", "/me/tokens").json()["items"]] == ["看板", "test"]
    other = api.doors.anybody()
    other.headers["authorization"] = f"Bearer {token['token']}"
    assert other.get("/api/v1/me").json()["name"] == "狄小满"
    refusal(api.of("lin").delete(f"/api/v1/me/tokens/{token['id']}"), 404, "not_seen")
    assert api.of("di").delete(f"/api/v1/me/tokens/{token['id']}").status_code == 204
    refusal(other.get("/api/v1/me"), 401, "token_refused")


@ONE_DATABASE
@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"note=x", "application/x-www-form-urlencoded", 415, "not_json"),
        (b'{"note": "x"}', "text/plain", 415, "not_json"),
        ('{"note": "在几楼"}'.encode("gbk"), "application/json", 422, "bad_encoding"),
        (b'{"note": "x"}', "application/json; charset=gbk", 422, "bad_encoding"),
        (b'{"note": ', "application/json", 422, "bad_json"),
        (b'{"note": NaN}', "application/json", 422, "bad_json"),
        (b"[" * 100_000, "application/json", 422, "bad_json"),
        (b'["x"]', "application/json", 422, "invalid"),
        (b'{"note": "\\u0000"}', "application/json", 422, "invalid"),
        (b'{"note": "\\ud800"}', "application/json", 422, "invalid"),
        (json.dumps({"note": "x" * 1024 * 1024}).encode(), "application/json", 413, "too_large"),
        (b"", "application/json", 422, "invalid"),
    ],
)
def test_a_body_that_is_not_json_in_utf8_of_sensible_size_is_refused(api: Api, content, kind, status, code):
    api.file()
    path = f"/api/v1/requests/{api.number}/ask_info"
    refusal(api.of("di").post(path, content=content, headers={"Content-Type": kind}), status, code)


@ONE_DATABASE
def test_a_body_that_grows_over_a_mebibyte_unannounced_is_refused(api: Api):
    api.file()

    async def send() -> httpx.Response:
        async def body():
            for _ in range(17):
                yield b" " * 65536

        door = httpx.ASGITransport(api.doors.app)
        async with httpx.AsyncClient(transport=door, base_url="http://testserver") as client:
            headers = {"Content-Type": "application/json", "Query-Code": api.code}
            return await client.post("/api/v1/followup/urge", content=body(), headers=headers)

    refusal(asyncio.run(send()), 413, "too_large")


@ONE_DATABASE
def test_a_method_that_a_resource_does_not_have_is_refused_with_those_it_has(api: Api):
    answer = api.of("di").put("/api/v1/requests/open")
    assert answer.status_code == 405
    assert answer.headers["allow"]
    refusal(api.get("di", "/nowhere"), 404, "not_seen")
