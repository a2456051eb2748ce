"""What runs by itself, and how often. Each job is one call of an action that looks for what is due."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from matching.activities.album import erase_old
from matching.api.hearing import DISPATCHED, Keys
from matching.api.idempotency import forget_old
from matching.asks import proposing
from matching.asks.calibrating import recalibrate_weights
from matching.asks.healing import heal_claims
from matching.asks.waves import run_waves
from matching.db import Database, Work
from matching.deadlines import actions as deadlines
from matching.deadlines.counting import count_promises
from matching.deadlines.recounting import recount_clocks
from matching.notices import queueing
from matching.notices.announcing import announce
from matching.notices.delivering import Courier
from matching.notices.pruning import forget_notices
from matching.partners.agreements import erase_unnamed, warn_of_ending
from matching.recognition.keeping import erase_evidence
from matching.recognition.posting import post_points, recount_points
from matching.reports.making import Making
from matching.reports.refreshing import count_figures
from matching.requests.photos import Photos
from matching.rights import actions as rights

NEWS = "news"  # something was committed
MEMBERS_NEWS = "members' news"  # ... about a request that was dispatched: the many filings before that are not
HEARD: dict[str, Keys | None] = {NEWS: None, MEMBERS_NEWS: DISPATCHED}
"""What is to be heard on the wire before the jobs are called that come soon after such news."""


@dataclass(frozen=True)
class Job:
    """`run(database, work, at)` returns how many it dealt with.

    `soon_after`: also run at once when there are such news (HEARD), or when the job of that name dealt with something;
    the rounds in between are the sweep that finds what nobody was told of.
    """

    name: str
    every: timedelta
    run: Callable[[Database, Work, datetime], Awaitable[int]]
    soon_after: str = ""


async def forget_answers(database: Database, work: Work, at: datetime) -> int:
    """Drop the kept answers to keys that nobody repeats any more."""
    await work(forget_old, at=at)
    return 0


def jobs(photos: Photos, courier: Courier) -> tuple[Job, ...]:
    """All of them, for an installation that keeps its photos there and has these channels."""
    making = Making(photos.folder, photos.sealer)
    return (
        Job("announce", timedelta(seconds=5), announce, soon_after=NEWS),
        Job("deliver", timedelta(seconds=10), courier.deliver, soon_after="announce"),
        Job("run_waves", timedelta(seconds=15), run_waves, soon_after=MEMBERS_NEWS),
        Job("heal_claims", timedelta(minutes=1), heal_claims),
        Job("urge_late", timedelta(minutes=1), deadlines.urge_late),
        Job("list_late", timedelta(minutes=10), deadlines.list_late),
        Job("recount_clocks", timedelta(minutes=1), recount_clocks),
        Job("count_promises", timedelta(hours=1), count_promises),
        Job("count_figures", timedelta(minutes=1), count_figures),
        Job("recalibrate_weights", timedelta(hours=1), recalibrate_weights),
        Job("close_unrated", timedelta(minutes=10), deadlines.close_unrated),
        Job("archive_ended", timedelta(hours=1), deadlines.archive_ended),
        Job("erase_archived", timedelta(hours=1), partial(rights.erase_archived, photos)),
        Job("erase_evidence", timedelta(hours=24), partial(erase_evidence, photos)),
        Job("erase_agreements", timedelta(hours=24), partial(erase_unnamed, photos)),
        Job("erase_activity_photos", timedelta(hours=24), partial(erase_old, photos)),
        Job("make_exports", timedelta(seconds=5), making.make_exports),
        Job("forget_exports", timedelta(hours=1), making.forget_exports),
        Job("post_points", timedelta(minutes=5), post_points),
        Job("recount_points", timedelta(hours=24), recount_points),
        Job("warn_of_ending", timedelta(hours=1), warn_of_ending),
        Job("forget_deliveries", timedelta(hours=1), queueing.forget_old),
        Job("forget_notices", timedelta(hours=1), forget_notices),
        Job("forget_proposals", timedelta(hours=1), proposing.forget_old),
        Job("forget_answers", timedelta(hours=1), forget_answers),
    )
