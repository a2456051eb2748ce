"""Filing through the API at a place and on behalf, and following with the code that the receipt tells."""

from datetime import datetime, timedelta

import pytest

from matching.privacy.consent import EMERGENCY_NOTICE, NOTICE_VERSION
from tests.api.v1.conftest import FILING, NEED, PHONE, Api, refusal
from tests.api.v1.test_verbs import COMPLETE, CONTACT, DISPATCH, HELD, SOON
from tests.cast import AT, OLD_SLUG

pytestmark = pytest.mark.usefixtures("one_moment")
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEY = {"Idempotency-Key": "a-key-of-16-or-more"}
HERE = "/api/v1/places/menzhen-dating"


def test_a_filing_gives_the_same_receipt_to_the_same_key(api: Api):
    receipts = [api.of("anybody").post(f"{HERE}/filings", json=FILING, headers=KEY) for _ in range(2)]
    assert [receipt.status_code for receipt in receipts] == [201, 201]
    assert receipts[0].json() == receipts[1].json()
    assert receipts[0].headers["location"] == "/api/v1/followup"
    other = api.of("anybody").post(f"{HERE}/filings", json=FILING | {"need": "另外一件事请帮忙"}, headers=KEY)
    refusal(other, 409, "key_reused")
    filed = api.get("di", f"/requests/{receipts[0].json()['number']}").json()
    assert (filed["channel"], filed["unit"]["code"], filed["requester"]) == ("api", "ZB1", "张*")
    assert len(api.get("di", "/requests").json()["items"]) == 1


def test_staff_file_on_behalf_at_any_place_with_the_whole_catalogue(api: Api):
    body = FILING | {"service": "first_aid", "spot": "S3"}
    filed = [api.of("lin").post("/api/v1/requests", json=body, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in filed] == [201, 201]
    assert filed[0].json() == filed[1].json()
    number = filed[0].json()["number"]
    assert filed[0].headers["location"] == f"/api/v1/requests/{number}"
    request = api.get("di", f"/requests/{number}").json()
    assert (request["channel"], request["service"]["code"], request["unit"]["code"]) == ("staff", "first_aid", "ZB3")
    api.code = filed[0].json()["query_code"]
    assert api.do("requester", "urge", {}).status_code == 200
    refusal(api.of("audit").post("/api/v1/requests", json=body), 403, "not_allowed")
    nowhere = refusal(api.of("di").post("/api/v1/requests", json=body | {"spot": "S9"}), 422, "invalid")
    assert nowhere["fields"]["spot"]["code"] == "unknown_spot"


@ONE_DATABASE
@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"service": "first_aid"}, "service", "unknown_service"),
        ({"need": "太短"}, "need", "too_short"),
        ({"need": "长" * 301}, "need", "too_long"),
        ({"need": "  "}, "need", "too_short"),
        ({"phone": "12345"}, "phone", "bad_phone"),
        ({"service": "escort", "phone": ""}, "phone", "phone_needed"),
        ({"consents": ["notice"]}, "consents", "consent_needed"),
        ({"notice_version": "1999-01"}, "consents", "consent_needed"),
        ({"for_minor": True}, "consents", "guardian_needed"),
        ({"wanted_from": "2020-01-01T10:00:00Z"}, "wanted_from", "time_in_past"),
        ({"wanted_from": "2099-01-01T10:00:00Z"}, "wanted_from", "time_too_far"),
        ({"wanted_from": "9999-12-31T23:59:59-12:00"}, "wanted_from", "bad_time"),
        ({"wanted_from": "2027-01-01T10:00:00"}, "wanted_from", "time_zone_needed"),
        ({"surname": "张"}, "surname", "unknown_field"),
    ],
)
def test_a_filing_keeps_to_the_rules_of_the_page(api: Api, changed, field, code):
    answer = api.of("anybody").post(f"{HERE}/filings", json=FILING | changed)
    assert refusal(answer, 422, "invalid")["fields"][field]["code"] == code


@ONE_DATABASE
def test_what_cannot_be_helped_is_refused_in_friendly_words(api: Api):
    asked = FILING | {"need": "求求你们给我加号，让我爸爸今天插队看专家"}
    refused = refusal(api.of("anybody").post(f"{HERE}/filings", json=asked), 422, "refused_ask")
    assert "公平" in refused["detail"]
    apart = FILING | {"need": "想请人帮我挂上今天的专家", "reason": "求你们给我加号插队，给钱也行"}
    refusal(api.of("anybody").post(f"{HERE}/filings", json=apart), 422, "refused_ask")


@ONE_DATABASE
def test_an_emergency_is_sent_to_the_emergency_department_first(api: Api):
    asked = FILING | {"need": "我爸爸突然胸口剧痛，喘不上气，快来人"}
    for sent in (asked, asked | {"consents": []}):
        refused = refusal(api.of("anybody").post(f"{HERE}/filings", json=sent), 422, "invalid")
        assert refused["detail"] == EMERGENCY_NOTICE
        assert refused["fields"]["emergency_seen"]["code"] == "required"
    filed = api.of("anybody").post(f"{HERE}/filings", json=asked | {"emergency_seen": True})
    assert filed.json()["emergency"]
    assert filed.json()["advice"] == EMERGENCY_NOTICE


@ONE_DATABASE
def test_a_place_says_what_may_be_asked_there_or_why_not(api: Api):
    place = api.get("anybody", "/places/menzhen-dating").json()
    assert [service["code"] for service in place["services"]] == ["wheelchair", "escort", "books"]
    assert place["notice_version"] == NOTICE_VERSION
    assert [box["kind"] for box in place["consents"] if box["required"]] == ["notice", "health", "guardian"]
    refusal(api.get("anybody", "/places/nowhere"), 404, "unknown_spot")
    refusal(api.get("anybody", "/places/jiu-lou"), 410, "spot_closed")
    refusal(api.get("anybody", f"/places/{OLD_SLUG}"), 410, "spot_rotated")


@ONE_DATABASE
def test_a_wanted_time_is_kept_to_the_minute(api: Api):
    start = AT + timedelta(days=1)
    number = api.file(wanted_from=start.isoformat(), wanted_to=(start + timedelta(hours=1)).isoformat())
    told = api.get("di", f"/requests/{number}").json()
    assert datetime.fromisoformat(told["wanted_from"]) == start


CASES = {
    "supplement": ({"note": "在三楼"}, "submitted", (("di", "ask_info", {"note": "在几楼？"}),)),
    "correct": ({"need": "改借拐杖，用半天"}, "submitted", ()),
    "answer_extension": (
        {"grant": False},
        "in_progress",
        (*HELD, ("lin", "extend", {"until": SOON, "note": "等检查"})),
    ),
    "rate": ({"level": 2, "reasons": ["slow"], "note": "等了很久"}, "rectifying", (*HELD, CONTACT, COMPLETE)),
    "rate_again": ({"level": 5}, "closed", (*HELD, CONTACT, COMPLETE, ("requester", "rate", {"level": 4}))),
    "reopen": ({"note": "还是没有借到"}, "in_progress", (*HELD, CONTACT, COMPLETE)),
    "withdraw": ({}, "withdrawn", (DISPATCH,)),
    "urge": ({"note": "还要多久"}, "dispatched", (DISPATCH,)),
}
TWICE = {"correct": 200, "urge": 429}  # said twice; all others 409


@pytest.mark.parametrize("verb", CASES)
def test_a_requester_does_a_verb_once(api: Api, verb: str):
    body, to, before = CASES[verb]
    api.file()
    api.tell(*before)
    old = api.of("anybody").get("/api/v1/followup", headers={"Query-Code": api.code})
    assert verb in old.json()["verbs"]
    done = api.do("requester", verb, body, Idempotency_Key="once", If_Match=old.headers["etag"])
    assert done.status_code == 200, done.text
    assert done.json()["state"] == to
    again = api.do("requester", verb, body, Idempotency_Key="once", If_Match=old.headers["etag"])
    assert (again.status_code, again.text) == (200, done.text)
    refusal(api.do("requester", verb, body, If_Match=old.headers["etag"]), 412, "stale")
    assert api.do("requester", verb, body).status_code == TWICE.get(verb, 409)
    staff_sees = api.get("audit", f"/requests/{api.number}").json()
    assert staff_sees["state"] == to


def test_following_speaks_plainly_and_a_wrong_code_is_found_out(api: Api):
    api.file()
    api.tell(*HELD)
    told = api.of("anybody").get("/api/v1/followup", headers={"Query-Code": api.code.lower()})
    assert told.json()["state_words"] == "志愿者正在办理"
    assert told.json()["lights"] == 3
    assert told.json()["happened"][0]["by"] == "林*"
    known = {"Query-Code": api.code, "If-None-Match": told.headers["etag"]}
    assert api.of("anybody").get("/api/v1/followup", headers=known).status_code == 304
    for wrong in ("x", "AAAAA-AAAAA", "BAAAAAAAAB", "CAAAAAAAAC", "DAAAAAAAAD", "EAAAAAAAAE"):
        refusal(api.of("anybody").get("/api/v1/followup", headers={"Query-Code": wrong}), 404, "unknown_code")
    tired = api.of("anybody").get("/api/v1/followup", headers={"Query-Code": "FAAAAAAAAF"})
    refusal(tired, 429, "too_many_tries")
    assert int(tired.headers["retry-after"]) > 0


@ONE_DATABASE
def test_a_correction_keeps_to_the_rules_of_filing(api: Api):
    api.file()
    banned = refusal(api.do("requester", "correct", {"need": "求求你们给我加号，让我今天插队看专家"}), 422, "invalid")
    assert banned["fields"]["need"]["code"] == "refused_ask"
    api.file(service="escort")
    assert refusal(api.do("requester", "correct", {"need": "想请人陪我去检查"}), 422, "invalid")["fields"]["phone"]


def test_a_requester_erases_their_contact(api: Api):
    api.file()
    api.tell(*HELD)
    theirs = {"Query-Code": api.code}
    assert api.of("anybody").delete("/api/v1/followup/public-display", headers=theirs).status_code == 204
    assert api.of("anybody").delete("/api/v1/followup/contact", headers=theirs).status_code == 204
    copy = api.of("anybody").get("/api/v1/followup/copy", headers=theirs).json()["held"]
    assert copy["typed"] is None
    assert PHONE not in str(copy)
    told = api.get("audit", f"/requests/{api.number}").json()
    assert (told["state"], told["requester"], told["has_phone"]) == ("withdrawn", "", False)


@ONE_DATABASE
def test_the_wall_shows_approved_wording_only(api: Api):
    api.file()
    api.tell(DISPATCH)
    assert api.get("anybody", "/wall").json()["items"] == []
    api.tell(("di", "approve_wording", {"wording": "想借一辆轮椅去检查"}))
    shown = api.get("anybody", "/wall").json()["items"]
    assert [(wish["words"], wish["standing"]) for wish in shown] == [("想借一辆轮椅去检查", "等志愿者接单")]
    assert NEED not in str(shown)
    assert api.number not in str(shown)
