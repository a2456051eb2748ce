"""Places with a QR poster, matched by code. The address on the poster is made once and never changed by an import."""

from sqlmodel import select

from matching.errors import Refused
from matching.importing.columns import Column, Values, text, whole
from matching.importing.importer import Importer, apply
from matching.units.model import OldSlug, Spot, Unit

FIELDS = {"name_zh": "name", "building": "building", "floor": "floor", "department": "department"}


class Spots(Importer):
    """A new spot's address is its code in lower case, or with a number behind it where that is taken."""

    sheet = "点位"
    columns = (
        Column("code", "代码", text(40), needed=True),
        Column("name_zh", "名称", text(120), needed=True),
        Column("building", "楼栋", text(60)),
        Column("floor", "楼层", whole(-9, 99), needed=True),
        Column("department", "科室", text(60)),
        Column("default_branch", "负责支部", text(40), needed=True),
    )

    async def begin(self) -> None:
        """Spots, units, and every address that is or was in use."""
        self.spots = {
            spot.code: spot for spot in await self.session.exec(select(Spot).where(Spot.root_id == self.root_id))
        }
        units = await self.session.exec(select(Unit).where(Unit.root_id == self.root_id))
        self.units = {unit.code: unit for unit in units}
        self.slugs = {*await self.session.exec(select(Spot.slug)), *await self.session.exec(select(OldSlug.slug))}
        self.turns: dict[str, int] = {}

    async def put(self, number: int, values: Values) -> None:
        """Make or change one spot."""
        unit = self.units.get(values["default_branch"])
        if unit is None:
            raise Refused("unit_not_listed", field="default_branch", value=values["default_branch"])
        spot = self.spots.get(values["code"])
        new = spot is None
        if spot is None:
            slug = self._free(values["code"])
            spot = Spot(root_id=self.root_id, code=values["code"], slug=slug, name="", unit_id=unit.id or 0)
            self.session.add(spot)
        wanted = {to: values[name] for name, to in FIELDS.items() if name in values}
        self.report.count(new=new, changed=apply(spot, wanted | {"unit_id": unit.id}))

    def _free(self, code: str) -> str:
        plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in code.lower()).strip("-") or "spot"
        slug = plain
        while slug in self.slugs:  # counted on: thousands of codes without a letter are all called 'spot'
            self.turns[plain] = n = self.turns.get(plain, 1) + 1
            slug = f"{plain}-{n}"
        self.slugs.add(slug)
        return slug
