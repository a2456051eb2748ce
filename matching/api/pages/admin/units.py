"""The organisation tree."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from matching.api import forms
from matching.api.deps import At, Parts, TheParts
from matching.api.pages.admin.office import Administrator, Code, Line, LongLine, done, office_page, with_depth
from matching.api.templates import House
from matching.people import places
from matching.people.actor import Actor
from matching.people.model import Role
from matching.units.model import UNIT_KINDS, UnitKind
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/admin/units", include_in_schema=False)
TEMPLATES = {
    "units": _("单位"), "roster": _("党员名册"), "services": _("服务目录"), "spots": _("点位"),
    "partners": _("共建单位"), "requests": _("需求"),
}  # fmt: skip
"""The kinds of `matching import`, for which there are empty files."""


class UnitForm(BaseModel):
    """A unit's name; `desk_phone` counts on the hospital itself only."""

    name: LongLine
    desk_phone: Line = ""


class NewUnitForm(BaseModel):
    """A unit below the one of the page."""

    new_code: Code
    new_name: LongLine
    kind: UnitKind


@router.get("")
async def tree(request: Request, parts: TheParts, by: Administrator) -> Response:
    """Every unit that one administers."""
    async with parts.database.reading() as session:
        units = await units_under(session, by.root_id, by.paths(Role.administrator))
    return office_page(request, by, "admin/units.html", units=with_depth(units), kinds=UNIT_KINDS, templates=TEMPLATES)


@router.get("/{code}")
async def unit(request: Request, parts: TheParts, by: Administrator, code: str) -> Response:
    """One unit, with forms to rename it and to add one below."""
    return await _page(request, parts, by, code)


@router.post("/{code}")
async def change(request: Request, parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Rename it."""
    checked, form, errors = await forms.read(request, UnitForm)
    if checked is None:
        return await _page(request, parts, by, code, 422, form, errors)
    changed = await parts.work(places.change_unit, code, checked.name, checked.desk_phone, by=by, at=at)
    if changed.id == changed.root_id:
        request.app.state.house = House(changed.house, changed.desk_phone)
    return done(parts, "/admin/units", _("“{name}”已保存。"), name=changed.name)


@router.post("/{code}/units")
async def add(request: Request, parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Add one below it."""
    checked, form, errors = await forms.read(request, NewUnitForm)
    status = 422
    if checked is not None:
        deed = parts.work(places.add_unit, code, checked.new_code, checked.new_name, checked.kind, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
        if "code" in errors:
            errors["new_code"] = errors.pop("code")
    if checked is None or errors:
        return await _page(request, parts, by, code, status, form, errors)
    return done(parts, "/admin/units", _("已新增“{name}”。"), name=checked.new_name)


async def _page(
    request: Request, parts: Parts, by: Actor, code: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        found = await places.managed_unit(session, code, by=by)
    below = list(UnitKind)[list(UnitKind).index(UnitKind(found.kind)) + 1 :]
    return office_page(
        request, by, "admin/unit.html", status, unit=found, kinds=UNIT_KINDS,
        below={kind: UNIT_KINDS[kind] for kind in below}, form=form or {}, errors=errors or {},
    )  # fmt: skip
