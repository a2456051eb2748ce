"""What these pages share: the tabs above them, and the numbers as people read them."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from matching.api.pages.staff import staff_page
from matching.people.actor import Actor
from matching.recognition.model import ENTRY_KINDS
from matching.recognition.points import STARS, hours, points
from matching.recognition.policy import held
from matching.words import _

WAYS = (  # address, words, the act of the policy that it needs ('' for everybody)
    ("/points", _("我的积分"), ""),
    ("/points/lists", _("积分公示"), ""),
    ("/points/unit", _("本单位"), "see_points"),
    ("/points/review", _("审核申报"), "review_declared"),
    ("/certificates", _("服务证明"), "see_points"),
    ("/points/rules", _("积分规则"), ""),
)


def points_page(request: Request, by: Actor, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """A staff page with these tabs; `tab` in the context names the one that is here."""
    ways = [(href, words) for href, words, act in WAYS if not act or held(act, by)]
    common = {"ways": ways, "h": hours, "p": points, "kinds": ENTRY_KINDS, "stars": STARS}
    return staff_page(request, by, template, status, **(common | context))
