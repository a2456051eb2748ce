"""Activities for tests: a free clinic and a meeting of ZB1, on the cast's hospital, on a Monday at ten."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from matching.activities import actions, signing
from matching.activities.actions import Plan
from matching.activities.codes import Phone, phone_key, signature
from matching.activities.model import Activity, ActivityKind
from matching.activities.signing import Tick, What
from matching.privacy.sealed import Sealer
from tests.cast import AT, Cast

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def sealer_of(cast: Cast) -> Sealer:
    return Sealer(cast.settings.keys)


def wish(at: datetime = AT, **more: Any) -> Plan:
    """Two hours in the village of ZB1's, unless said otherwise."""
    usual: dict[str, Any] = {
        "kind": ActivityKind.service, "title": "竹溪村健康宣教", "unit": "ZB1", "place": "村委会大院",
        "starts_at": at, "ends_at": at + 2 * HOUR,
    }  # fmt: skip
    return Plan(**usual | more)


async def planned(
    work: Callable[..., Awaitable[Any]], cast: Cast, *people: str, by: str = "lead", at: datetime = AT, **more: Any
) -> Activity:
    """One activity that `by` arranged the day before, with these people (logins) on its list."""
    everybody = more.pop("everybody", False)
    numbers = [cast.people[login].member_no for login in people]
    before = at - 24 * HOUR
    made: Activity = await work(
        actions.plan, wish(at, **more), numbers, everybody, sealer=sealer_of(cast), by=cast[by], at=before
    )
    return made


def ticked(
    activity: Activity, cast: Cast, login: str, what: What, at: datetime, *, by: str = "lead", since: datetime = AT
) -> Tick:
    """A tick as that lead's phone makes it, which was given its keys at `since`."""
    phone = Phone(cast.people[by].id or 0, since)
    who, millis = cast.people[login].member_no, int(at.timestamp() * 1000)
    key = phone_key(signing.key_of(activity, sealer_of(cast)), phone)
    return Tick(who, what, millis, phone.name, signature(key, activity.id or 0, who, what, millis))
