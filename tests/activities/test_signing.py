"""Who was there, however it came in: by code, by tick, hours later, twice, from two phones, forged."""

from datetime import timedelta
from itertools import permutations

import pytest

from matching.activities import closing, signing
from matching.activities.closing import Counts
from matching.activities.codes import code_at
from matching.activities.model import ActivityKind, ActivityState
from matching.activities.queries import people_of, visible_activity
from matching.activities.signing import Outcome, What, key_of
from matching.errors import NotAllowed, NotSeen
from tests.activities.scene import HOUR, MINUTE, planned, sealer_of, ticked
from tests.cast import AT
from tests.requests.scene import refused


async def there(work, cast, activity) -> dict[str, tuple]:
    """Login → when they came and left, in minutes after AT, and how."""
    logins = {person.id: login for login, person in cast.people.items()}

    async def read(session):
        return {
            logins[one.person.id]: (
                one.attendance.signed_at and (one.attendance.signed_at - AT) / MINUTE,
                one.attendance.left_at and (one.attendance.left_at - AT) / MINUTE,
                one.attendance.signed_how,
            )
            for one in await people_of(session, activity.id)
        }

    return await work(read)


async def bring_in(work, cast, activity, *ticks, by="lead", at=AT + 5 * HOUR, clock=None):
    """A phone with network again; its clock is right unless said otherwise."""
    now = int((clock or at).timestamp() * 1000)
    return await work(signing.sync, activity.id, ticks, now, sealer=sealer_of(cast), by=cast[by], at=at)


async def test_who_scans_signs_in_for_themselves_since_the_scan_and_the_activity_takes_place(work, cast):
    activity = await planned(work, cast, "lin")
    await work(signing.sign_in, activity.id, AT + MINUTE, by=cast["lin"], at=AT + 4 * MINUTE)
    await work(signing.sign_in, activity.id, AT + 9 * MINUTE, by=cast["lin"], at=AT + 9 * MINUTE)  # twice: the first
    await work(signing.sign_in, activity.id, AT + MINUTE, by=cast["sun"], at=AT + MINUTE)  # walked in, another branch
    await work(signing.sign_out, activity.id, by=cast["lin"], at=AT + HOUR)
    assert await there(work, cast, activity) == {"lin": (1, 60, "code"), "sun": (1, None, "code")}
    assert (await work(visible_activity, activity.id, cast["lead"])).activity.state == ActivityState.held


async def test_the_code_on_the_screen_opens_it_and_an_hour_later_does_not(work, cast):
    activity = await planned(work, cast)
    sealer, code = sealer_of(cast), code_at(key_of(activity, sealer_of(cast)), AT)
    found = await work(signing.scanned, activity.id, code, sealer=sealer, at=AT + timedelta(seconds=40))
    assert found.id == activity.id
    with refused("code_old"):
        await work(signing.scanned, activity.id, code, sealer=sealer, at=AT + HOUR)
    with pytest.raises(NotSeen):
        await work(signing.scanned, activity.id + 999, code, sealer=sealer, at=AT)


async def test_a_branch_keeps_its_meetings_to_itself_and_signing_to_its_time(work, cast):
    meeting = await planned(work, cast, kind=ActivityKind.members_meeting, everybody=True)
    with pytest.raises(NotAllowed):
        await work(signing.sign_in, meeting.id, AT, by=cast["sun"], at=AT)
    for early_or_late in (AT - 3 * HOUR, AT + 4 * HOUR):
        with refused("not_signing_now"):
            await work(signing.sign_in, meeting.id, early_or_late, by=cast["lin"], at=early_or_late)
    with refused("not_signed_in"):
        await work(signing.sign_out, meeting.id, by=cast["lin"], at=AT)


async def test_ticks_brought_in_twice_from_two_phones_in_any_order_come_out_the_same(work, cast):
    results = set()
    for order in permutations(range(3)):
        activity = await planned(work, cast, "lin", "zhao")
        mine = [ticked(activity, cast, "lin", What.came, AT + 5 * MINUTE),
                ticked(activity, cast, "zhao", What.came, AT + 6 * MINUTE)]  # fmt: skip
        other = [ticked(activity, cast, "lin", What.came, AT + 2 * MINUTE, since=AT + MINUTE)]
        left = [ticked(activity, cast, "lin", What.left, AT + 70 * MINUTE, since=AT + MINUTE)]
        calls = [mine, other, left]
        for place in order:
            await bring_in(work, cast, activity, *calls[place])
        again = await bring_in(work, cast, activity, *mine, *other, *left)
        assert {one.outcome for one in again} == {Outcome.there}
        results.add(tuple((await there(work, cast, activity)).items()))
    assert results == {(("lin", (2, 70, "offline")), ("zhao", (6, None, "offline")))}


async def test_what_a_phone_did_not_sign_for_this_lead_and_these_people_counts_nothing(work, cast):
    activity, other = await planned(work, cast, "lin"), await planned(work, cast, "lin")
    good = ticked(activity, cast, "lin", What.came, AT + MINUTE)
    told = await bring_in(
        work, cast, activity,
        good._replace(millis=good.millis - 1),  # another time
        good._replace(who=cast.people["zhao"].member_no),  # another person
        good._replace(phone=f"{cast.people['lead'].id}.{int((AT - HOUR).timestamp())}"),  # a page opened earlier
        good._replace(phone="nobody"),
        good._replace(signature=good.signature.upper()),
        ticked(other, cast, "lin", What.came, AT + MINUTE),  # another activity
        ticked(activity, cast, "lin", What.came, AT + MINUTE, by="wei"),  # somebody else's phone
        ticked(activity, cast, "sun", What.came, AT + MINUTE),  # of another branch, on no list
    )  # fmt: skip
    assert [one.outcome for one in told] == [Outcome.forged] * 6 + [Outcome.not_yours, Outcome.outside]
    assert await there(work, cast, activity) == {"lin": (None, None, "")}
    for outsider in ("lin", "lead2", "wei"):
        with pytest.raises((NotAllowed, NotSeen)):
            await bring_in(work, cast, activity, good, by=outsider)


async def test_a_moved_clock_loses_nobody_and_says_so(work, cast):
    activity = await planned(work, cast, "lin", "zhao", "lead")
    before = ticked(activity, cast, "lin", What.came, AT - 3 * HOUR)  # moved back: before the page was opened
    after = ticked(activity, cast, "zhao", What.came, AT + 30 * HOUR)  # moved ahead: it has not happened yet
    told = await bring_in(work, cast, activity, before, after)
    assert [(one.outcome, one.doubtful) for one in told] == [(Outcome.done, True)] * 2
    fine = ticked(activity, cast, "lead", What.came, AT + MINUTE)
    [skewed] = await bring_in(work, cast, activity, fine, clock=AT)  # the phone thinks it is five hours earlier
    assert skewed.doubtful
    [unheard_of] = await work(
        signing.sync, activity.id, [fine], 10**400, sealer=sealer_of(cast), by=cast["lead"], at=AT + 5 * HOUR
    )
    assert unheard_of.doubtful
    assert await there(work, cast, activity) == {
        "lin": (0, None, "offline"), "zhao": (300, None, "lead"), "lead": (1, None, "offline")
    }  # fmt: skip


async def test_ticks_that_come_after_the_minutes_were_confirmed_are_told_and_change_nothing(work, cast):
    activity = await planned(work, cast, "lin", "zhao")
    late = ticked(activity, cast, "zhao", What.came, AT + MINUTE)
    await work(signing.tick, activity.id, cast.people["lin"].member_no, What.came, by=cast["lead"], at=AT)
    await work(closing.confirm, activity.id, {}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
    [told] = await bring_in(work, cast, activity, late)
    assert told.outcome is Outcome.over
    assert await there(work, cast, activity) == {"lin": (0, None, "lead"), "zhao": (None, None, "")}


async def test_a_tick_by_mistake_is_taken_back(work, cast):
    activity = await planned(work, cast, "lin")
    number = cast.people["lin"].member_no
    await work(signing.tick, activity.id, number, What.came, by=cast["lead"], at=AT)
    await work(signing.tick, activity.id, number, What.undo, by=cast["lead"], at=AT + MINUTE)
    assert await there(work, cast, activity) == {"lin": (None, None, "")}
    with refused("not_of_this_branch"):
        await work(signing.tick, activity.id, cast.people["sun"].member_no, What.came, by=cast["lead"], at=AT)
