"""Finding somebody through the API: suggestions, why somebody is none, asks, waves; dials and registrations."""

import pytest

from matching import clock
from matching.asks.model import AskDials
from matching.services.model import Service
from tests.api.v1.conftest import Api, refusal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DIALS = {"automatic": False, "equity": 0.5, "ask_cap": 4, "hours_cap": 10, "target_fast": 85, "target_slow": 70,
         "quiet_from": "22:00", "quiet_to": "06:30", "clearance": True}  # fmt: skip


@pytest.fixture
def books(api: Api) -> Api:
    """Something that can be done any day, dispatched to ZB1; nothing happens by itself."""

    async def by_hand(session):
        session.add(
            AskDials(root_id=api.doors.cast.root_id, automatic=False, quiet_from=0, quiet_to=0, changed_at=clock.now())
        )

    api.doors.work(by_hand)
    api.file(service="books")
    api.tell(("di", "dispatch", {"unit": "ZB1"}))
    return api


def test_suggestions_come_with_their_parts_and_reasons(books: Api):
    path = f"/requests/{books.number}/suggestions"
    told = books.get("lead", path, size=2).json()
    assert (len(told["items"]), told["fit"], told["of"], told["kept"]) == (2, 3, 3, {})
    for one in told["items"]:
        assert sum(one["parts"].values()) == one["score"]
        assert len(one["reasons"]) == 3
        assert "phone" not in str(one)
    refusal(books.get("lin", path), 403, "not_allowed")
    refusal(books.get("lead2", path), 404, "not_seen")
    refusal(books.get("lead", path, size=21), 422, "invalid")
    one = books.get("lead", f"{path}/M0006").json()
    assert (one["name"], one["rule"], one["unit"]["code"]) == ("林晓云", None, "ZB1")
    assert one["suggestion"]["reasons"]
    away = books.of("di").get(f"/api/v1{path}/M0008", headers={"accept-language": "en"}).json()
    assert (away["rule"], away["place"], away["suggestion"]) == ("scope", 0, None)
    assert away["rule_word"].isascii()
    for nobody in ("M0008", "M9999", "晓云"):
        refusal(books.get("lead", f"{path}/{nobody}"), 404, "not_seen")


def test_members_are_asked_once_a_key_and_waves_start_and_stop(books: Api):
    lead, path = books.of("lead"), f"/api/v1/requests/{books.number}"
    body, key = {"people": ["M0006"]}, {"Idempotency-Key": "k1"}
    first, again = (lead.post(f"{path}/asks", json=body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    (asked,) = first.json()["items"]
    assert (asked["member_no"], asked["wave"], asked["answer"], asked["purpose"]) == ("M0006", 0, "waiting", "slot")
    wrong = refusal(lead.post(f"{path}/asks", json=body), 422, "invalid")
    assert wrong["fields"]["people"]["code"] == "cannot_ask"
    refusal(books.of("zhao").post(f"{path}/asks", json=body), 403, "not_allowed")
    refusal(lead.post(f"{path}/asks", json={"people": []}), 422, "invalid")
    refusal(lead.delete(f"{path}/waves"), 409, "not_asking")
    started = lead.post(f"{path}/waves")
    assert started.status_code == 201, started.text
    assert [wave["asking"] for wave in started.json()["waves"]] == ["running"]
    assert lead.delete(f"{path}/waves").status_code == 204
    assert [wave["asking"] for wave in books.get("di", f"/requests/{books.number}/asks").json()["waves"]] == ["stopped"]
    refusal(books.of("lin").post(f"{path}/waves"), 403, "not_allowed")


def test_dials_and_registrations_through_the_api(books: Api):
    root = books.of("root")
    assert books.get("root", "/dials").json()["equity"] == 1.0
    assert root.put("/api/v1/dials", json=DIALS).json() == DIALS
    assert books.get("wei", "/dials").json() == DIALS
    refusal(root.put("/api/v1/dials", json=DIALS | {"equity": 9}), 422, "invalid")
    refusal(books.of("lead").put("/api/v1/dials", json=DIALS), 403, "not_allowed")

    async def needed(session):
        service = await session.get_one(Service, books.doors.cast.services["books"].id)
        service.skills, service.minutes = ["义诊资质-医师"], 25

    books.doors.work(needed)
    assert books.get("lin", "/services").json()["items"][2]["minutes"] == 25
    path = "/api/v1/people/M0006/licences"
    made = root.post(path, json={"skill": "义诊资质-医师", "valid_until": "2031-01-31"}).json()
    assert books.get("root", "/people/M0006/licences").json() == {"items": [made]}
    assert made["checked_by"] == "管方正"
    refusal(root.post(path, json={"skill": "驾驶", "valid_until": "2031-01-31"}), 422, "invalid")
    refusal(books.of("lead").get(path), 404, "not_seen")
    assert root.delete(f"{path}/{made['id']}").status_code == 204
    refusal(root.delete(f"{path}/{made['id']}"), 404, "not_seen")
