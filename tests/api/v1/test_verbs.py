"""Every verb of staff and members through the API: done, done once, stale, not seen, not allowed, too late."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from matching.api.verbs import VERBS
from matching.requests.policy import MAY, REQUESTER, SYSTEM
from tests.api.v1.conftest import Api, Step, refusal
from tests.cast import AT

pytestmark = pytest.mark.usefixtures("one_moment")
SOON = (AT + timedelta(hours=3)).isoformat()
PLAN = (AT + timedelta(days=20)).date().isoformat()
DISPATCH: Step = ("di", "dispatch", {"unit": "ZB1"})
CLAIM: Step = ("lin", "claim", {})
CONTACT: Step = ("lin", "contact", {})
COMPLETE: Step = ("lin", "complete", {"result": "solved", "note": "推到放射科并陪同检查，已送回候诊区", "minutes": 40})
HELD = (DISPATCH, CLAIM)
BAD: Step = ("requester", "rate", {"level": 1, "reasons": ["slow"]})
RATED_BADLY = (*HELD, CONTACT, COMPLETE, BAD)
MISJUDGED: Step = ("lead", "rectify", {"outcome": "misjudged", "note": "当时志愿者十分钟就到了，有签到记录"})
RETURN: Step = ("lead", "return_order", {"reason": "beyond_ability"})
ASKED: Step = ("lin", "extend", {"until": SOON, "note": "还差一项检查"})


@dataclass(frozen=True)
class Case:
    by: str
    body: dict[str, Any]
    to: str
    before: tuple[Step, ...] = ()
    late: tuple[Step, ...] | None = None  # after these it is too late for the verb; None: after itself
    late_by: str = ""
    code: str = "wrong_state"


CASES = {
    "ask_info": Case("di", {"note": "请问在几楼？"}, "needs_info"),
    "supplement": Case("di", {"note": "电话里说在三楼"}, "submitted", (("di", "ask_info", {"note": "在几楼？"}),)),
    "reject": Case("di", {"reason": "out_of_scope", "note": "请到服务台"}, "rejected"),
    "accept": Case("di", {}, "accepted"),
    "approve_wording": Case("di", {"wording": "想借一辆轮椅"}, "dispatched", (DISPATCH,), late=()),
    "dispatch": Case("di", {"unit": "ZB1", "tier": "T2", "helper_gender": "f", "gender_strict": True}, "dispatched"),
    "final_ruling": Case(
        "wei", {"unit": "ZB1"}, "dispatched", (DISPATCH, RETURN, DISPATCH, RETURN)
    ),
    "transfer": Case("di", {"unit": "ZB3", "note": "更近"}, "dispatched", (DISPATCH,), late=()),
    "sign_for": Case("lead", {}, "dispatched", (DISPATCH,), code="already_signed"),
    "return_order": Case("lead", {"reason": "wrong_place"}, "accepted", (DISPATCH,)),
    "claim": Case("lin", {}, "in_progress", (DISPATCH,), code="already_claimed_by_you"),
    "assign": Case("lead", {"person": "M0006"}, "in_progress", (DISPATCH,), code="already_claimed"),
    "decline": Case("lin", {"note": "今天值夜班"}, "dispatched", (DISPATCH, ("lead", "assign", {"person": "M0006"})),
                    late=HELD, code="not_assigned"),
    "release": Case("lin", {"note": "临时被叫去抢救"}, "dispatched", HELD, late_by="lead", code="no_claimer"),
    "start": Case("lead", {}, "in_progress", (("di", "dispatch", {"unit": "ZB1", "slots": 2}), CLAIM)),
    "contact": Case("lin", {"note": "电话里说好三点见"}, "in_progress", HELD, code="already_contacted"),
    "extend": Case("lin", {"until": SOON, "note": "还差一项检查"}, "in_progress", HELD, code="extension_used"),
    "answer_extension": Case("di", {"grant": True}, "in_progress", (*HELD, ASKED), code="no_extension_asked"),
    "park": Case("lead", {"plan_on": PLAN, "note": "轮椅要等新的一批"}, "parked", HELD),
    "resume": Case("lead", {}, "in_progress", (*HELD, ("lead", "park", {"plan_on": PLAN, "note": "等新的一批"}))),
    "complete": Case("lin", COMPLETE[2], "completed", (*HELD, CONTACT), late_by="lead"),
    "rectify": Case("lead", {"outcome": "explained", "note": "已上门说明并道歉，家属表示理解"}, "closed", RATED_BADLY),
    "answer_misjudgement": Case("wei", {"approve": True}, "closed", (*RATED_BADLY, MISJUDGED)),
    "supervise": Case("wei", {"note": "请一小时内答复"}, "dispatched", (DISPATCH,),
                      late=(("di", "reject", {"reason": "banned"}),)),
    "reply": Case("lead", {"note": "马上安排人"}, "dispatched", (DISPATCH, ("wei", "supervise", {"note": "请答复"})),
                  code="nothing_to_answer"),
}  # fmt: skip


def test_every_verb_of_staff_has_a_case():
    assert set(CASES) == {verb for verb in VERBS if MAY[verb] - {REQUESTER, SYSTEM}}


@pytest.mark.parametrize("verb", CASES)
def test_a_verb_is_done_once_in_time_by_who_may(api: Api, verb: str):
    case = CASES[verb]
    api.file()
    api.tell(*case.before)
    before = api.get("audit", f"/requests/{api.number}")
    refusal(api.do("lead2", verb, case.body), 404, "not_seen")
    refusal(api.do("audit", verb, case.body), 403, "not_allowed")
    assert api.get("audit", f"/requests/{api.number}").headers["etag"] == before.headers["etag"]

    key = {"Idempotency_Key": f"key-{verb}", "If_Match": before.headers["etag"]}
    done = api.do(case.by, verb, case.body, **key)
    assert done.status_code == 200, done.text
    assert done.json()["state"] == case.to
    assert done.json()["version"] > before.json()["version"]
    assert done.headers["etag"] == f'"{done.json()["version"]}"'
    read = api.get("audit", f"/requests/{api.number}")
    assert {**read.json(), "verbs": []} == {**done.json(), "verbs": []}
    last = api.get("audit", f"/requests/{api.number}/steps").json()["items"][-1]
    assert last["verb"] == verb

    again = api.do(case.by, verb, case.body, **key)
    assert (again.status_code, again.text) == (200, done.text)
    assert api.get("audit", f"/requests/{api.number}").json() == read.json()

    if verb not in ("return_order", "decline", "release"):  # after these who did it may not see it any more
        for version in (before.headers["etag"], '"²"'.encode("latin-1"), '"' + "9" * 5000 + '"'):
            refusal(api.do(case.by, verb, case.body, If_Match=version), 412, "stale")

    if case.late is not None:
        api.file()
        api.tell(*case.late)
    found = api.get("audit", f"/requests/{api.number}").json()
    late_body = case.body | ({"person": "M0006"} if verb == "release" else {})
    refusal(api.do(case.late_by or case.by, verb, late_body), 409, case.code)
    assert api.get("audit", f"/requests/{api.number}").json() == found


ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ONE_DATABASE
def test_a_field_that_does_not_exist_is_named(api: Api):
    api.number = "260302-00001"
    for verb, case in CASES.items():
        wrong = refusal(api.do("di", verb, case.body | {"colour": "red"}), 422, "invalid")
        assert wrong["fields"]["colour"]["code"] == "unknown_field"
        assert "colour" in wrong["fields"]["colour"]["detail"]


@ONE_DATABASE
def test_a_key_that_came_with_something_else_is_refused(api: Api):
    api.file()
    assert api.do("di", "ask_info", {"note": "在几楼？"}, Idempotency_Key="one").status_code == 200
    refusal(api.do("di", "ask_info", {"note": "在哪？"}, Idempotency_Key="one"), 409, "key_reused")


@ONE_DATABASE
def test_a_moment_needs_its_zone(api: Api):
    api.file()
    api.tell(*HELD)
    wrong = refusal(api.do("lin", "extend", {"until": "2027-01-01T10:00:00", "note": "要等"}), 422, "invalid")
    assert wrong["fields"]["until"]["code"] == "time_zone_needed"


@ONE_DATABASE
def test_a_refusal_speaks_the_callers_language(api: Api):
    api.file()
    api.tell(("di", "accept", {}))
    chinese = api.do("di", "accept", {})
    english = api.do("di", "accept", {}, Accept_Language="en")
    assert "待派单" in chinese.json()["detail"]
    assert chinese.json()["detail"] != english.json()["detail"]
    assert "To dispatch" in english.json()["detail"]


@ONE_DATABASE
def test_a_verb_that_needs_no_words_needs_no_body(api: Api):
    api.file()
    api.tell(DISPATCH)
    claimed = api.do("lin", "claim", None)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "in_progress")
