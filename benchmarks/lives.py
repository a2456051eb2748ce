"""What happens to requests in a soak: lives that together use every verb a person or a requester can press."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.people.model import ApiToken, Grant, Role
from matching.privacy.codes import token_hash
from matching.units.model import Unit

ROLES = {"dispatcher": 1, "lead": 2, "lead_there": 3, "committee": 4}  # person ids of the stage's people
MEMBERS = range(5, 66)
NOTE = "已经和家属联系，送到三楼检查室"


class Act(NamedTuple):
    """Who (a role, `member`, `mate` or `requester`) does which verb, saying what."""

    who: str
    verb: str
    body: dict[str, Any]


def act(who: str, verb: str, **body: Any) -> Act:
    """One act."""
    return Act(who, verb, body)


ACCEPTED = (act("dispatcher", "accept"),)
DISPATCHED = (*ACCEPTED, act("dispatcher", "dispatch", unit="B01"))
CLAIMED = (*DISPATCHED, act("member", "claim"))
COMPLETE = act("member", "complete", result="solved", note=NOTE, minutes=30)
DONE = (*CLAIMED, act("member", "contact"), COMPLETE)
RETURNED = act("lead", "return_order", reason="wrong_duty")
BADLY = (*DONE, act("requester", "rate", level=1, reasons=["slow"]))


def lives(now: datetime) -> tuple[tuple[Act, ...], ...]:
    """All of them; the plain one stands twice, since most requests go well."""
    until = (now + timedelta(hours=3)).isoformat()
    plan_on = (now + timedelta(days=3)).date().isoformat()
    plain = (*DONE, act("requester", "rate", level=5))
    return (
        plain,
        plain,
        (
            act("dispatcher", "ask_info", note="请问在几楼？"),
            act("requester", "supplement", note="在三楼内科门口。"),
            act("requester", "correct", need="想借一辆轮椅推妈妈去五楼做检查"),
            *ACCEPTED,
            act("dispatcher", "approve_wording", wording="想借一辆轮椅去做检查"),
        ),
        (act("dispatcher", "reject", reason="duplicate"),),
        (*DISPATCHED, act("requester", "urge", note="麻烦快一点。"), act("requester", "withdraw", note="不需要了。")),
        (
            *(*DISPATCHED, act("lead", "sign_for"), RETURNED, act("dispatcher", "dispatch", unit="B01"), RETURNED),
            act("committee", "final_ruling", unit="B01"),
            act("member", "claim"),
        ),
        (*DISPATCHED, act("dispatcher", "transfer", unit="B02"), act("lead_there", "sign_for")),
        (
            *(*DISPATCHED, act("lead", "assign", person="M10"), act("lead", "release", person="M10", note="换个人。")),
            *(act("mate", "claim"), act("mate", "contact"), act("lead", "park", plan_on=plan_on, note="等轮椅修好。")),
            *(
                act("lead", "resume"),
                act("committee", "supervise", note="请今天办结。"),
                act("lead", "reply", note="好。"),
            ),
        ),
        (
            *(*CLAIMED, act("member", "contact"), act("member", "extend", until=until, note="要等检查结果。")),
            *(
                act("dispatcher", "answer_extension", grant=True),
                COMPLETE,
                act("requester", "reopen", note="没有解决。"),
            ),
            *(COMPLETE, act("requester", "rate", level=3), act("requester", "rate_again", level=4)),
        ),
        (*BADLY, act("lead", "rectify", outcome="at_once", note="已经上门道歉并重新安排。")),
        (
            *(*BADLY, act("lead", "rectify", outcome="misjudged", note="评价说的是另一件事情。")),
            act("committee", "answer_misjudgement", approve=True),
        ),
    )


async def move_in(session: AsyncSession) -> None:
    """A second branch, the roles, and an API token for everybody (`token_of`)."""
    at = clock.now()
    session.add(Unit(id=3, root_id=1, parent_id=1, code="B02", name="第二党支部", kind="branch", path="/1/3/"))
    await session.flush()
    for person_id, role, unit_id in (
        (ROLES["lead"], Role.unit_lead, 2), (ROLES["lead_there"], Role.unit_lead, 3),
        (ROLES["committee"], Role.committee, 1),
    ):  # fmt: skip
        session.add(Grant(root_id=1, person_id=person_id, unit_id=unit_id, role=role, granted_at=at))
    for person_id in (*ROLES.values(), *MEMBERS):
        hashed = token_hash(token_of(person_id))
        session.add(ApiToken(root_id=1, person_id=person_id, name="soak", token_hash=hashed, made_at=at))


def token_of(person_id: int) -> str:
    """What that person's programs send."""
    return f"token-of-person-{person_id}"
