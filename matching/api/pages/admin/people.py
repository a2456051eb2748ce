"""People: found by name or number, their roles, registrations, one-time passwords, their sign-ins."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints

from matching.api import forms
from matching.api.deps import At, Parts, TheParts
from matching.api.fields import Readable
from matching.api.pages.admin.office import Administrator, done, office_page, units_to_choose
from matching.api.paging import Id
from matching.asks import licences
from matching.clock import SHANGHAI
from matching.errors import Refused
from matching.people import granting
from matching.people.actor import Actor
from matching.people.model import ROLES, Role
from matching.people.queries import grants_of, managed_people
from matching.words import _

PAGE = 30
CURSOR = re.compile(r"([ab])(\d{1,18})")  # after or before which id
router = APIRouter(prefix="/admin", include_in_schema=False)


class GrantForm(BaseModel):
    """Which role, on which unit (its code)."""

    role: Role
    unit: str


class LoginForm(BaseModel):
    """The name of the account, as it is typed at sign-in."""

    login: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=64), Readable]


class LicenceForm(BaseModel):
    """Which registration was looked up, and its last day."""

    skill: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Readable]
    valid_until: date


@router.get("")
async def people(
    request: Request, parts: TheParts, by: Administrator, q: str = "", role: str = "", at: str = ""
) -> Response:
    """Everybody below, a page at a time."""
    found = CURSOR.fullmatch(at)
    way, edge = (found[1], int(found[2])) if found else ("a", 0)
    chosen = role if role in set(Role) else ""
    async with parts.database.reading() as session:
        rows = await managed_people(
            session, by, text=q, role=chosen, size=PAGE + 1,
            after=edge if way == "a" else 0, before=edge if way == "b" else 0,
        )  # fmt: skip
        more = len(rows) > PAGE
        rows = rows[-PAGE:] if way == "b" else rows[:PAGE]
        held = await grants_of(session, [person.id or 0 for person, _unit in rows])
    pager: dict[str, str | None] = {"newer": None, "older": None}
    if rows:
        pager["newer"] = f"b{rows[0][0].id}" if (more if way == "b" else edge) else None
        pager["older"] = f"a{rows[-1][0].id}" if way == "b" or more else None
    typed = {"q": q, "role": chosen}
    return office_page(
        request,
        by,
        "admin/people.html",
        rows=rows,
        held=held,
        pager=pager,
        form=typed,
        roles=ROLES,
        filtered=any(typed.values()),
    )


@router.get("/people/{member_no}")
async def person(request: Request, parts: TheParts, at: At, by: Administrator, member_no: str) -> Response:
    """Somebody's roles and account."""
    return await _page(request, parts, at, by, member_no)


@router.post("/people/{member_no}/grants")
async def grant(request: Request, parts: TheParts, at: At, by: Administrator, member_no: str) -> Response:
    """Give a role on a unit."""
    checked, form, errors = await forms.read(request, GrantForm)
    status = 422
    if checked is not None:
        deed = parts.work(granting.grant, member_no, checked.role, checked.unit, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, at, by, member_no, status, form, errors)
    return done(parts, f"/admin/people/{member_no}", _("角色已授予，从下一次打开页面起生效。"))


@router.post("/people/{member_no}/grants/{grant_id}/revoke")
async def revoke(
    request: Request, parts: TheParts, at: At, by: Administrator, member_no: str, grant_id: Id
) -> Response:
    """Take a role back."""
    errors, status = await forms.attempt(request, parts.work(granting.revoke, grant_id, by=by, at=at))
    if errors:
        return await _page(request, parts, at, by, member_no, status, {}, errors)
    return done(parts, f"/admin/people/{member_no}", _("角色已撤销，马上生效。需要时可以再授予。"))


@router.post("/people/{member_no}/licences")
async def set_licence(request: Request, parts: TheParts, at: At, by: Administrator, member_no: str) -> Response:
    """Register what was looked up; a known registration gets the new day."""
    checked, form, errors = await forms.read(request, LicenceForm)
    status = 422
    if checked is not None:
        deed = parts.work(licences.set_licence, member_no, checked.skill, checked.valid_until, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if checked is None or errors:
        return await _page(request, parts, at, by, member_no, status, form, errors)
    return done(parts, f"/admin/people/{member_no}#licences", _("“{skill}”已登记。"), skill=checked.skill)


@router.post("/people/{member_no}/licences/{licence_id}/drop")
async def drop_licence(parts: TheParts, at: At, by: Administrator, member_no: str, licence_id: Id) -> Response:
    """Take back what was registered by mistake."""
    await parts.work(licences.drop_licence, member_no, licence_id, by=by, at=at)
    return done(parts, f"/admin/people/{member_no}#licences", _("登记已删除，按名册里写的算。"))


@router.post("/people/{member_no}/password")
async def one_time_password(request: Request, parts: TheParts, at: At, by: Administrator, member_no: str) -> Response:
    """A password to hand over, shown on this answer and never again."""
    checked, form, errors = await forms.read(request, LoginForm)
    status, made = 422, ""
    if checked is not None:
        try:
            made = await granting.set_one_time_password(parts.work, member_no, checked.login, by=by, at=at)
            form, status = {}, 201
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    return await _page(request, parts, at, by, member_no, status, form, errors, made)


@router.post("/people/{member_no}/end")
async def end_sign_ins(parts: TheParts, at: At, by: Administrator, member_no: str) -> Response:
    """Sign somebody out everywhere."""
    await parts.work(granting.end_sign_ins, member_no, by=by, at=at)
    return done(parts, f"/admin/people/{member_no}", _("此人在所有设备上的登录都已结束。"))


async def _page(
    request: Request, parts: Parts, at: At, by: Actor, member_no: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None, made: str = "",
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        them, unit = await granting.managed_person(session, member_no, by=by)
        held = (await grants_of(session, [them.id or 0]))[them.id or 0]
        units = await units_to_choose(session, by)
        registered = await licences.licences_of(session, member_no, by=by)
        registrable = await licences.registrable(session, by.root_id)
    return office_page(
        request, by, "admin/person.html", status, now=at, them=them, unit=unit, held=held, units=units, roles=ROLES,
        registered=registered, registrable=[(skill, skill) for skill in registrable],
        today=at.astimezone(SHANGHAI).date(), itself=them.id == by.id, locked=them.is_locked(at), made=made,
        form=form or {}, errors=errors or {},
    )  # fmt: skip
