"""Who is told what of each Step: the one table. `docs/notices.md` shows it, `resolving.py` finds the people.

A verb may have several rows, by what its Step says: a good rating tells others than a bad one; `step_rows.py`
chooses. Who did it is never told of it, nor is anybody who has left. Sentences know `{number}`, `{service}` and
`{unit}`, nothing else: they also leave the building (docs/domain.md §9).
"""

from matching.notices.apart import APART
from matching.notices.who import Row, Who
from matching.words import _

NEW_MATE = _("{number}（{service}）有新的同伴接单，请一起办。")
NOT_YOURS = _("{number}（{service}）转到别的支部了，您不用再办。")
URGED = _("群众催办 {number}（{service}），请尽快处理。")
LATE = _("{number}（{service}）已超过时限，请马上处理。")
LISTED = _("{number}（{service}）超时 5 个工作日，已列入通报，请马上处理。")
RATED = _("{number}（{service}）收到了群众的评价。")
BADLY = _("{number}（{service}）收到不满意评价，请 1 个工作日内联系群众，5 个工作日内整改。")
CHANGED = _("群众更正了 {number}（{service}）的内容，请再看一下。")
TAKEN = _("有志愿者接下了您的心愿，会尽快和您联系。")
GIVEN_BACK = _("{unit}退回了 {number}（{service}），请重新派单。")
MORE_TIME = _("{number}（{service}）的延期已同意。")
NO_MORE_TIME = _("{number}（{service}）的延期没有同意，请按原时限办结。")
MISJUDGED = _("{number}（{service}）已认定为误评。")
DONE = _("{number}（{service}）已报办结，等群众评价。")
RETURNED = _("{number}（{service}）已退单，您不用再办。")
RETURNING = _("我们正在为您换一个更合适的支部来办。")
JOIN_IN = _("{number}（{service}）收到不满意评价，请配合整改。")
BADLY_THERE = _("{unit}的 {number}（{service}）收到不满意评价。")
OTHER_HELPER = _("这位志愿者来不了，我们正在为您换一位。")
ASKED = _("有一件事想请您帮忙：{service}（{number}）。愿不愿意，请在“我的任务”里答复一下。")

ROWS: dict[str, Row] = {
    "file": Row(
        "file", {Who.dispatchers: _("新工单 {number}（{service}），请审核。")},
        group=_("新工单 {number}（{service}），请审核。"),
    ),
    "file_emergency": Row(
        "file",
        {Who.dispatchers: _("{number}（{service}）可能有紧急情况，请现在就看。"),
         Who.committee: _("{number}（{service}）可能有紧急情况，已通知派单员。")},
        group=_("{number}（{service}）可能有紧急情况，请现在就看。"), when=_("有紧急情况的迹象"),
    ),
    "ask_info": Row("ask_info", requester=_("工作人员想请您补充一点信息，补充后我们马上接着办。")),
    "supplement": Row("supplement", {Who.dispatchers: _("群众补充了 {number}（{service}），请继续审核。")}),
    "correct_waiting": Row("correct", {Who.dispatchers: CHANGED}, when=_("派单之前")),
    "correct": Row("correct", {Who.claimers: CHANGED, Who.in_charge: CHANGED}, when=_("派单之后")),
    "reject": Row("reject", requester=_("很抱歉，您的心愿这一次没能受理，原因写在查询页上。")),
    "accept": Row("accept", requester=_("您的心愿已经受理，正在为您安排人员。")),
    "approve_wording": Row("approve_wording", silent=_("只改变心愿墙上的文字，没有人需要做什么")),
    "dispatch": Row(
        "dispatch",
        {Who.leads: _("新派单 {number}（{service}），请签收并安排人。"),
         Who.members: _("{unit}有新派单 {number}（{service}），可以接单。")},
        group=_("{unit}有新派单 {number}（{service}），可以接单。"),
    ),
    "sign_for": Row("sign_for", silent=_("只是记下支部看到了，派单台上看得见")),
    "return_order": Row(
        "return_order", {Who.dispatchers: GIVEN_BACK, Who.claimers: RETURNED}, requester=RETURNING, group=GIVEN_BACK,
    ),
    "return_order_last": Row(
        "return_order",
        {Who.dispatchers: _("{unit}退回了 {number}（{service}），已到退单上限，等党委办公室终审。"),
         Who.committee: _("{number}（{service}）已到退单上限，请终审。"),
         Who.claimers: RETURNED},
        requester=RETURNING, when=_("到了退单上限"),
        group=_("{number}（{service}）已到退单上限，请终审。"),
    ),
    "final_ruling": Row(
        "final_ruling",
        {Who.leads: _("终审派单 {number}（{service}），不能再退回，请签收并安排人。"),
         Who.members: _("{unit}有终审派单 {number}（{service}），可以接单。"),
         Who.dispatchers: _("{number}（{service}）已终审，由{unit}承办。")},
        requester=_("已经确定由哪个支部来办您的心愿。"), group=_("{number}（{service}）已终审，由{unit}承办。"),
    ),
    "transfer": Row(
        "transfer",
        {Who.leads: _("转来工单 {number}（{service}），时限不变，请签收并安排人。"),
         Who.members: _("{unit}有转来的工单 {number}（{service}），可以接单。"),
         Who.leads_before: _("{number}（{service}）已转给{unit}，不用再办。"), Who.claimers: NOT_YOURS},
        requester=_("您的心愿已转给更合适的支部。"), group=_("{number}（{service}）已转给{unit}。"),
    ),
    "claim": Row(
        "claim", {Who.claimers: NEW_MATE, Who.in_charge: _("{number}（{service}）有人接单了。")}, requester=TAKEN
    ),
    "assign": Row(
        "assign",
        {Who.chosen: _("支部请您办理 {number}（{service}），不方便可以婉拒。"), Who.claimers: NEW_MATE,
         Who.in_charge: _("{number}（{service}）已指派了人。")},
        requester=TAKEN,
    ),
    "decline": Row(
        "decline", {Who.in_charge: _("被指派的人婉拒了 {number}（{service}），请另行安排。")}, requester=OTHER_HELPER
    ),
    "release": Row(
        "release",
        {Who.chosen: _("支部另行安排了 {number}（{service}），您不用再办。"),
         Who.asked: _("接 {number}（{service}）的人退出了，您不用再去，谢谢。"),
         Who.in_charge: _("有人退出了 {number}（{service}），请另行安排。")},
        requester=OTHER_HELPER,
    ),
    "release_helper": Row(
        "release",
        {Who.chosen: _("支部另行安排了 {number}（{service}），您不用再办。"),
         Who.claimers: _("来帮忙办 {number}（{service}）的同伴退出了，您照常办理。")},
        when=_("来帮忙、不占名额的人"),
    ),
    "start": Row(
        "start", {Who.claimers: _("{number}（{service}）先开始办理，请联系群众。")},
        requester=_("志愿者开始办理您的心愿了。"),
    ),
    "ask": Row("ask", {Who.asked: ASKED}),
    "thank": Row("thank", {Who.asked: _("{number}（{service}）这次不用您来了，谢谢您愿意帮忙。")}),
    "hand_back": Row(
        "hand_back",
        {Who.claimers: _("{number}（{service}）没有找到别的人，请和支部商量怎么办。"),
         Who.in_charge: _("{number}（{service}）没有找到能来的人，请您安排。")},
        when=_("没有人能来"),
    ),
    "hand_back_not_contacted": Row(
        "hand_back",
        {Who.claimers: _("{number}（{service}）一直没有联系群众，已交回支部另行安排，您不用再办。"),
         Who.in_charge: _("{number}（{service}）接单后一直没有人联系群众，已重新待接单，请您安排。")},
        requester=OTHER_HELPER, when=_("一直没有联系群众"),
    ),
    "move_up": Row(
        "move_up",
        {Who.chosen: _("{number}（{service}）空出了名额，轮到候补的您了，请尽快联系群众。来不了请退出。"),
         Who.claimers: NEW_MATE, Who.in_charge: _("{number}（{service}）由候补的人接上了。")},
        requester=TAKEN,
    ),
    "seek_cover": Row(
        "seek_cover", {Who.in_charge: _("接 {number}（{service}）的人来不了，正在找人替班，暂时不用您安排。")}
    ),
    "cover": Row(
        "cover",
        {Who.chosen: _("{number}（{service}）有人替您去了，您不用再办。"), Who.claimers: NEW_MATE,
         Who.in_charge: _("{number}（{service}）换了人来办，时限不变。")},
        requester=_("换了一位志愿者来办您的心愿，原来说好的时间不变。"),
    ),
    "nudge": Row(
        "nudge", {Who.claimers: _("您接的 {number}（{service}）还没有联系群众，请现在联系。来不了可以找人替班。")}
    ),
    "offer_helper": Row(
        "offer_helper",
        {Who.asked: ASKED,
         Who.claimers: _("{number}（{service}）还没有联系群众，我们在请一位同伴来帮您，请尽快联系。")},
    ),
    "help": Row("help", {Who.claimers: _("{number}（{service}）有同伴来帮忙了，请一起办。")}),
    "contact": Row("contact", silent=_("接单人自己联系了群众，双方都知道")),
    "extend": Row(
        "extend", {Who.dispatchers: _("{number}（{service}）申请延期，请答复。")},
        requester=_("志愿者需要多一点时间，请您在查询页上看看是否同意。"),
    ),
    "extension_granted": Row(
        "answer_extension",
        {Who.claimers: MORE_TIME, Who.in_charge: MORE_TIME},
        requester=_("给志愿者多留了一点时间，新的时间写在查询页上。"), when=_("同意"),
    ),
    "extension_refused": Row(
        "answer_extension", {Who.claimers: NO_MORE_TIME, Who.in_charge: NO_MORE_TIME}, when=_("不同意")
    ),
    "park": Row(
        "park",
        {Who.dispatchers: _("{unit}把 {number}（{service}）挂账了。"),
         Who.claimers: _("{number}（{service}）已挂账，等恢复后再办。")},
        requester=_("您的心愿暂时办不了，我们记下了计划日期，写在查询页上。"),
    ),
    "resume": Row(
        "resume", {Who.claimers: _("{number}（{service}）恢复办理，请接着办。")},
        requester=_("您的心愿重新开始办理了。"),
    ),
    "complete": Row(
        "complete", {Who.claimers: DONE, Who.in_charge: DONE},
        requester=_("志愿者已经办好，想请您评价一下。"),
    ),
    "rate": Row("rate", {Who.claimers: RATED, Who.in_charge: RATED}, when=_("基本满意以上")),
    "rate_badly": Row(
        "rate",
        {Who.claimers: JOIN_IN, Who.in_charge: BADLY, Who.committee: BADLY_THERE},
        group=BADLY, when=_("不满意"),
    ),
    "rate_again": Row("rate_again", {Who.claimers: RATED, Who.in_charge: RATED}, when=_("基本满意以上")),
    "rate_again_badly": Row(
        "rate_again",
        {Who.claimers: JOIN_IN, Who.in_charge: BADLY, Who.committee: BADLY_THERE},
        group=BADLY, when=_("不满意"),
    ),
    "close": Row(
        "close", {Who.claimers: _("{number}（{service}）7 天没有评价，已到期办结。")},
        requester=_("您的心愿已经办结。以后想说几句，30 天内还可以补充评价。"),
    ),
    "rectify": Row(
        "rectify", {Who.dispatchers: _("{unit}完成了 {number}（{service}）的整改。"),
                    Who.claimers: _("{number}（{service}）的整改完成了。")},
        requester=_("我们按您的意见改进了，经过写在查询页上。"), when=_("改好了"),
    ),
    "rectify_misjudged": Row(
        "rectify", {Who.committee: _("{unit}认为 {number}（{service}）的评价是误评，请审批。")}, when=_("申请误评")
    ),
    "misjudgement_approved": Row(
        "answer_misjudgement", {Who.in_charge: MISJUDGED, Who.claimers: MISJUDGED}, when=_("同意")
    ),
    "misjudgement_refused": Row(
        "answer_misjudgement", {Who.in_charge: _("{number}（{service}）没有认定为误评，请继续整改。")}, when=_("不同意")
    ),
    "reopen": Row(
        "reopen",
        {Who.claimers: _("群众说 {number}（{service}）还没有解决，请接着办。"),
         Who.in_charge: _("群众请求重新办理 {number}（{service}）。"),
         Who.dispatchers: _("群众请求重新办理 {number}（{service}）。")},
    ),
    "withdraw_waiting": Row(
        "withdraw", {Who.dispatchers: _("群众撤回了 {number}（{service}），不用再审。")}, when=_("派单之前")
    ),
    "withdraw": Row(
        "withdraw",
        {Who.claimers: _("群众撤回了 {number}（{service}），您不用再办。"),
         Who.in_charge: _("群众撤回了 {number}（{service}），不用再办。")},
        when=_("派单之后"),
    ),
    "archive": Row("archive", silent=_("结束 30 天后自动归档，没有人需要做什么")),
    "urge_waiting": Row("urge", {Who.dispatchers: URGED}, when=_("派单之前")),
    "urge": Row("urge", {Who.claimers: URGED, Who.in_charge: URGED}, when=_("派单之后")),
    "urge_late_waiting": Row(
        "urge", {Who.dispatchers: LATE, Who.committee: LATE}, group=LATE, when=_("自动，派单之前超时")
    ),
    "urge_late": Row(
        "urge", {Who.claimers: LATE, Who.in_charge: LATE, Who.dispatchers: LATE}, group=LATE,
        when=_("自动，派单之后超时"),
    ),
    "public_list_waiting": Row(
        "public_list", {Who.dispatchers: LISTED, Who.committee: LISTED}, group=LISTED, when=_("派单之前"),
    ),
    "public_list": Row(
        "public_list",
        {Who.claimers: LISTED, Who.in_charge: LISTED, Who.dispatchers: LISTED, Who.committee: LISTED},
        group=LISTED, when=_("派单之后"),
    ),
    "supervise": Row(
        "supervise",
        {Who.claimers: _("党委督办 {number}（{service}），请尽快办理。"),
         Who.in_charge: _("党委督办 {number}（{service}），请 24 小时内答复。"),
         Who.dispatchers: _("党委督办 {number}（{service}）。")},
        group=_("党委督办 {number}（{service}），请{unit} 24 小时内答复。"),
    ),
    "reply": Row("reply", {Who.committee: _("{unit}答复了 {number}（{service}）的督办。")}),
}  # fmt: skip

REQUESTER, GROUP = "requester", "group"
ANY = "any"  # for an endpoint that asked for a verb whose row says nothing to groups
WORDS: dict[str, str] = {
    **{f"{key}.{who}": said for key, row in ROWS.items() for who, said in row.staff.items()},
    **{f"{key}.{REQUESTER}": row.requester for key, row in ROWS.items() if row.requester},
    **{f"{key}.{GROUP}": row.group for key, row in ROWS.items() if row.group},
    "post.announcement": _("{unit}发了一条新通知，请登录查看。"),
    "post.lesson": _("{unit}发了一节新的微党课，请登录学习。"),
    **{key: one.said for key, one in APART.items()},
    f"{ANY}.{GROUP}": _("工单 {number}（{service}，{unit}）有新进展。"),
}
"""What a Notice's or a Delivery's `words` stands for."""

TO_ANSWER = frozenset({f"{verb}.{Who.asked}" for verb in ("ask", "offer_helper")})
"""Words that want an answer, which is given among one's tasks."""
