"""Places with a QR poster: opened, closed, changed, given a new address."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from matching.api import forms
from matching.api.deps import At, Parts, TheParts
from matching.api.pages.admin.office import Administrator, Code, Line, LongLine, done, office_page, units_to_choose
from matching.people import places
from matching.people.actor import Actor
from matching.words import _

router = APIRouter(prefix="/admin/spots", include_in_schema=False)


class SpotForm(BaseModel):
    """What is known about a place; the floor is 0 outdoors and below 0 in the basement."""

    name: LongLine
    building: Line
    floor: Annotated[int, Field(ge=-9, le=99)] = 0
    department: Line = ""
    unit: str


class NewSpotForm(SpotForm):
    """The same for a place that is not there yet."""

    code: Code


@router.get("")
async def spots(request: Request, parts: TheParts, by: Administrator) -> Response:
    """Every place one administers."""
    async with parts.database.reading() as session:
        found = await places.managed_spots(session, by=by)
    return office_page(request, by, "admin/spots.html", spots=found)


@router.get("/new")
async def blank(request: Request, parts: TheParts, by: Administrator) -> Response:
    """The form for a new place."""
    return await _new_page(request, parts, by)


@router.post("/new")
async def add(request: Request, parts: TheParts, at: At, by: Administrator) -> Response:
    """A new place; what remains is to print its poster."""
    checked, form, errors = await forms.read(request, NewSpotForm)
    status = 422
    if checked is not None:
        deed = parts.work(places.add_spot, **checked.model_dump(), by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if checked is None or errors:
        return await _new_page(request, parts, by, status, form, errors)
    return done(parts, f"/admin/spots/{checked.code}", _("点位已新增。下一步：打印海报。"))


@router.get("/{code}")
async def spot(request: Request, parts: TheParts, by: Administrator, code: str) -> Response:
    """One place."""
    return await _page(request, parts, by, code)


@router.post("/{code}")
async def change(request: Request, parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """Correct what is known about it."""
    checked, form, errors = await forms.read(request, SpotForm)
    status = 422
    if checked is not None:
        deed = parts.work(places.change_spot, code, **checked.model_dump(), by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, code, status, form, errors)
    return done(parts, f"/admin/spots/{code}", _("已保存。"))


@router.post("/{code}/open")
async def open_spot(parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """The poster works again."""
    await parts.work(places.open_spot, code, by=by, at=at)
    return done(parts, f"/admin/spots/{code}", _("已启用，扫码可以点单了。"))


@router.post("/{code}/close")
async def close_spot(parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """The poster leads to a page that names the desk."""
    await parts.work(places.close_spot, code, by=by, at=at)
    return done(parts, f"/admin/spots/{code}", _("已停用。扫码的人会看到服务台的电话，已有的工单照常办理。"))


@router.post("/{code}/rotate")
async def rotate(request: Request, parts: TheParts, at: At, by: Administrator, code: str) -> Response:
    """A new address; the poster on the wall must be replaced."""
    errors, status = await forms.attempt(request, parts.work(places.rotate_spot, code, by=by, at=at))
    if errors:
        return await _page(request, parts, by, code, status, {}, errors)
    return done(parts, f"/admin/spots/{code}", _("二维码已更换。请打印新海报，换下旧的。"))


async def _page(
    request: Request, parts: Parts, by: Actor, code: str, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        found, keeper = await places.managed_spot(session, code, by=by)
        units = await units_to_choose(session, by)
    held = found.model_dump() | {"floor": str(found.floor), "unit": keeper.code}
    return office_page(
        request, by, "admin/spot.html", status, spot=found, keeper=keeper, units=units, form=form or held,
        errors=errors or {}, address=f"{parts.settings.base_url}/q/{found.slug}",
    )  # fmt: skip


async def _new_page(
    request: Request, parts: Parts, by: Actor, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        units = await units_to_choose(session, by)
    return office_page(
        request, by, "admin/spot_new.html", status, units=units, form=form or {"floor": "1"}, errors=errors or {}
    )
