"""The dials of matching as forms, and their preview: tried by the simulator in a thread, one at a time."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel

from matching.api.clocks import OfDay, clock
from matching.api.deps import Parts
from matching.api.fields import between
from matching.api.limits import PREVIEWS
from matching.asks.basis import Basis, basis_of
from matching.asks.dials import RANGES, managed_dials
from matching.engine.model import Dials
from matching.people.actor import Actor
from matching.simulation.preview import Preview
from matching.words import _

DEFAULTS = Dials()


def _range(name: str, times: float = 1) -> tuple[AfterValidator, Any]:
    """The range of that dial, as the form writes it."""
    return between(*(round(end * times) for end in RANGES[name]))


class DialsForm(BaseModel):
    """All dials; targets in percent, quiet hours as times of the day in Shanghai."""

    automatic: bool = False
    equity: Annotated[float, *_range("equity")]
    ask_cap: Annotated[float, *_range("ask_cap")]
    hours_cap: Annotated[float, *_range("hours_cap")]
    target_fast: Annotated[float, *_range("target_fast", 100)]
    target_slow: Annotated[float, *_range("target_slow", 100)]
    quiet_from: OfDay
    quiet_to: OfDay
    clearance: bool = False

    def dials(self) -> Dials:
        """As the engine takes them. A time that was left blank is the default."""
        held = self.model_dump(exclude={"automatic", "target_fast", "target_slow"}, exclude_none=True)
        return Dials(target_fast=self.target_fast / 100, target_slow=self.target_slow / 100, **held)


def typed(dials: Dials, automatic: bool) -> dict[str, str]:
    """The form as it stands for these dials; a box that is not ticked is ''."""
    return {
        "automatic": "1" if automatic else "", "clearance": "1" if dials.clearance else "",
        **{name: f"{getattr(dials, name):g}" for name in ("equity", "ask_cap", "hours_cap")},
        **{name: f"{getattr(dials, name) * 100:g}" for name in ("target_fast", "target_slow")},
        **{name: clock(getattr(dials, name)) for name in ("quiet_from", "quiet_to")},
    }  # fmt: skip


class Tried(NamedTuple):
    """What a preview says, and the numbers of this hospital that it was made from."""

    preview: Preview
    basis: Basis


async def previewed(parts: Parts, wanted: Dials, *, by: Actor, at: datetime) -> Tried:
    """The dials as they stand against those wanted. Raises NotAllowed, TooMany."""
    async with parts.database.reading() as session:
        held, _automatic = await managed_dials(session, by=by)
        basis = await basis_of(session, by.root_id, at)
    await parts.limiter.hit(PREVIEWS, "counting", "preview", str(by.id))
    return Tried(await parts.previews.run(held, wanted, basis), basis)


FIGURES = {
    "filled": (_("安排上的名额"), _("有人来的名额占全部名额的比例，越高越好。")),
    "asks": (_("每个名额要问几个人"), _("越少越不打扰人。")),
    "urgent_p90": (_("特急的等多久"), _("10 件里有 9 件在这么多分钟内有人接。")),
    "asked_weekly": (_("每人每周被问几次"), _("所有人的平均。")),
    "never_asked": (_("从没被问过的人"), _("占全部人的比例，越低越均衡。")),
    "gini": (_("服务小时的基尼"), _("0 是人人一样多，越接近 1 越集中在少数人身上。")),
    "lost": (_("嫌烦退出的人"), _("每 100 人里，4 周内会因为被问得太多而不想再参加的。")),
}
"""Each figure of a forecast with what it means."""
