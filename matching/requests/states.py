"""The states of a request, the verbs that move it, and the one table that says which verb leaves which state.

Source: docs/domain.md §2. A verb that is not in MOVES does not exist; only `ServiceRequest._move` reads the table.
"""

from enum import StrEnum
from typing import NamedTuple

from matching.words import _


class State(StrEnum):
    """Where a request stands."""

    submitted = "submitted"
    needs_info = "needs_info"
    rejected = "rejected"
    accepted = "accepted"
    dispatched = "dispatched"
    in_progress = "in_progress"
    parked = "parked"
    completed = "completed"
    rectifying = "rectifying"
    closed = "closed"
    withdrawn = "withdrawn"
    archived = "archived"


STATES = {
    State.submitted: _("待审核"),
    State.needs_info: _("待补充"),
    State.rejected: _("已拒绝"),
    State.accepted: _("待派单"),
    State.dispatched: _("待接单"),
    State.in_progress: _("办理中"),
    State.parked: _("已挂账"),
    State.completed: _("待评价"),
    State.rectifying: _("整改中"),
    State.closed: _("已办结"),
    State.withdrawn: _("已撤回"),
    State.archived: _("已归档"),
}

S = State
OPEN = frozenset(
    {S.submitted, S.needs_info, S.accepted, S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying}
)
UNFINISHED = OPEN - {S.completed, S.rectifying}  # before anybody reported a result
WORKING = frozenset({S.dispatched, S.in_progress})  # while somebody can still come to take part


class Move(NamedTuple):
    """`leaves`: the states a verb may find; `enters`: the states it may lead to, none where it never changes any."""

    leaves: frozenset[State]
    enters: tuple[State, ...] = ()


def _from(*leaves: State, to: tuple[State, ...] = ()) -> Move:
    return Move(frozenset(leaves), to)


MOVES: dict[str, Move] = {
    "file": _from(to=(S.submitted,)),
    "ask_info": _from(S.submitted, to=(S.needs_info,)),
    "supplement": _from(S.needs_info, to=(S.submitted,)),
    "correct": Move(UNFINISHED),
    "reject": _from(S.submitted, S.needs_info, to=(S.rejected,)),
    "accept": _from(S.submitted, to=(S.accepted,)),
    "approve_wording": Move((OPEN | {S.closed}) - {S.submitted, S.needs_info}),
    "dispatch": _from(S.accepted, to=(S.dispatched,)),
    "sign_for": _from(S.dispatched),
    "return_order": _from(S.dispatched, to=(S.accepted,)),
    "final_ruling": _from(S.accepted, to=(S.dispatched,)),
    "transfer": _from(S.dispatched),
    "claim": _from(S.dispatched, to=(S.dispatched, S.in_progress)),
    "assign": _from(S.dispatched, to=(S.dispatched, S.in_progress)),
    "decline": _from(S.dispatched, S.in_progress, to=(S.dispatched,)),
    "release": Move(WORKING, (S.dispatched, S.in_progress)),  # who only helped lets go, and the work goes on
    "start": _from(S.dispatched, to=(S.in_progress,)),
    "ask": Move(WORKING),
    "thank": Move(frozenset(State) - {S.submitted, S.needs_info, S.rejected, S.archived}),
    "hand_back": Move(WORKING, (S.dispatched, S.in_progress)),
    "move_up": _from(S.dispatched, to=(S.dispatched, S.in_progress)),
    "seek_cover": Move(WORKING),
    "cover": Move(WORKING),
    "nudge": _from(S.in_progress),
    "offer_helper": _from(S.in_progress),
    "help": _from(S.in_progress),
    "contact": _from(S.in_progress),
    "extend": _from(S.in_progress),
    "answer_extension": _from(S.in_progress),
    "park": _from(S.in_progress, to=(S.parked,)),
    "resume": _from(S.parked, to=(S.in_progress,)),
    "complete": _from(S.in_progress, to=(S.completed,)),
    "rate": _from(S.completed, to=(S.closed, S.rectifying)),
    "rate_again": _from(S.closed, to=(S.closed, S.rectifying)),
    "close": _from(S.completed, to=(S.closed,)),
    "rectify": _from(S.rectifying, to=(S.closed, S.rectifying)),
    "answer_misjudgement": _from(S.rectifying, to=(S.closed, S.rectifying)),
    "reopen": _from(S.completed, S.closed, to=(S.in_progress,)),
    "withdraw": Move(UNFINISHED, (S.withdrawn,)),
    "archive": _from(S.closed, S.rejected, S.withdrawn, to=(S.archived,)),
    "urge": Move(OPEN - {S.completed}),
    "public_list": Move(OPEN - {S.completed}),
    "supervise": Move(OPEN - {S.completed}),
    "reply": Move(OPEN - {S.completed}),
}

AMONG_US = frozenset({"ask", "thank", "seek_cover", "nudge", "offer_helper"})
"""Between the hospital and its members: nothing that a requester is told, not even in the copy of what is kept."""

VERBS = {
    "file": _("点单"),
    "ask_info": _("请对方补充"),
    "supplement": _("补充"),
    "correct": _("更正"),
    "reject": _("拒绝"),
    "accept": _("受理"),
    "approve_wording": _("核定公开文字"),
    "dispatch": _("派单"),
    "sign_for": _("签收"),
    "return_order": _("退单"),
    "final_ruling": _("终审"),
    "transfer": _("转派"),
    "claim": _("接单"),
    "assign": _("指派"),
    "decline": _("婉拒"),
    "release": _("退出"),
    "start": _("先开始办理"),
    "ask": _("邀请"),
    "thank": _("谢谢被邀请的人"),
    "hand_back": _("交回支部安排"),
    "move_up": _("候补接单"),
    "seek_cover": _("找人替班"),
    "cover": _("替班"),
    "nudge": _("提醒联系"),
    "offer_helper": _("请人帮忙"),
    "help": _("来帮忙"),
    "contact": _("首次联系"),
    "extend": _("申请延期"),
    "answer_extension": _("答复延期"),
    "park": _("挂账"),
    "resume": _("恢复办理"),
    "complete": _("办结"),
    "rate": _("评价"),
    "rate_again": _("补充评价"),
    "close": _("到期办结"),
    "rectify": _("整改"),
    "answer_misjudgement": _("审批误评"),
    "reopen": _("重新打开"),
    "withdraw": _("撤回"),
    "archive": _("归档"),
    "urge": _("催办"),
    "public_list": _("通报"),
    "supervise": _("督办"),
    "reply": _("答复督办"),
}


class RejectReason(StrEnum):
    """Why a reviewer rejects; the requester sees it."""

    banned = "banned"
    out_of_scope = "out_of_scope"
    unsafe = "unsafe"
    duplicate = "duplicate"
    not_reachable = "not_reachable"
    not_real = "not_real"
    other = "other"


REJECT_REASONS = {
    RejectReason.banned: _("不能受理的内容"),
    RejectReason.out_of_scope: _("不在服务范围内"),
    RejectReason.unsafe: _("有安全风险，应由医护人员处理"),
    RejectReason.duplicate: _("同一件事已经有人在办"),
    RejectReason.not_reachable: _("信息不足，又联系不上"),
    RejectReason.not_real: _("不是真实的请求"),
    RejectReason.other: _("其他"),
}


class ReturnReason(StrEnum):
    """Why a unit returns an order."""

    wrong_place = "wrong_place"
    wrong_duty = "wrong_duty"
    missing_info = "missing_info"
    beyond_ability = "beyond_ability"
    other = "other"


RETURN_REASONS = {
    ReturnReason.wrong_place: _("属地不符"),
    ReturnReason.wrong_duty: _("职责不符"),
    ReturnReason.missing_info: _("信息不全"),
    ReturnReason.beyond_ability: _("超出能力"),
    ReturnReason.other: _("其他"),
}


class BackReason(StrEnum):
    """Why the waves, or what watches over claims, hand a request back to its lead."""

    nobody = "nobody"
    not_contacted = "not_contacted"


BACK_REASONS = {
    BackReason.nobody: _("没有找到能来的人"),
    BackReason.not_contacted: _("接单后一直没有联系群众"),
}


class Result(StrEnum):
    """What the claimer reports."""

    solved = "solved"
    partly = "partly"
    unsolved = "unsolved"


RESULTS = {Result.solved: _("已解决"), Result.partly: _("部分解决"), Result.unsolved: _("未解决")}

HELPERS = {
    ("f", False): _("希望女同志"),
    ("m", False): _("希望男同志"),
    ("f", True): _("须女同志"),
    ("m", True): _("须男同志"),
}
"""What a request says of who comes: the gender wished for, and whether nobody else may."""

LEVELS = {5: _("非常满意"), 4: _("满意"), 3: _("基本满意"), 2: _("不满意"), 1: _("非常不满意")}


class BadReason(StrEnum):
    """Ticked by a requester who rates 1 or 2."""

    slow = "slow"
    attitude = "attitude"
    not_solved = "not_solved"
    nobody_came = "nobody_came"
    not_as_said = "not_as_said"
    other = "other"


BAD_REASONS = {
    BadReason.slow: _("等得太久"),
    BadReason.attitude: _("态度不好"),
    BadReason.not_solved: _("问题没有解决"),
    BadReason.nobody_came: _("没有人联系我"),
    BadReason.not_as_said: _("和答应的不一样"),
    BadReason.other: _("其他"),
}


class Outcome(StrEnum):
    """How a rectification ends; misjudged needs a second approver."""

    at_once = "at_once"
    by_date = "by_date"
    explained = "explained"
    misjudged = "misjudged"


OUTCOMES = {
    Outcome.at_once: _("立行立改"),
    Outcome.by_date: _("限期整改"),
    Outcome.explained: _("解释说明"),
    Outcome.misjudged: _("误评"),
}


class Channel(StrEnum):
    """How a request came in."""

    qr = "qr"
    staff = "staff"
    partner = "partner"
    api = "api"
    imported = "imported"


CHANNELS = {
    Channel.qr: _("扫码"),
    Channel.staff: _("代填"),
    Channel.partner: _("共建单位"),
    Channel.api: _("接口"),
    Channel.imported: _("导入"),
}
