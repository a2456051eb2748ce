"""Minutes: proposed, confirmed, corrected; a licensed person there; what others count from them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from matching.activities import actions, closing, signing
from matching.activities.closing import Counts
from matching.activities.model import Activity, ActivityKind, ActivityState, ActivityStep, Attendance, SignedHow
from matching.activities.queries import served, visible_activity
from matching.activities.signing import What
from matching.asks.model import Licence
from matching.errors import NotAllowed, NotSeen, WrongState
from matching.people.actor import Actor
from matching.services.model import Service
from tests.activities.scene import HOUR, MINUTE, planned, sealer_of, wish
from tests.cast import AT
from tests.requests.scene import refused

CLINIC = "义诊资质:内科"


def test_minutes_are_proposed_within_the_times_and_never_for_what_has_not_been_yet():
    activity = Activity(root_id=1, kind="service", title="", unit_id=1, place="", lead_id=1, made_at=AT,
                        starts_at=AT, ends_at=AT + 2 * HOUR)  # fmt: skip
    place, over = Attendance(root_id=1, activity_id=1, person_id=1), AT + 9 * HOUR
    assert place.proposed(activity, over) == 0
    place.sign(AT - 30 * MINUTE, SignedHow.code)
    assert place.proposed(activity, over) == 120  # the way and the waiting are not served
    assert place.proposed(activity, AT + 30 * MINUTE) == 30  # it still goes on
    place.leave(AT + 50 * MINUTE)
    assert place.proposed(activity, over) == 50
    place.leave(AT + 5 * HOUR)
    assert place.proposed(activity, over) == 120
    place.take_back()
    place.sign(AT + 3 * HOUR, SignedHow.lead)
    assert place.proposed(activity, over) == 0


async def come(work, cast, activity, *logins, at=AT):
    for login in logins:
        await work(signing.tick, activity.id, cast.people[login].member_no, What.came, by=cast["lead"], at=at)


async def test_minutes_count_once_confirmed_and_follow_corrections(work, cast):
    activity = await planned(work, cast, "lin", "zhao", service="first_aid")
    await come(work, cast, activity, "lin", "zhao")
    assert await work(served, cast.root_id) == []
    with refused("activity_not_begun"):
        await work(closing.confirm, activity.id, {}, Counts(), by=cast["lead"], at=AT - HOUR)
    number = cast.people["zhao"].member_no
    await work(closing.confirm, activity.id, {number: 45}, Counts(86, 200), by=cast["lead"], at=AT + 3 * HOUR)
    rows = {row.person_id: row for row in await work(served, cast.root_id)}
    assert {cast.people["lin"].id: 120, cast.people["zhao"].id: 45} == {id_: row.minutes for id_, row in rows.items()}
    row = rows[cast.people["lin"].id]
    assert (row.day, row.kind, row.coefficient) == (date(2026, 3, 2), "service", 1.0)
    assert await work(served, cast.root_id, first=date(2026, 3, 3)) == []
    assert await work(served, cast.root_id, kinds=(ActivityKind.study,)) == []
    with refused("required"):
        await work(closing.correct, activity.id, {number: 0}, Counts(), " ", by=cast["lead"], at=AT + 4 * HOUR)
    await work(closing.correct, activity.id, {number: 0}, Counts(86, 200), "记错了人", by=cast["wei"], at=AT + 4 * HOUR)
    assert [row.person_id for row in await work(served, cast.root_id)] == [cast.people["lin"].id]
    steps = await work(_steps, activity.id)
    assert [step.verb for step in steps] == ["plan", "sign", "confirm", "correct"]
    assert steps[-1].detail == {number: [45, 0]}


async def _steps(session, activity_id):
    return list(await session.exec(select(ActivityStep).where(ActivityStep.activity_id == activity_id)))


async def test_a_free_clinic_waits_for_somebody_licensed_who_was_there(work, cast):
    async def licensed_service(session):
        session.add(Service(root_id=cast.root_id, code="clinic", name="义诊", skills=[CLINIC, "测血压"]))

    async def register(session, login, until):
        session.add(
            Licence(
                root_id=cast.root_id, person_id=cast.people[login].id, skill=CLINIC, valid_until=until, checked_at=AT
            )
        )

    await work(licensed_service)
    activity = await planned(work, cast, "lin", "zhao", service="clinic")
    await come(work, cast, activity, "lin")

    async def confirm(**minutes):
        said = {cast.people[login].member_no: one for login, one in minutes.items()}
        return await work(closing.confirm, activity.id, said, Counts(), by=cast["lead"], at=AT + 3 * HOUR)

    with refused("nobody_licensed"):
        await confirm()
    await work(register, "lin", date(2026, 3, 1))  # it ended the day before
    with refused("nobody_licensed"):
        await confirm()
    await work(register, "zhao", date(2027, 3, 1))  # on the list, and did not come
    with refused("nobody_licensed"):
        await confirm()
    assert (await confirm(zhao=60)).state == ActivityState.confirmed


async def test_nobody_has_more_minutes_than_the_activity_lasted_and_an_hour(work, cast):
    async def confirmed_long_ago(session):
        place = (await session.exec(select(Attendance).where(Attendance.person_id == cast.people["zhao"].id))).one()
        place.minutes = 900

    activity, end = await planned(work, cast, "lin", "zhao"), AT + 3 * HOUR
    lin, zhao = (cast.people[login].member_no for login in ("lin", "zhao"))
    with refused("longer_than_activity"):
        await work(closing.confirm, activity.id, {lin: 181, zhao: 60}, Counts(), by=cast["lead"], at=end)
    await work(closing.confirm, activity.id, {lin: 180, zhao: 60}, Counts(), by=cast["lead"], at=end)
    with refused("longer_than_activity"):
        await work(closing.correct, activity.id, {zhao: 181}, Counts(), "记错了", by=cast["lead"], at=end)
    await work(confirmed_long_ago)  # before the rule: it stays until somebody says otherwise
    await work(closing.correct, activity.id, {lin: 90, zhao: 900}, Counts(), "记错了", by=cast["lead"], at=end)
    assert sorted(row.minutes for row in await work(served, cast.root_id)) == [90, 900]


@pytest.mark.parametrize("day", [datetime(9999, 12, 31, 20, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
async def test_a_day_at_the_end_of_the_calendar_is_refused_and_breaks_no_list_of_activities(work, cast, day):
    with refused("bad_time"):
        await work(
            actions.plan, wish(starts_at=day, ends_at=day + HOUR), sealer=sealer_of(cast), by=cast["lead"], at=AT
        )


async def test_nothing_is_confirmed_for_nobody_or_by_who_does_not_lead_it(work, cast):
    activity = await planned(work, cast, "lin")
    with refused("nobody_came"):
        await work(closing.confirm, activity.id, {}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
    with refused("unknown_person"):
        await work(closing.confirm, activity.id, {"M9999": 5}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
    with refused("out_of_range"):
        number = cast.people["lin"].member_no
        await work(closing.confirm, activity.id, {number: -5}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
    for other in ("lin", "di", "wei", "audit"):
        with pytest.raises(NotAllowed):
            await work(closing.confirm, activity.id, {}, Counts(), by=cast[other], at=AT + 3 * HOUR)
    with pytest.raises(NotSeen):
        await work(closing.confirm, activity.id, {}, Counts(), by=cast["lead2"], at=AT + 3 * HOUR)
    with pytest.raises(NotSeen):
        await work(visible_activity, activity.id, Actor.requester(cast.root_id, 1))


async def test_a_list_is_of_ones_own_people_and_whoever_signed_in_stays_on_it(work, cast):
    activity = await planned(work, cast, "lin")
    number = {login: cast.people[login].member_no for login in cast.people}
    add = {"by": cast["lead"], "at": AT}
    assert await work(actions.add_people, activity.id, [number["zhao"], number["lin"]], **add) == 1
    assert await work(actions.add_people, activity.id, [], True, **add) == 1  # the lead herself
    with refused("not_of_this_branch"):
        await work(actions.add_people, activity.id, [number["sun"]], **add)
    assert await work(actions.add_people, activity.id, [number["sun"]], by=cast["wei"], at=AT) == 1
    await come(work, cast, activity, "sun")  # listed by the office: the lead may tick her
    with refused("came_already"):
        await work(actions.remove_person, activity.id, number["sun"], **add)
    await work(actions.remove_person, activity.id, number["zhao"], **add)
    await work(actions.remove_person, activity.id, number["zhao"], **add)  # twice: nothing
    with refused("outside_your_units"):
        await work(actions.plan, wish(unit="ZB2"), sealer=sealer_of(cast), **add)
    with refused("activity_too_long"):
        await work(actions.plan, wish(ends_at=AT + timedelta(days=2)), sealer=sealer_of(cast), **add)
    await work(actions.cancel, activity.id, "下雨", **add)
    with pytest.raises(WrongState):
        await work(closing.confirm, activity.id, {number["sun"]: 10}, Counts(), by=cast["lead"], at=AT + 3 * HOUR)
