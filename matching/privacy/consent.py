"""What a requester is told and agrees to, and what is said when an ask cannot be met. Nothing is translated here.

docs/domain.md §5 and §6; 个人信息保护法 (PIPL) art. 17 (notice), 28–31 (sensitive data, children), 15 (withdrawing).
"""

from dataclasses import dataclass

from matching.words import _

NOTICE_VERSION = "2026-03"
"""Stored with every filing. Changes whenever a sentence below changes its meaning."""

ERASE_AFTER_DAYS = 90
"""Contact data goes this many days after archiving (docs/domain.md §6: 90, allowed 30–180); `%(days)s` there."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One piece of the notice: a short heading and a sentence or two."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One box. It is never ticked beforehand. A required one must be ticked before the filing is taken."""

    kind: str
    label: str
    hint: str
    required: bool


NOTICE: tuple[Paragraph, ...] = (
    Paragraph(
        _("我们收集什么"),
        _("您写下的心愿、希望的时间、怎么称呼您，还有您愿意留的电话。不需要身份证号，也不要写病情诊断。可以匿名。"),
    ),
    Paragraph(_("用来做什么"), _("只用来安排志愿者帮您办这件事、和您联系、请您评价，不作别的用途，也不会给别人。")),
    Paragraph(
        _("谁看得到"),
        _(
            "电话只有接下这件事的志愿者和他所在支部的负责人看得到，每看一次都有记录，您可以查。"
            "其他工作人员看到的是隐去电话、姓名、床号后的内容。"
        ),
    ),
    Paragraph(_("保存多久"), _("事情归档后 %(days)s 天，联系方式会自动删除；留下的只是看不出是谁的台账。")),
    Paragraph(
        _("您随时可以"),
        _("用查询码查看、更正、下载、删除自己的信息，或者收回同意，和当初同意一样方便。我们最晚 15 天内答复。"),
    ),
)
"""The page notice: what, why, who, how long, your rights. `%(days)s` in a text is filled by the door."""

REFUSING = _("不同意也没关系：请到服务台，或打服务台电话，工作人员会当面帮您，不影响您看病。")

_PAGE = Consent(
    "notice", _("我看过上面的说明，同意为办这件事使用我写的信息"), _("必选。不勾选就没法安排人帮您。"), True
)
_HEALTH = Consent(
    "health",
    _("我写的内容里可能提到身体情况，我单独同意为办这件事使用"),
    _("必选。身体情况属于敏感信息，所以要单独问您一次。"),
    True,
)
_GUARDIAN = Consent(
    "guardian",
    _("我是孩子的父母或监护人，同意为办这件事使用孩子的信息"),
    _("必选。孩子不满 14 周岁，要由监护人同意。孩子的心愿不会公开展示。"),
    True,
)
_DISPLAY = Consent(
    "public_display",
    _("我愿意把这个心愿隐去个人信息后，放到公开的心愿墙上"),
    _("可选，不勾选也一样帮您办。以后想撤下来，随时可以。"),
    False,
)


def consents(on_behalf_of_minor: bool = False) -> tuple[Consent, ...]:
    """Return the boxes in their order. For a child under 14 the guardian's is added and display is not offered."""
    return (_PAGE, _HEALTH, _GUARDIAN) if on_behalf_of_minor else (_PAGE, _HEALTH, _DISPLAY)


def required_consents(on_behalf_of_minor: bool = False) -> frozenset[str]:
    """Return the kinds that must be ticked: notice, health, and guardian for a child under 14."""
    return frozenset(c.kind for c in consents(on_behalf_of_minor) if c.required)


def missing_consents(ticked: frozenset[str] | set[str], on_behalf_of_minor: bool = False) -> tuple[str, ...]:
    """Return the required kinds that are not in `ticked`, in the order they are shown."""
    return tuple(c.kind for c in consents(on_behalf_of_minor) if c.required and c.kind not in ticked)


def may_be_shown_publicly(ticked: frozenset[str] | set[str], on_behalf_of_minor: bool) -> bool:
    """Tell whether the requester lets the wish be shown; a child's never is (docs/domain.md §5)."""
    return "public_display" in ticked and not on_behalf_of_minor


_REFUSALS: dict[str, str] = {
    "cash_gift": _(
        "我们没有提交这份心愿，因为里面提到要现金、转账或借钱，志愿者只能帮忙办事或送小件物品，不能给钱。"
        "您写的内容都还在下面。"
        "请改成想要的东西或想请人帮的忙，再提交一次；费用有困难，可以到服务台咨询医疗救助。"
    ),
    "queue_jumping": _(
        "我们没有提交这份心愿，因为里面提到加号、插队或提前安排床位和检查，这样对其他排队的病人不公平，志愿者不能帮忙。"
        "您写的内容都还在下面。"
        "如果是不会预约、站不住、看不清叫号，请改成这样的心愿，再提交一次，我们来陪您；病情变化请直接告诉护士。"
    ),
    "paid_service": _(
        "我们没有提交这份心愿，因为里面提到付钱请人，而志愿者的帮忙全都免费，不能收您的钱。"
        "您写的内容都还在下面。请把付钱的话去掉，只写要帮的事，再提交一次。"
    ),
    "diagnosis_request": _(
        "我们没有提交这份心愿，因为判断是什么病、药怎么加减停换，要当面看过您的医生才能说，志愿者不能替他说。"
        "您写的内容都还在下面。"
        "您可以改成请人讲讲单子上的词、或陪您去问医生，再提交一次；不舒服请马上告诉护士或去急诊。"
    ),
    "red_envelope": _(
        "我们没有提交这份心愿，因为里面提到给工作人员送钱或送礼。谢谢您的心意，可是按规定我们不能收，不送也一样尽心。"
        "您写的内容都还在下面。"
        "您可以改成写感谢信、送一句表扬，再提交一次。"
    ),
}

BANNED = tuple(_REFUSALS)
"""The kinds of asks that are refused, as `guard.inspect` names them."""


def refusal_reason(banned: str) -> str:
    """Return what to say for one kind of BANNED: what happened, what was kept, what to do. Raises KeyError."""
    return _REFUSALS[banned]


EMERGENCY_NOTICE = _(
    "看起来情况很急。请马上大声叫身边的医生护士，或直接去急诊；不在医院就打 120。不要等志愿者。这份心愿您仍然可以提交。"
)
