"""States and verbs as patients read them, plain and warm, and how many lights are lit (docs/design.md).

The short words for staff stand beside the table of moves, in `matching/requests/states.py`.
"""

from matching.words import _

STATES_PLAIN = {
    "submitted": _("已收到，正在看您的心愿"),
    "needs_info": _("需要您补充一点信息"),
    "rejected": _("这一次没能受理"),
    "accepted": _("正在为您安排人员"),
    "dispatched": _("已通知志愿者"),
    "in_progress": _("志愿者正在办理"),
    "parked": _("暂时办不了，已记下计划日期"),
    "completed": _("已经办好，请您评价"),
    "rectifying": _("正在改进，会再联系您"),
    "closed": _("已办结"),
    "withdrawn": _("您已撤回"),
    "archived": _("已归档"),
}

LIGHTS = {
    "submitted": 1,
    "needs_info": 1,
    "rejected": 1,
    "accepted": 1,
    "dispatched": 2,
    "in_progress": 3,
    "parked": 3,
    "completed": 4,
    "rectifying": 4,
    "closed": 5,
    "withdrawn": 1,
    "archived": 5,
}
"""How many of 点单 派单 接单 办结 评价 are lit in a state."""

VERBS_PLAIN = {
    "file": _("您点亮了一个心愿"),
    "ask_info": _("工作人员想请您补充一点信息"),
    "supplement": _("您补充了说明"),
    "reject": _("这一次没能受理"),
    "accept": _("心愿已受理，正在为您安排"),
    "dispatch": _("已经交给一个党支部，正在通知志愿者"),
    "return_order": _("正在换一个更合适的支部来办"),
    "final_ruling": _("已经确定由哪个支部来办"),
    "transfer": _("已转给更合适的支部"),
    "claim": _("有志愿者接下了您的心愿"),
    "assign": _("已请一位志愿者来办"),
    "decline": _("换一位志愿者，正在重新安排"),
    "release": _("换一位志愿者，正在重新安排"),
    "start": _("志愿者开始办理"),
    "hand_back": _("换一位志愿者，正在重新安排"),
    "move_up": _("有志愿者接下了您的心愿"),
    "cover": _("换了一位志愿者来办，时间不变"),
    "help": _("又有一位志愿者来帮忙"),
    "contact": _("志愿者已经联系您"),
    "extend": _("需要多一点时间"),
    "answer_extension": _("多给了一点时间"),
    "park": _("暂时办不了，已记下计划日期"),
    "resume": _("重新开始办理"),
    "complete": _("志愿者已经办好"),
    "rate": _("您作了评价，谢谢"),
    "rate_again": _("您补充了评价，谢谢"),
    "rectify": _("已按您的意见改进"),
    "reopen": _("您请我们再办一次"),
    "withdraw": _("您撤回了心愿"),
    "archive": _("已归档"),
    "urge": _("催了一次，我们记下了"),
    "correct": _("您更正了信息"),
    "close": _("这件事已办结"),
}
"""Verbs that are not here say nothing to a patient (signing for an order, asking around, supervision, …)."""
