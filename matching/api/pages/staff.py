"""The frame of every page behind sign-in: who is signed in, where they may go, what has just been done."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse

from matching import clock
from matching.api import flash, i18n
from matching.api.deps import WITH_ONE_TIME_PASSWORD
from matching.api.templates import language, render
from matching.notices.queries import MOST
from matching.people.actor import Actor
from matching.people.model import ROLES, Role
from matching.words import _


class Way(NamedTuple):
    """An entry of the main menu, for those who hold one of the roles; without roles for everybody."""

    href: str
    words: str
    roles: tuple[Role, ...] = ()


A, C, D, L, M, AUDITOR = (
    *(Role.administrator, Role.committee, Role.dispatcher),
    *(Role.unit_lead, Role.member, Role.auditor),
)
WARNED_ON = ("/board", "/admin")
WAYS = (
    Way("/board", _("派单台"), (C, D, L, AUDITOR)),
    Way("/tasks", _("我的任务"), (M, L)),
    Way("/activities", _("活动"), (C, D, L, M, AUDITOR)),
    Way("/queue", _("派单建议"), (D, L)),
    Way("/late", _("通报"), (C, D, L, AUDITOR)),
    Way("/partner", _("我们单位"), (Role.liaison,)),
    Way("/partners", _("共建单位"), (A, C, D, L, AUDITOR)),
    Way("/reports", _("报表"), (C, D, L, AUDITOR)),
    Way("/fairness", _("均衡"), (C, D, L, AUDITOR)),
    Way("/points", _("积分"), (C, D, L, M, AUDITOR)),
    Way("/new", _("代填"), (C, D, L, M)),
    Way("/notices", _("消息")),
    Way("/wall", _("心愿墙")),
    Way("/admin", _("管理"), (A,)),
    Way("/admin/asks", _("匹配设置"), (C,)),
    Way("/reports/rates", _("三率权重"), (A,)),
    Way("/admin/audit", _("审计日志"), (A, AUDITOR)),
    Way("/admin/policy", _("权限表"), (A, C, AUDITOR)),
)


def staff_page(
    request: Request,
    actor: Actor,
    template: str,
    status: int = 200,
    /,
    **context: Any,
) -> HTMLResponse:
    """A page that extends staff.html. What the page before left to say is said, unless the context brings its own
    `flash`; the menu shows how many notices `signed_in` found unread."""
    lang = language(request)
    roles = dict.fromkeys(i18n.translate(lang, ROLES[scope.role]) for scope in actor.scopes)
    common = {
        "person": {"name": actor.name, "roles": i18n.listed(lang, roles)},
        "nav": menu(request, actor, {"/notices": counted(getattr(request.state, "unread", 0))}),
        "flash": flash.take(request, request.app.state.parts.settings),
        "follows": request.method == "GET" and request.url.path not in WITH_ONE_TIME_PASSWORD,
        "warnings": _warnings(request, actor),
    }
    answer = render(request, template, status, **(common | context))
    if flash.was_taken(request):
        answer.delete_cookie(flash.COOKIE)
    return answer


def counted(unread: int) -> str:
    """As the menu says it: '' for none, '99+' above 99."""
    return f"{MOST}+" if unread > MOST else str(unread or "")


def _warnings(request: Request, actor: Actor) -> list[dict[str, str]]:
    """What somebody must see to before it does harm, on the first pages of those who can: words and where to go."""
    if request.url.path not in WARNED_ON or not actor.holds(A, C):
        return []
    lang, years = language(request), clock.years_to_enter(clock.now())
    return [
        {
            "words": i18n.translate(lang, _("{year} 年的放假安排还没有收录，时限先按周一到周五算。"), {"year": year}),
            "href": f"/admin/calendar?year={year}" if actor.holds(A) else "",
            "link": i18n.translate(lang, _("工作日历")),
        }
        for year in years
    ]


def menu(request: Request, actor: Actor, counts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The menu for this person; the entry nearest to this page is marked as here."""
    lang, path = language(request), request.url.path
    ways = ways_of(actor)
    near = max((way.href for way in ways if f"{path}/".startswith(f"{way.href}/")), key=len, default="")
    return [
        {
            "href": way.href,
            "words": i18n.translate(lang, way.words),
            "here": way.href == near,
            "count": counts.get(way.href, ""),
        }
        for way in ways
    ]


def ways_of(actor: Actor) -> list[Way]:
    """Where this person may go, the first being where they begin their day."""
    return [way for way in WAYS if not way.roles or actor.holds(*way.roles)]


def first_page(actor: Actor) -> str:
    """Where somebody lands after signing in: their first entry, or their own page when they hold no role."""
    if actor.holds(Role.administrator) and not actor.holds(C, D, L, M, AUDITOR):
        return "/admin"
    return ways_of(actor)[0].href if actor.scopes else "/me"
