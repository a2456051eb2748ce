"""The organisation tree: `code, name, level, parent`. The one row without a parent is the hospital itself."""

from sqlmodel import select

from matching.errors import Refused
from matching.importing.columns import Column, Values, choice, text
from matching.importing.importer import Importer, apply
from matching.importing.report import Problem
from matching.units.model import UNIT_KINDS, Unit

LEVELS = {word: kind.value for kind, word in UNIT_KINDS.items()}


class Units(Importer):
    """Matched by code, or by name where the roster had to invent the code. Whole subtrees move with their parent."""

    sheet = "单位"
    columns = (
        Column("code", "代码", text(40), needed=True),
        Column("name", "名称", text(120), needed=True),
        Column("level", "级别", choice(LEVELS), needed=True),
        Column("parent", "上级代码", text(40)),
    )

    async def begin(self) -> None:
        """All units of the hospital."""
        found = list(await self.session.exec(select(Unit).where(Unit.root_id == self.root_id)))
        self.units = {unit.code: unit for unit in found}
        self.by_name = {unit.name: unit for unit in found}
        self.waiting: list[tuple[int, Values]] = []
        self.top: str | None = None

    async def put(self, number: int, values: Values) -> None:
        """Parents may stand below their children: the tree is put together at the end."""
        if not values.get("parent"):
            if self.top is not None:
                raise Refused("second_top", field="parent")
            self.top = values["code"]
        self.waiting.append((number, values))

    async def finish(self) -> None:
        """From the top down; whoever hangs on nothing is refused."""
        codes = {values["code"] for _number, values in self.waiting}
        placed: set[str] = set(self.units) - codes
        while ready := [(n, v) for n, v in self.waiting if not v.get("parent") or v["parent"] in placed]:
            for number, values in ready:
                await self._place(values, codes)
                placed.add(values["code"])
                self.waiting.remove((number, values))
        for number, values in self.waiting:
            refused = Refused("unit_not_listed", field="parent", value=values["parent"])
            self.report.refuse([Problem(number, "parent", refused)])
        self._paths()

    async def _place(self, values: Values, codes: set[str]) -> None:
        parent = self.units[values["parent"]] if values.get("parent") else None
        unit = self.root if parent is None else self.units.get(values["code"])
        if unit is None and (named := self.by_name.get(values["name"])) is not None and named.code not in codes:
            unit = named
        new = unit is None or (parent is None and self.new_root)
        if unit is None:
            unit = Unit(root_id=self.root_id, code=values["code"], name=values["name"], kind=values["level"])
        wanted = {"code": values["code"], "name": values["name"], "kind": values["level"]}
        changed = apply(unit, wanted | {"parent_id": parent.id if parent else None})
        self.session.add(unit)
        await self.session.flush()
        self.units[unit.code] = unit
        self.report.count(new=new, changed=changed)

    def _paths(self) -> None:
        """Write every path anew from the parents; SQLAlchemy updates only those that differ."""
        by_id = {unit.id: unit for unit in self.units.values()}
        for unit in by_id.values():
            ids, above = [unit.id], unit.parent_id
            while above is not None and above not in ids:
                ids.append(above)
                above = by_id[above].parent_id
            unit.path = "/" + "/".join(str(id_) for id_ in reversed(ids)) + "/"
