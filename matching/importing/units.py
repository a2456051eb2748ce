"""The organisation tree: `code, name, level, parent`. The one row without a parent is the hospital itself."""

from collections import deque

from sqlmodel import select

from matching.errors import Refused
from matching.importing.columns import Column, Values, choice, text
from matching.importing.importer import Importer, apply
from matching.importing.report import Problem
from matching.units.model import UNIT_KINDS, Unit

LEVELS = {word: kind.value for kind, word in UNIT_KINDS.items()}
LEVEL_ORDER = {kind.value: place for place, kind in enumerate(UNIT_KINDS)}  # the higher a level, the smaller


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
        self.by_id = {unit.id: unit for unit in found}
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
        """From the top down; whoever hangs on nothing, or below its like, is refused."""
        codes = {values["code"] for _number, values in self.waiting}
        names = {values["name"] for _number, values in self.waiting}
        self.staying: dict[int | None, list[Unit]] = {}  # what hangs below a unit and is not in the file
        for unit in self.by_id.values():
            if unit.code not in codes and unit.name not in names:
                self.staying.setdefault(unit.parent_id, []).append(unit)
        below: dict[str, list[tuple[int, Values]]] = {}
        for number, values in self.waiting:
            below.setdefault(values.get("parent") or "", []).append((number, values))
        ready = deque(below.pop("", []))
        for code in self.units.keys() - codes:
            ready.extend(below.pop(code, []))
        while ready:
            number, values = ready.popleft()
            try:
                await self._place(values, codes)
            except Refused as refused:
                self.report.refuse([Problem(number, refused.field or "code", refused)])
            else:
                ready.extend(below.pop(values["code"], []))
        for number, values in (one for rest in below.values() for one in rest):
            orphan = Refused("unit_not_listed", field="parent", value=values["parent"])
            self.report.refuse([Problem(number, "parent", orphan)])
        self._paths()

    async def _place(self, values: Values, codes: set[str]) -> None:
        parent = self.units[values["parent"]] if values.get("parent") else None
        unit = self.units.get(values["code"])
        if parent is None:
            if unit is not None and unit is not self.root:
                raise Refused("in_use", field="code", value=values["code"])
            unit = self.root
        if unit is None and (named := self.by_name.get(values["name"])) is not None and named.code not in codes:
            unit = named
        self._check_place(unit, values, parent)
        new = unit is None or (parent is None and self.new_root)
        if unit is None:
            unit = Unit(root_id=self.root_id, code=values["code"], name=values["name"], kind=values["level"])
        wanted = {"code": values["code"], "name": values["name"], "kind": values["level"]}
        changed = apply(unit, wanted | {"parent_id": parent.id if parent else None})
        self.session.add(unit)
        await self.session.flush()
        self.units[unit.code] = self.by_id[unit.id] = unit
        self.report.count(new=new, changed=changed)

    def _check_place(self, unit: Unit | None, values: Values, parent: Unit | None) -> None:
        """Levels fall from parent to child, as on the page where units are made, and nothing hangs below itself.

        Parents are placed before their children, so that what is above `parent` stays there.
        """
        level = LEVEL_ORDER[values["level"]]
        if unit is not None and any(LEVEL_ORDER[one.kind] <= level for one in self.staying.get(unit.id, ())):
            raise Refused("kind_too_high", field="level", name=values["name"])
        for _step in UNIT_KINDS:
            if parent is not None and (parent is unit or LEVEL_ORDER[parent.kind] >= level):
                raise Refused("kind_too_high", field="level", name=parent.name)
            parent = parent and self.by_id.get(parent.parent_id)

    def _paths(self) -> None:
        """Write every path anew from the parents; SQLAlchemy updates only those that differ."""
        for unit in self.by_id.values():
            ids, above = [unit.id], unit.parent_id
            while above is not None and above not in ids:
                ids.append(above)
                above = self.by_id[above].parent_id
            unit.path = "/" + "/".join(str(id_) for id_ in reversed(ids)) + "/"
