"""Who may do what, drawn from the very table that decides it."""

from fastapi import APIRouter, Request, Response

from matching.activities.policy import ACTS, LEAD, LISTED, PARTNER
from matching.activities.policy import MAY as ACTIVITIES_MAY
from matching.api.deps import SignedIn
from matching.api.pages.admin.office import office_page
from matching.notices.policy import MAY as NOTICES_MAY
from matching.notices.policy import NOTICE_VERBS
from matching.partners.policy import MAY as PARTNERS_MAY
from matching.partners.policy import PARTNER_ACTS
from matching.people.model import ROLES, Role
from matching.recognition.policy import MAY as POINTS_MAY
from matching.recognition.policy import POINTS_VERBS
from matching.reports.assessment.policy import ASSESSMENT_VERBS
from matching.reports.assessment.policy import MAY as ASSESSMENT_MAY
from matching.requests.policy import CLAIMER, MAY, REQUESTER, SYSTEM
from matching.requests.queries import LEADING
from matching.words import _

WHO = {
    **{role.value: ROLES[role] for role in Role},
    CLAIMER: _("接单人"),
    REQUESTER: _("点单人"),
    LEAD: _("活动负责人"),
    LISTED: _("活动名单上的人"),
    SYSTEM: _("系统"),
}
ACCOUNTS = {
    _("查看联系方式（留痕）"): {Role.unit_lead.value, CLAIMER},
    _("授权、重置密码、单位、点位、服务"): {Role.administrator.value},
    _("群机器人和网络回调"): {Role.administrator.value},
    _("排派单建议、接受建议"): {Role.dispatcher.value, Role.unit_lead.value},
    _("看均衡"): {role.value for role in LEADING},
    _("看报表"): {role.value for role in LEADING},
    _("匹配设置"): {Role.administrator.value, Role.committee.value},
    _("审计日志"): {Role.administrator.value, Role.auditor.value},
    **{NOTICE_VERBS[verb]: {role.value for role in roles} for verb, roles in NOTICES_MAY.items()},
    **{
        ACTS[act]: {Role.liaison.value if one == PARTNER else str(one) for one in who}
        for act, who in ACTIVITIES_MAY.items()
    },
    **{ASSESSMENT_VERBS[verb]: {role.value for role in roles} for verb, roles in ASSESSMENT_MAY.items()},
    **{PARTNER_ACTS[act]: {role.value for role in roles} for act, roles in PARTNERS_MAY.items()},
    **{POINTS_VERBS[verb]: {role.value for role in roles} for verb, roles in POINTS_MAY.items()},
}
"""What is no verb of a request: see `requests.policy.may_reveal`, and the `policy.py` of each room."""

router = APIRouter(prefix="/admin", include_in_schema=False)


@router.get("/policy")
async def policy(request: Request, by: SignedIn) -> Response:
    """The table, for everybody who is signed in: nobody need guess why a button is missing."""
    return office_page(request, by, "admin/policy.html", may=MAY, who=WHO, accounts=ACCOUNTS)
