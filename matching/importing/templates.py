"""Empty files for each kind of import, with a guide: what somebody fills in is what the import understands."""

from matching.documents.filling import Blank, to_fill
from matching.importing.columns import Choice, Column, flag
from matching.importing.partners import KIND_WORDS
from matching.importing.running import KINDS

ABOUT = (
    "红色表头的列必填，其余可以空着。不要改第一行的表头，不要合并单元格；从第二行起每行一条。"
    "导入时先整个文件检查一遍：有一行不对，就逐行说出哪一行哪一列为什么，什么都不写入；改好再导入就行。"
    "同一份文件导入两次不会重复：按编号对应，有变化的更新。"
)
HINTS: dict[str, tuple[str, str]] = {  # column: how to fill it, an example
    "code": ("编号，全院不重复，最多 40 个字符。以后靠它对应，不要改。", "B01"),
    "name": ("全称。", "心血管内科党支部"),
    "level": ("单位的级别。", "党支部"),
    "parent": ("上级的代码；只有最上面的党委空着。", "DW"),
    "member_no": ("党员编号，全院不重复。", "M0001"),
    "gender": ("性别。", "女"),
    "birth_year": ("出生年份，四位数字。", "1985"),
    "phone": ("手机或带区号的座机。密封保存，导出时打码。", "199-0000-0001"),
    "status": ("在职状态。", "在职"),
    "branch_code": ("所在支部的代码。", "B01"),
    "branch": ("所在支部的名称；代码没有登记过时用它新建。", "心血管内科党支部"),
    "general_branch": ("所在党总支的名称，没有就空着。", "内科党总支"),
    "role": ("党内职务。“党支部书记”会成为支部负责人。", "党支部书记"),
    "department": ("科室。", "心血管内科"),
    "building": ("楼栋，用来估计走过去要多久。", "住院楼"),
    "job_title": ("岗位类别或职称。", "护士"),
    "skills": ("会什么，用分号隔开。义诊资质写成“义诊资质-医师”。", "陪诊；方言-邵阳话"),
    "shift_pattern": ("班次：白班、行政班、三班倒、退休；空着按白班。", "三班倒"),
    "volunteer_hours_last_year": ("上年志愿服务小时数。", "12.5"),
    "wecom_id": ("企业微信账号，用来发消息。", "zhangsan"),
    "name_zh": ("名称。", "轮椅推送"),
    "name_en": ("英文名称，英文页面用。", "Wheelchair"),
    "group_zh": ("类别，点单页按它分组。", "就医帮助"),
    "audience": ("谁可以点：patient 群众，partner 共建单位，both 都可以。", "both"),
    "kind": ("service 是服务，item 是物品。", "service"),
    "required_skills": ("会其中一样就行，用竖线隔开；空着谁都可以。", "义诊资质-医师|义诊资质-护士"),
    "default_slots": ("通常要几个人。", "1"),
    "urgency_tier": ("T1 特急，T2 紧急，T3 一般，T4 预约。", "T3"),
    "dispatch_limit": ("时限：30min、2h 是自然时间，1wd、7d 是工作日。", "24h"),
    "claim_limit": ("同上。", "1wd"),
    "handle_limit": ("同上。", "7d"),
    "points_coefficient": ("积分系数，1.0、1.2 或 1.5。", "1.2"),
    "item_cap_yuan": ("物品金额上限，元，最多 500。", "100"),
    "needs_phone": ("办这件事是不是一定要回电。", "是"),
    "minutes": ("一个人通常服务多少分钟，不算路上。", "40"),
    "spacing": ("两批邀请之间等多少分钟。", "15"),
    "floor": ("楼层数字，地下一层写 -1，室外写 0。", "3"),
    "default_branch": ("负责这个地点的支部代码。", "B01"),
    "id": ("编号，全院不重复。", "P01"),
    "submitted_at": ("提交时间，带时区。", "2026-03-02T10:00:00+08:00"),
    "spot": ("点位代码。", "S01"),
    "service": ("服务代码。", "first_aid_training"),
    "need": ("诉求，5 到 300 个字。不写身份证号和病情诊断。", "想借一辆轮椅去做检查"),
    "reason": ("原因。", "腿脚不方便"),
    "display_name": ("怎么称呼。", "张女士"),
    "preferred_window.start": ("期望开始，带时区。", "2026-03-02T14:00:00+08:00"),
    "preferred_window.end": ("期望结束，带时区。", "2026-03-02T16:00:00+08:00"),
    "lang": ("语言：zh-Hans、zh-Hant 或 en。", "zh-Hans"),
    "on_behalf_of_minor": ("是不是为 14 岁以下的孩子。", "否"),
    "show_publicly": ("对方是不是同意公开展示核定过的文字。", "否"),
    "channel": ("从哪里来。", ""),
    "record_type": ("partner 登记一家单位，request 登记它提的一个需求；一行一种。", "partner"),
    "type": ("单位性质。", "企业"),
    "address": ("单位地址。", "江北路 12 号"),
    "contact.role": ("联络员在单位的职务。", "工会"),
    "contact.name": ("联络员姓名。", "祝主席"),
    "contact.phone": ("联络员电话。密封保存。", "199-0000-8001"),
    "paired_branch": ("结对支部的代码。", "B10"),
    "agreement.no": ("协议编号。", "GJ-2026-01"),
    "agreement.start": ("协议开始的日子。", "2026-07-01"),
    "agreement.end": ("协议结束的日子，期限 1 到 3 年。", "2028-06-30"),
    "needs": ("需求清单，用分号隔开。", "车间急救培训；职业病讲座"),
    "resources": ("资源清单，用分号隔开。", "多功能厅；志愿者30人"),
    "partner": ("提需求的单位编号。", "P01"),
    "description": ("需求内容，5 到 300 个字。", "给车间班组长做急救培训"),
    "wanted.date": ("哪一天。", "2026-10-12"),
    "wanted.start": ("几点开始。", "14:00"),
    "wanted.end": ("几点结束。", "16:00"),
    "venue": ("在哪里。", "三楼多功能厅"),
    "expected_headcount": ("预计多少人参加。", "40"),
    "slots": ("要几名志愿者。", "3"),
    "equipment": ("要什么器材。", "模拟人 4 具"),
    "risks": ("要注意什么风险。", "膝盖跪地，备垫子"),
    "note": ("其他说明。", ""),
}


def template(kind: str) -> bytes:
    """The empty workbook of a kind of import (a key of KINDS)."""
    importer = KINDS[kind]
    return to_fill(importer.sheet, ABOUT, [_blank(column) for column in importer.columns])


def file_name(kind: str) -> str:
    """What it is called."""
    return f"{KINDS[kind].sheet}导入模板.xlsx"


def _blank(column: Column) -> Blank:
    hint, example = HINTS[column.name]
    return Blank(column.heading, column.needed, hint, example, _choices(column))


def _choices(column: Column) -> list[str]:
    if isinstance(column.read, Choice):
        return [word for word in column.read.choices if word]
    if column.name == "type":
        return list(KIND_WORDS)
    return ["是", "否"] if column.read is flag else []
