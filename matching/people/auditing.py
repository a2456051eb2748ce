"""The audit log: who did what to the system itself. Kept 180 days or more (docs/domain.md §6), without contacts."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.people.model import AuditEntry, Person
from matching.people.policy import may_read_audit
from matching.units.model import Unit
from matching.words import _

ACTS = {
    "sign_in": _("登录"),
    "sign_in_failed": _("登录失败"),
    "sign_out": _("退出登录"),
    "change_password": _("修改密码"),
    "set_one_time_password": _("设置一次性密码"),
    "make_token": _("生成接口令牌"),
    "revoke_token": _("吊销接口令牌"),
    "end_sign_in": _("结束一处登录"),
    "end_sign_ins": _("结束全部登录"),
    "grant": _("授予角色"),
    "revoke": _("撤销角色"),
    "add_unit": _("新增单位"),
    "change_unit": _("修改单位"),
    "add_spot": _("新增点位"),
    "change_spot": _("修改点位"),
    "open_spot": _("启用点位"),
    "close_spot": _("停用点位"),
    "rotate_spot": _("更换点位二维码"),
    "change_service": _("修改服务"),
    "open_service": _("启用服务"),
    "close_service": _("停用服务"),
    "publish_post": _("发布通知"),
    "withdraw_post": _("撤回通知"),
    "add_channel": _("新增消息渠道"),
    "change_channel": _("修改消息渠道"),
    "stop_channel": _("停用消息渠道"),
    "start_channel": _("启用消息渠道"),
    "test_channel": _("测试消息渠道"),
    "turn_dials": _("调整邀请设置"),
    "set_licence": _("登记资质"),
    "drop_licence": _("删除资质登记"),
    "correct_activity": _("更正已确认的活动"),
    "cancel_activity": _("取消活动"),
    "set_rhythm": _("设定组织生活次数"),
    "amend_days": _("修改工作日历"),
    "restore_day": _("恢复公布的工作日"),
    "retry_outbox": _("重试发件箱"),
    "set_rates": _("调整三率权重"),
    "set_scheme": _("调整考核项目"),
    "score_branch": _("考核打分"),
    "sign_assessment": _("考核签字"),
    "open_assessment": _("重新打开考核"),
    "accept_declared": _("认定申报的服务"),
    "refuse_declared": _("不认定申报的服务"),
    "take_back_declared": _("撤销已认定的服务"),
    "publish_points": _("公示积分"),
    "take_back_points": _("撤回积分公示"),
    "answer_objection": _("答复公示异议"),
    "issue_certificate": _("开具志愿服务证明"),
    "revoke_certificate": _("作废志愿服务证明"),
    "set_points_rules": _("修改积分规则"),
    "add_partner": _("登记共建单位"),
    "change_partner": _("修改共建单位"),
    "open_partner": _("恢复共建"),
    "close_partner": _("结束共建"),
    "add_liaison": _("添加联络员"),
    "remove_liaison": _("移除联络员"),
    "add_agreement": _("登记共建协议"),
    "sign_agreement": _("上传协议签字件"),
    "end_agreement": _("提前终止协议"),
    "pair_person": _("登记结对"),
    "end_pairing": _("结束结对"),
    "look_up_pairing": _("查看结对的人"),
    "add_item": _("写入清单"),
    "set_item_state": _("修改清单状态"),
    "link_items": _("对接清单"),
    "unlink_items": _("取消对接"),
    "attach_request": _("工单归入项目"),
    "demo_loaded": _("载入演示数据"),
    "import": _("导入"),
    "export": _("导出"),
}


def note(session: AsyncSession, act: str, about: str = "", *, by: Actor, at: datetime) -> None:
    """Add an entry to the caller's transaction. `about` names codes and numbers, never a phone or an address."""
    session.add(AuditEntry(root_id=by.root_id, at=at, person_id=by.id, act=act, about=about[:200]))


async def audit_page(
    session: AsyncSession, *, by: Actor, act: str = "", before: int | None = None, size: int = 50
) -> Sequence[tuple[AuditEntry, Person | None]]:
    """The newest entries with who did it, or those before an id. Raises NotAllowed."""
    root = await session.get_one(Unit, by.root_id)
    if not may_read_audit(by, root.path):
        raise NotAllowed
    statement = (
        select(AuditEntry, Person)
        .outerjoin(Person, col(Person.id) == AuditEntry.person_id)
        .where(AuditEntry.root_id == by.root_id)
        .order_by(col(AuditEntry.id).desc())
        .limit(size)
    )
    if act:
        statement = statement.where(AuditEntry.act == act)
    if before is not None:
        statement = statement.where(col(AuditEntry.id) < before)
    return list(await session.exec(statement))
