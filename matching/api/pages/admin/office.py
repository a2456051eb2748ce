"""What the pages of administration share: who may enter, their tabs, codes, the list of units to choose from."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import AfterValidator, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash
from matching.api.deps import Parts, SignedIn
from matching.api.fields import Readable
from matching.api.pages.staff import staff_page
from matching.api.redirects import see
from matching.errors import NotAllowed
from matching.people.actor import Actor
from matching.people.model import Role
from matching.units.model import Unit
from matching.units.queries import units_under
from matching.words import _

TABS = {
    "/admin": _("人员"),
    "/admin/units": _("单位"),
    "/admin/spots": _("点位"),
    "/admin/services": _("服务"),
    "/admin/asks": _("匹配设置"),
    "/admin/channels": _("渠道"),
    "/admin/calendar": _("工作日历"),
    "/admin/outbox": _("发件箱"),
    "/admin/policy": _("权限表"),
    "/admin/audit": _("审计日志"),
}
TAKEN = {"new", "posters"}  # words that stand in addresses where a code could


def _code(typed: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", typed) or typed in TAKEN:
        raise ValueError("bad_code")
    return typed


Code = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_code)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), Readable]
LongLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), Readable]


def administrator(by: SignedIn) -> Actor:
    """Whoever administers some unit. Raises NotAllowed."""
    if not by.holds(Role.administrator):
        raise NotAllowed
    return by


Administrator = Annotated[Actor, Depends(administrator)]


def office_page(request: Request, by: Actor, template: str, status: int = 200, /, **context: Any) -> Response:
    """A page of administration; the tab it belongs to is the nearest one above its address."""
    path = request.url.path
    tab = max((href for href in TABS if f"{path}/".startswith(f"{href}/")), key=len, default="")
    tabs = TABS if by.holds(Role.administrator) else {}
    return staff_page(request, by, template, status, tabs=tabs, tab=tab, **context)


def done(parts: Parts, path: str, sentence: str, **params: Any) -> Response:
    """Go and look there, and say there what was done."""
    answer = see(path)
    flash.leave(answer, parts.settings, flash.Said(sentence, params))
    return answer


async def units_to_choose(session: AsyncSession, by: Actor) -> Sequence[tuple[str, str]]:
    """Code and name of every unit that `by` administers, as deep as it lies in the tree."""
    units = await units_under(session, by.root_id, by.paths(Role.administrator))
    return [(unit.code, f"{'　' * depth}{unit.name}") for unit, depth in with_depth(units)]


def with_depth(units: Sequence[Unit]) -> list[tuple[Unit, int]]:
    """Each unit with how deep it lies below the highest one shown."""
    top = min((unit.path.count("/") for unit in units), default=0)
    return [(unit, unit.path.count("/") - top) for unit in units]
