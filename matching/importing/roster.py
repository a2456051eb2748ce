"""The roster: who belongs to which branch, with which post and skills. Matched by member number.

Missing units are made from the branch columns. Whoever leads a branch (党支部书记) is granted `unit_lead` on it; the
grants that the roster gave, and only those, follow the roster when somebody moves, steps down or leaves.
"""

from itertools import count

from sqlmodel import col, select

from matching.errors import Refused
from matching.importing.columns import Column, Values, choice, number, phone, text, whole, words
from matching.importing.importer import Importer, apply
from matching.people.model import Grant, Person, Role
from matching.people.phones import phone_context
from matching.privacy.sealed import Unreadable
from matching.units.model import Unit, UnitKind

GENDERS = {"男": "m", "女": "f", "": ""}
STATUSES = {"在职": "serving", "离退休": "retired", "退休": "retired", "离职": "left", "转出": "left"}
LEAD = "党支部书记"
GIVEN = (Role.member, Role.unit_lead)
FIELDS = {
    "name": "name", "gender": "gender", "birth_year": "birth_year", "status": "status", "role": "post",
    "department": "department", "building": "building", "job_title": "job_title", "skills": "skills",
    "shift_pattern": "shift_pattern", "volunteer_hours_last_year": "hours_last_year", "wecom_id": "wecom_id",
}  # fmt: skip


class Roster(Importer):
    """New people sign in with their member number once somebody gives them a password."""

    key = "member_no"
    sheet = "党员名册"
    columns = (
        Column("member_no", "党员编号", text(40), needed=True),
        Column("name", "姓名", text(80), needed=True),
        Column("gender", "性别", choice(GENDERS)),
        Column("birth_year", "出生年", whole(1900, 2020)),
        Column("phone", "手机", phone),
        Column("status", "在职状态", choice(STATUSES), needed=True),
        Column("branch_code", "支部代码", text(40), needed=True),
        Column("branch", "党支部", text(120)),
        Column("general_branch", "党总支", text(120)),
        Column("role", "党内职务", text(40)),
        Column("department", "科室", text(60)),
        Column("building", "办公楼栋", text(60)),
        Column("job_title", "岗位类别", text(40)),
        Column("skills", "技能", words(";；、,，|", 40)),
        Column("shift_pattern", "班次", text(20)),
        Column("volunteer_hours_last_year", "上年志愿时长", number(0, 8784)),
        Column("wecom_id", "企业微信账号", text(64)),
    )

    async def begin(self) -> None:
        """Units, people, logins and the grants in force."""
        mine = self.session.exec
        self.units = {u.code: u for u in await mine(select(Unit).where(Unit.root_id == self.root_id))}
        self.people = {p.member_no: p for p in await mine(select(Person).where(Person.root_id == self.root_id))}
        taken = await mine(select(Person.login).where(col(Person.login).is_not(None)))
        self.logins = {login for login in taken if login}
        self.grants: dict[int, list[Grant]] = {}
        given = select(Grant).where(
            Grant.root_id == self.root_id, col(Grant.revoked_at).is_(None), col(Grant.granted_by).is_(None),
            col(Grant.role).in_(GIVEN),
        )  # fmt: skip
        for grant in await mine(given):
            self.grants.setdefault(grant.person_id, []).append(grant)
        self.waiting: list[tuple[Person, bool, bool]] = []

    async def put(self, number: int, values: Values) -> None:
        """Make or change the person; grants wait for their id."""
        unit = await self._unit(values)
        person = self.people.get(values["member_no"])
        new = person is None
        if person is None:
            person = Person(root_id=self.root_id, unit_id=unit.id or 0, member_no=values["member_no"], name="")
            if person.member_no not in self.logins:
                person.login = person.member_no
                self.logins.add(person.member_no)
            self.session.add(person)
            self.people[person.member_no] = person
        wanted = {to: values[name] for name, to in FIELDS.items() if name in values} | {"unit_id": unit.id}
        changed = apply(person, wanted)
        if "phone" in values and self._phone(person) != values["phone"]:
            sealed = self.tools.sealer.seal(values["phone"], phone_context(person)) if values["phone"] else None
            person.sealed_phone, changed = sealed, True
        self.waiting.append((person, new, changed))

    async def settle(self) -> None:
        """Give and take back the roles that the roster speaks of."""
        await self.session.flush()
        for person, new, changed in self.waiting:
            wanted = set() if person.status == "left" else {Role.member}
            if person.post == LEAD and wanted:
                wanted.add(Role.unit_lead)
            moved = self._regrant(person, {(role.value, person.unit_id) for role in wanted})
            self.report.count(new=new, changed=changed or moved)
        self.waiting.clear()
        await self.session.flush()

    def _regrant(self, person: Person, wanted: set[tuple[str, int]]) -> bool:
        held = self.grants.setdefault(person.id or 0, [])
        fallen = [grant for grant in held if (grant.role, grant.unit_id) not in wanted]
        for grant in fallen:
            grant.revoked_at = self.at
            held.remove(grant)
        missing = wanted - {(grant.role, grant.unit_id) for grant in held}
        for role, unit_id in sorted(missing):
            grant = Grant(
                root_id=self.root_id, person_id=person.id or 0, unit_id=unit_id, role=role, granted_at=self.at
            )
            self.session.add(grant)
            held.append(grant)
        return bool(fallen or missing)

    def _phone(self, person: Person) -> str:
        if person.sealed_phone is None:
            return ""
        try:
            return self.tools.sealer.open(person.sealed_phone, phone_context(person))
        except Unreadable:
            return "?"  # its key is gone: the roster's number is sealed anew

    async def _unit(self, values: Values) -> Unit:
        code, name = values["branch_code"], values.get("branch", "")
        unit = self.units.get(code)
        if unit is None:
            if not name:
                raise Refused("unit_not_listed", field="branch_code", value=code)
            above = await self._general_branch(values.get("general_branch", ""))
            unit = await self._made(code, name, UnitKind.branch, above)
        elif name and unit.name != name:
            raise Refused("unit_named_otherwise", field="branch", unit=code, name=unit.name)
        return unit

    async def _general_branch(self, name: str) -> Unit:
        if not name:
            return self.root
        named = next((unit for unit in self.units.values() if unit.name == name), None)
        if named is not None:
            return named
        free = next(code for n in count(1) if (code := f"GB{n}") not in self.units)
        return await self._made(free, name, UnitKind.general_branch, self.root)

    async def _made(self, code: str, name: str, kind: UnitKind, above: Unit) -> Unit:
        unit = Unit(root_id=self.root_id, parent_id=above.id, code=code, name=name, kind=kind)
        self.session.add(unit)
        await self.session.flush()
        unit.path = f"{above.path}{unit.id}/"
        self.units[code] = unit
        return unit
