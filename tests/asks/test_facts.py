"""What the engine is told comes out of the database as it was put in, and each hard rule is met once through it."""

from datetime import date

import pytest
from sqlmodel import col, select, update

from matching.asks.engagement import Engagement
from matching.asks.facts import dials_of, engine_request, facts_for, is_automatic, weights_of
from matching.asks.model import Ask, AskCount, AskDials, Availability, Leave, Licence, Weights
from matching.asks.reading import CLEARANCE
from matching.asks.wishes import spoken, window_of
from matching.db import Database, Work
from matching.engine import scoring
from matching.engine.eligible import Rule, eligible
from matching.engine.model import Dials, Engaged, Member, Span, Tally
from matching.people.model import Grant, Person
from matching.requests.claims import Claim
from matching.requests.model import ServiceRequest
from matching.services.model import LICENCE, Service
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT, Cast
from tests.requests.scene import DAY, DISPATCHED, HOUR

DOCTOR = f"{LICENCE}-医师"
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("start", "end", "minutes", "window"),
    [
        (None, None, 30, (None, True)),
        (AT - 3 * HOUR, AT - HOUR, 30, (None, True)),  # over
        (AT + HOUR, None, 40, (Span(AT + HOUR, AT + HOUR + 40 * MINUTE), True)),
        (AT + HOUR, AT + 2 * HOUR, 30, (Span(AT + HOUR, AT + 2 * HOUR), True)),
        (AT, AT + 8 * HOUR, 30, (Span(AT, AT + 8 * HOUR), False)),  # any half hour of the day
    ],
)
def test_a_wished_time_binds_unless_it_leaves_room_to_choose(start, end, minutes, window):
    assert window_of(start, end, minutes, AT) == window


def test_the_language_is_what_the_need_names_else_that_of_the_page():
    assert spoken("奶奶只会说广东话", "zh-Hans", ()) == "方言-粤语"
    assert spoken("我妈只说邵阳话", "zh-Hans", ["手语", "方言-邵阳话"]) == "方言-邵阳话"
    assert spoken("I need a wheelchair", "en", ()) == "英语"
    assert spoken("想借轮椅", "zh-Hans", ["方言-邵阳话"]) == ""


async def crowd_of(cast: Cast) -> Crowd:
    """A request for two people who know how, dispatched to ZB1; its service needs a doctor's registration."""
    database = Database(cast.settings.database_url)
    crowd = Crowd(cast, database, Work(database))

    async def needs_a_doctor(session):
        service = await session.get_one(Service, cast.services["escort"].id)
        service.skills, service.minutes = [DOCTOR, "护理"], 30

    await crowd.work(needs_a_doctor)
    await crowd.begin("wheelchair")
    await crowd.go(*DISPATCHED)
    held = crowd.id
    await crowd.begin("escort", wanted_from=AT + HOUR, wanted_to=AT + HOUR + 30 * MINUTE)
    await crowd.do("accept")
    await crowd.do("dispatch", helper_gender="f", gender_strict=True)
    crowd.other = held
    return crowd


OBSTACLES = {  # what keeps each of them off the list
    "left over": None,
    "no role": Rule.active,
    "muted": Rule.muted,
    "knows nothing": Rule.skills,
    "retired": Rule.licence,
    "ended": Rule.licence,
    "on leave": Rule.leave,
    "own hours": Rule.availability,
    "busy": Rule.overlap,
    "at a meeting": Rule.engaged,
    "at what came of it": None,
    "at a meeting before": None,
    "a man": Rule.gender,
    "served much": Rule.hours_cap,
    "own cap": Rule.hours_cap,
    "asked much": Rule.ask_cap,
    "being asked": Rule.waiting,
    "asked already": Rule.asked,
    "thanked": None,
    "retired, registered": None,
    "nurse": None,
}


async def obstruct(session, crowd: Crowd) -> dict[str, int]:
    """A person for each obstacle; their ids by what it is."""
    root, unit = crowd.cast.root_id, crowd.cast.units["ZB1"].id
    people = {}
    for number, what in enumerate(OBSTACLES):
        people[what] = Person(
            root_id=root, unit_id=unit, member_no=f"F{number}", name=what, gender="m" if what == "a man" else "f",
            status="retired" if what.startswith("retired") else "serving", shift_pattern="白班", building="门诊楼",
            skills={"knows nothing": ["导诊"], "nurse": ["护理"]}.get(what, [DOCTOR]),
        )  # fmt: skip
    session.add_all(people.values())
    await session.flush()
    ids = {what: person.id for what, person in people.items()}
    for what, id_ in ids.items():
        revoked = AT if what == "no role" else None
        session.add(Grant(root_id=root, person_id=id_, unit_id=unit, role="member", granted_at=AT, revoked_at=revoked))
    mine = {"root_id": root, "changed_at": AT}
    session.add_all(
        [
            Availability(person_id=ids["muted"], muted_until=AT + MINUTE, **mine),
            Availability(person_id=ids["own hours"], weekly=[[0, 8 * 60, 10 * 60]], **mine),
            Availability(person_id=ids["own cap"], hours_cap=0.4, **mine),
            Leave(root_id=root, person_id=ids["on leave"], first_on=TODAY, last_on=TODAY),
            Licence(root_id=root, person_id=ids["ended"], skill=DOCTOR, valid_until=TODAY - DAY, checked_at=AT),
            Licence(
                root_id=root, person_id=ids["retired, registered"], skill=DOCTOR, valid_until=TODAY, checked_at=AT
            ),
            *(
                Claim(root_id=root, request_id=crowd.other, slot=n, person_id=ids["served much"], name="", at=AT,
                      status="done", ended_at=AT - days * DAY, minutes=600, kind=kind)
                for n, (days, kind) in enumerate([(1, "member"), (13, "group"), (15, "member"), (2, "unit")], 1)
            ),
            Claim(root_id=root, request_id=crowd.other, slot=9, person_id=ids["busy"], name="", at=AT),
            *(
                Engagement(activity_id=activity, person_id=ids[what], root_id=root, request_id=of,
                           starts_at=AT + begins * HOUR, ends_at=AT + (begins + 2) * HOUR)
                for activity, what, begins, of in (
                    (1, "at a meeting", 1, None), (2, "at a meeting", 4, None), (1, "at what came of it", 1, crowd.id),
                    (3, "at a meeting before", -1, None), (4, "at a meeting before", 40 * 24, None),
                )
            ),
            AskCount(person_id=ids["asked much"], root_id=root, asked=9, accepted=2, recent=12, last_asked=AT,
                     recent_at=AT - scoring.HALF_LIFE),
            AskCount(person_id=ids["left over"], root_id=root, asked=5, accepted=1),
            AskCount(person_id=ids["left over"], category="escort", root_id=root, asked=3, accepted=2),
            AskCount(person_id=ids["left over"], category="books", root_id=root, asked=2),
        ]
    )  # fmt: skip
    asks = {"being asked": (crowd.other, "waiting"), "asked already": (crowd.id, "declined")}
    for what, (request, answer) in (asks | {"thanked": (crowd.id, "withdrawn")}).items():
        session.add(Ask(root_id=root, request_id=request, person_id=ids[what], asked_at=AT, answer=answer))
    # The other request is for the same half hour.
    at_once = update(ServiceRequest).where(col(ServiceRequest.id) == crowd.other)
    await session.exec(at_once.values(wanted_from=AT + HOUR, wanted_to=AT + HOUR + 15 * MINUTE))
    return ids


async def test_each_hard_rule_is_met_through_the_database(cast: Cast):
    crowd = await crowd_of(cast)
    ids = await crowd.work(obstruct, crowd)
    async with crowd.database.reading() as session:
        row = await crowd.now()
        facts = await facts_for(session, row, AT)
        refused = eligible(facts.request, facts.members, AT, facts.dials).refused
        rules = {what: refused[id_].rule if id_ in refused else None for what, id_ in ids.items()}
        assert rules == OBSTACLES
        assert cast["sun"].id not in {member.id for member in facts.members}  # of another branch
        assert (await facts_for(session, row, AT, people=[ids["nurse"]])).members[0].id == ids["nurse"]

        members = {member.id: member for member in facts.members}
        plain, much = members[ids["left over"]], members[ids["served much"]]
        assert (plain.tally, plain.categories) == (Tally(5, 1), {"escort": Tally(3, 2)})
        assert (plain.licences, plain.gender, plain.place.building) == ({DOCTOR}, "f", "门诊楼")
        assert plain.unit_path == cast.units["ZB1"].path
        assert much.hours14 == 20  # a fortnight's, and not what a whole branch took
        assert members[ids["asked much"]].recent == 6
        assert members[ids["busy"]].commitments == (Span(AT + HOUR, AT + HOUR + 15 * MINUTE),)
        assert members[ids["at a meeting"]].engaged == (
            Engaged(AT + HOUR, AT + 3 * HOUR),
            Engaged(AT + 4 * HOUR, AT + 6 * HOUR),
        )
        assert members[ids["at what came of it"]].engaged == (Engaged(AT + HOUR, AT + 3 * HOUR, crowd.id),)
        assert members[ids["at a meeting before"]].engaged == (Engaged(AT - HOUR, AT + HOUR),)  # nor far ahead
        assert plain.engaged == ()
        assert Span(AT - 2 * HOUR, AT + 8 * HOUR) in plain.free  # 8 to 18 o'clock

        request = facts.request
        assert (request.urgency, request.slots, request.minutes, request.whole) == (2, 2, 30, True)
        assert request.skills == ({DOCTOR, "护理"},)
        assert request.licensed == {DOCTOR}
        late = row.handle_due_at - 10 * MINUTE
        assert engine_request(row, late).window is None  # the wished time is over
        nobody = eligible(engine_request(row, late), [members[ids["nurse"]]], late).refused[ids["nurse"]]
        assert nobody.rule in {Rule.deadline, Rule.availability}
    await crowd.database.close()


async def test_what_changes_between_two_readings_is_told_by_the_second(cast: Cast):
    crowd = await crowd_of(cast)
    ids = await crowd.work(obstruct, crowd)
    row = await crowd.now()

    async def after(change) -> dict[str, Member]:
        """Everybody by what they are, once that alone has changed."""
        await crowd.work(change)
        async with crowd.database.reading() as session:
            members = {one.id: one for one in (await facts_for(session, row, AT)).members}
        return {what: members[id_] for what, id_ in ids.items() if id_ in members}

    async def nothing(_session):
        pass

    async def registration(session):
        (await session.exec(select(Licence).where(Licence.person_id == ids["ended"]))).one().valid_until = TODAY

    async def leave(session):
        session.add(Leave(root_id=cast.root_id, person_id=ids["nurse"], first_on=TODAY, last_on=TODAY))

    async def own_hours(session):
        (await session.get_one(Availability, ids["own hours"])).weekly = [[0, 0, 24 * 60]]

    async def roster(session):
        plain = await session.get_one(Person, ids["left over"])
        plain.shift_pattern, plain.building = "退休", ""

    async def another_nurse(session):  # the last of the list; the next one is alike but for the leave
        nurse = await session.get_one(Person, ids["nurse"])
        nurse.status = "left"
        alike = {
            "gender": "f",
            "building": "门诊楼",
            "shift_pattern": "白班",
            "skills": ["护理"],
            "name": "",
            "root_id": nurse.root_id,
        }
        session.add(another := Person(member_no="F99", unit_id=nurse.unit_id, **alike))
        await session.flush()
        ids["nurse"] = another.id

    before = await after(nothing)
    assert before == await after(nothing)
    assert DOCTOR not in before["ended"].licences
    assert DOCTOR in (await after(registration))["ended"].licences
    assert before["nurse"].away == ()
    assert (await after(leave))["nurse"].away != ()
    assert before["own hours"].free != (await after(own_hours))["own hours"].free
    plain = (await after(roster))["left over"]
    assert (plain.place.building, Span(AT - HOUR, AT + 7 * HOUR) in plain.free) == ("", True)
    last = await after(another_nurse)
    assert (last["nurse"].away, last["nurse"].skills) == ((), {"护理"})
    same = before.keys() - {"nurse", "left over", "own hours", "ended"}
    assert {one: last[one] for one in same} == {one: before[one] for one in same}
    await crowd.database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_work_with_children_needs_a_clearance_where_the_hospital_says_so(cast: Cast):
    database = Database(cast.settings.database_url)
    crowd = Crowd(cast, database, Work(database))
    await (await crowd.begin("books", for_minor=True)).go(*DISPATCHED)

    async def cleared(session):
        root = cast.root_id
        session.add(AskDials(root_id=root, clearance=True, changed_at=AT))
        session.add(Licence(root_id=root, person_id=cast["lin"].id, skill=CLEARANCE, valid_until=TODAY, checked_at=AT))

    await crowd.work(cleared)
    async with database.reading() as session:
        facts = await facts_for(session, await crowd.now(), AT)
        fit, refused = eligible(facts.request, facts.members, AT, facts.dials)
    assert [member.id for member in fit] == [cast["lin"].id]
    assert refused[cast["zhao"].id].rule == Rule.safeguarding
    await database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_dials_and_weights_are_the_built_in_ones_until_others_are_there(cast: Cast):
    database = Database(cast.settings.database_url)
    work = Work(database)

    async def all_of(session):
        root = cast.root_id
        return await dials_of(session, root), await is_automatic(session, root), await weights_of(session, root)

    async def set_others(session):
        session.add(AskDials(root_id=cast.root_id, automatic=False, ask_cap=3, changed_at=AT))
        for version in (1, 2):
            session.add(
                Weights(root_id=cast.root_id, version=version, intercept=-1.5, slope=1.1, rate=0.2, asks=1,
                        log_hash="", since=AT, until=AT, made_at=AT)
            )  # fmt: skip

    async with database.reading() as session:
        assert await all_of(session) == (Dials(), True, scoring.BUILT_IN)
    await work(set_others)
    async with database.reading() as session:
        assert await all_of(session) == (Dials(ask_cap=3.0), False, scoring.Weights(2, -1.5, 1.1, 0.2))
    await database.close()
