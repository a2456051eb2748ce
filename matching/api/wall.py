"""What strangers are shown of a wish: reviewed wording, and no word of complaints or delays."""

from datetime import datetime

from matching.api import i18n, spoken
from matching.api.places import service_name
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.words import _

STANDING = {  # as much as strangers need to know
    State.accepted: _("正在安排"),
    State.dispatched: _("等志愿者接单"),
    State.in_progress: _("正在办理"),
    State.parked: _("正在想办法"),
}
DONE = _("已经办好")


def shown(row: ServiceRequest, lang: str, now: datetime) -> dict[str, object]:
    """One wish of the wall, on pages and for programs; its unit only once it is somebody's."""
    home = row.state in {State.submitted, State.needs_info, State.accepted}
    return {
        "service": service_name(row.service, lang),
        "words": row.wording,
        "unit": "" if home else row.unit.name,
        "state": row.state if row.state in STANDING else State.closed,
        "standing": i18n.translate(lang, STANDING.get(State(row.state), DONE)),
        "days": ((row.completed_at or now) - row.filed_at).days,
        "lit": spoken.LIGHTS[row.state if row.state in STANDING else State.closed],
    }
