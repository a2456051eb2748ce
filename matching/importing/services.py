"""The catalogue of services, matched by code; the order of the file is the order people see."""

from sqlmodel import select

from matching.importing.columns import Column, Values, choice, flag, limit, number, text, whole, words
from matching.importing.importer import Importer, apply
from matching.services.model import Audience, Service, ServiceKind, Tier

FIELDS = {
    "name_zh": "name", "name_en": "name_en", "group_zh": "group", "audience": "audience", "kind": "kind",
    "required_skills": "skills", "default_slots": "slots", "urgency_tier": "tier", "dispatch_limit": "dispatch_limit",
    "claim_limit": "claim_limit", "handle_limit": "handle_limit", "points_coefficient": "coefficient",
    "item_cap_yuan": "item_cap_yuan", "needs_phone": "needs_phone", "minutes": "minutes", "spacing": "spacing",
}  # fmt: skip


class Services(Importer):
    """A service that is no longer in the file stays; closing one is a decision of its own."""

    sheet = "服务目录"
    columns = (
        Column("code", "代码", text(40), needed=True),
        Column("name_zh", "名称", text(60), needed=True),
        Column("name_en", "英文名称", text(80)),
        Column("group_zh", "类别", text(40)),
        Column("audience", "对象", choice({one.value: one.value for one in Audience}), needed=True),
        Column("kind", "性质", choice({one.value: one.value for one in ServiceKind}), needed=True),
        Column("required_skills", "所需技能", words("|;；、,，", 40)),
        Column("default_slots", "名额", whole(1, 99), needed=True),
        Column("urgency_tier", "紧急程度", choice({one.value: one.value for one in Tier}), needed=True),
        Column("dispatch_limit", "派单时限", limit, needed=True),
        Column("claim_limit", "接单时限", limit, needed=True),
        Column("handle_limit", "办理时限", limit, needed=True),
        Column("points_coefficient", "积分系数", number(1, 3)),
        Column("item_cap_yuan", "金额上限", whole(1, 500)),  # docs/domain.md §5: 500 at most
        Column("needs_phone", "需要回电", flag),
        Column("minutes", "服务分钟", whole(1, 24 * 60)),
        Column("spacing", "邀请间隔分钟", whole(1, 24 * 60)),
    )

    async def begin(self) -> None:
        """The catalogue as it is."""
        found = await self.session.exec(select(Service).where(Service.root_id == self.root_id))
        self.services = {service.code: service for service in found}
        self.position = 0

    async def put(self, number: int, values: Values) -> None:
        """Make or change one service."""
        self.position += 1
        service = self.services.get(values["code"])
        new = service is None
        if service is None:
            service = Service(root_id=self.root_id, code=values["code"], name=values["name_zh"])
            self.session.add(service)
        wanted = {to: values[name] for name, to in FIELDS.items() if name in values}
        self.report.count(new=new, changed=apply(service, wanted | {"position": self.position}))
