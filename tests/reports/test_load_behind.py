"""Behind the numbers of load and fairness stand as many services, asks and people as each says, and their minutes."""

import re
from collections import Counter
from datetime import timedelta
from itertools import product
from random import Random

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.activities.model import Activity, Attendance
from matching.asks.model import Answer, Ask
from matching.asks.reading import told
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.people.actor import Actor
from matching.people.model import Person
from matching.reports.figures import EVERYTHING, Period, Scope, ScopeKind
from matching.reports.load.behind import Count, Lines, OfPeople, Whose, lines_behind, people_behind
from matching.reports.load.looking import fairness, load
from matching.reports.load.values import Branch, Load, together
from matching.requests.claims import Claim
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from matching.services.model import Service
from tests.cast import AT, Cast, Doors
from tests.reports.made_up import QUARTER, MadeUp, within
from tests.requests.scene import DAY, refused

NUMBER = {"hours": "minutes", "lately": "minutes14"}  # a count → what a person's load calls it
NOW = QUARTER.ends - DAY / 2
ASKED = 60


async def carry(session: AsyncSession, cast: Cast) -> None:
    """Claims that ended at any hour, some of them of whole branches; activities, some for a request; asks."""
    dice, made = Random(23), MadeUp(cast, Random(11))
    await made.file(session, 60)
    await made.go_on(session, 30)
    await made.hold(session, 30)
    for claim in await session.exec(select(Claim)):
        claim.ended_at = AT - dice.random() * timedelta(days=100)
        claim.kind, claim.minutes = dice.choice(["member", "member", "group", "unit"]), dice.choice([None, 0, 20, 55])
    served = {claim.request_id for claim in await session.exec(select(Claim)) if claim.status == "done"}
    became = {one.request_id for one in await session.exec(select(Activity))}
    plain = [one for one in await session.exec(select(Activity)) if one.request_id is None and one.kind == "service"]
    for activity, request_id in zip(plain, sorted(served - became)[:8], strict=False):
        activity.request_id = request_id
    for request in await session.exec(select(ServiceRequest)):
        request.tier = dice.choice(["T1", "T2", "T3", "T4"])
    (await session.get_one(Service, cast.services["books"].id)).coefficient = 1.5
    pairs = dice.sample(list(product(made.ids, cast.people.values())), ASKED)
    for request_id, person in pairs:
        asked_at = AT - dice.random() * timedelta(days=100)
        answer = dice.choice([Answer.accepted, Answer.declined, Answer.withdrawn])
        session.add(
            Ask(root_id=cast.root_id, request_id=request_id, person_id=person.id or 0, asked_at=asked_at, answer=answer)
        )
    (await session.get_one(Person, cast.people["sun"].id)).status = "left"


@pytest.fixture
async def database(cast: Cast):
    opened = Database(cast.settings.database_url)
    await Work(opened)(lambda session: carry(session, cast))
    yield opened
    await opened.close()


async def by_hand(session: AsyncSession, period: Period) -> Counter[tuple[int, str]]:
    """Person and number → how many, in plain Python: as docs/domain.md §11 says it."""
    found: Counter[tuple[int, str]] = Counter()
    requests = {one.id: one for one in await session.exec(select(ServiceRequest))}
    coefficient = {one.id: float(one.coefficient) for one in await session.exec(select(Service))}
    held = {one.id: one for one in await session.exec(select(Activity)) if one.state == "confirmed"}
    instead = {one.request_id for one in held.values() if one.kind == "service"}

    def add(person: int, minutes: int, service: int | None, ended, urgent: bool, planned: bool) -> None:
        hour = ended.astimezone(SHANGHAI).time().isoformat()
        at_night = hour >= "21:30" or hour < "07:30"
        hard = coefficient.get(service, 1.0) >= 1.2 or urgent or at_night
        found[person, "done"] += 1
        found[person, "hours"] += minutes
        found[person, "hard"] += hard
        found[person, "pleasant"] += planned and not hard

    for claim in await session.exec(select(Claim)):
        counts = claim.status == "done" and claim.kind in {"member", "group"}
        if counts and within(claim.ended_at, period):
            found[0, "instead"] += claim.request_id in instead
            if claim.request_id in instead:
                continue
            row = requests[claim.request_id]
            planned = row.tier in {"T3", "T4"}
            add(claim.person_id, claim.minutes or 0, row.service_id, claim.ended_at, row.tier == "T1", planned)
    for one in await session.exec(select(Attendance)):
        activity = held.get(one.activity_id)
        if one.minutes and activity and activity.kind == "service" and within(activity.starts_at, period):
            add(one.person_id, one.minutes, activity.service_id, activity.ends_at, False, True)
    for ask in await session.exec(select(Ask)):
        if within(ask.asked_at, period):
            found[ask.person_id, "asks"] += 1
            found[ask.person_id, "accepted"] += ask.answer == "accepted"
    return found


async def behind(session: AsyncSession, cast: Cast, by: Actor, count: Count, whose: Whose) -> Lines:
    """All pages as one."""
    rows, after = [], None
    while True:
        found = await lines_behind(session, cast.root_id, count, whose, by=by, at=NOW, after=after, size=20)
        rows += found.rows
        if found.next is None:
            return Lines(rows, found.total, found.minutes, found.seen, None)
        after = found.next


def said(of: Branch | Load, count: Count) -> int:
    name = NUMBER.get(count, count)
    return of.total(name) if isinstance(of, Branch) else getattr(of, name)


async def test_every_number_is_what_is_counted_by_hand_and_as_many_as_are_behind_it(cast: Cast, database: Database):
    wei, root, general = cast["wei"], cast.root_id, Scope(ScopeKind.unit, cast.units["ZZ1"].id or 0)
    async with database.reading() as session:
        expected = await by_hand(session, QUARTER)
        for scope in (EVERYTHING, general):
            rows = await load(session, root, scope, QUARTER, by=wei)
            assert "ZB1" in {row.unit.code for row in rows}
            for row in [*rows, *filter(None, [together(rows)])]:
                whole = row not in rows
                its = EVERYTHING if whole else Scope(ScopeKind.unit, row.unit.id or 0)
                for count in set(Count) - {Count.lately}:
                    found = await behind(session, cast, wei, count, Whose(scope, QUARTER, its))
                    assert said(row, count) == sum(expected[one.id, count] for one in row.people), (row.unit, count)
                    number = found.minutes if count is Count.hours else found.total
                    assert said(row, count) == number == sum(
                        one.minutes if count is Count.hours else 1 for one in found.rows
                    ), (row.unit.code, count)  # fmt: skip
                    assert found.seen == found.total == len({(one.at, one.no, one.unit) for one in found.rows})
                for which, many in (("people", len(row.people)), ("served", row.served), ("not_asked", None)):
                    people = await people_behind(session, root, OfPeople(which), Whose(scope, QUARTER, its), by=wei)
                    assert len(people) == (len(row.not_asked) if many is None else many)
        counts, dice = sorted(set(Count) - {Count.lately}), Random(3)
        for one in together(rows).people:
            for count in dice.sample(counts, 2):
                found = await behind(session, cast, wei, count, Whose(general, QUARTER, person=one.no))
                number = found.minutes if count is Count.hours else found.total
                assert (number, {line.no for line in found.rows} - {one.no}) == (said(one, count), set())
    assert expected[0, "instead"] > 1
    assert sum(n for (_person, count), n in expected.items() if count == "hard")
    assert sum(n for (_person, count), n in expected.items() if count == "pleasant")


async def test_the_hours_of_the_last_days_are_those_that_the_engine_goes_by(cast: Cast, database: Database):
    async with database.reading() as session:
        (branch, *_others) = (await fairness(session, "ZB1", 14, by=cast["wei"], at=NOW)).branches
        known = await told(session, cast.root_id, cast.units["ZB1"].path, NOW, [NOW.date()], set())
        engine = dict(zip(*known["served"], strict=True))
        ours = Whose(Scope(ScopeKind.unit, cast.units["ZB1"].id or 0), QUARTER)
        found = await behind(session, cast, cast["wei"], Count.lately, ours)
    assert {one.id: one.minutes14 for one in branch.people} == {one.id: engine.get(one.id, 0) for one in branch.people}
    assert found.minutes == branch.total("minutes14") == sum(one.minutes for one in found.rows)


async def test_who_leads_another_branch_is_told_of_nobody_elses_people_and_opens_no_request_of_others(
    cast: Cast, database: Database
):
    lead, root = cast["lead"], cast.root_id
    ours, theirs = (Scope(ScopeKind.unit, cast.units[code].id or 0) for code in ("ZB1", "ZB2"))
    sun, lin = cast.people["lead2"].member_no, cast.people["lin"].member_no
    async with database.reading() as session:
        (row,) = await load(session, root, EVERYTHING, QUARTER, by=lead)
        found = await behind(session, cast, lead, Count.done, Whose(EVERYTHING, QUARTER))
        assert row.total("done") == found.total
        assert 0 < found.seen == len(found.rows) < found.total  # some served for other branches
        assert {one.no for one in found.rows} <= {one.no for one in row.people}
        for one in found.rows:
            if one.request:
                await visible_request(session, one.request.number, lead)
        for whose in (
            Whose(EVERYTHING, QUARTER, theirs),
            Whose(ours, QUARTER, person=sun),
            Whose(ours, QUARTER, theirs),
        ):
            with refused("not_seen"):
                await behind(session, cast, lead, Count.asks, whose)
        with refused("not_seen"):
            await people_behind(session, root, OfPeople.people, Whose(EVERYTHING, QUARTER, theirs), by=lead)
        for by, whose in ((lead, Whose(theirs, QUARTER)), (cast["lin"], Whose(EVERYTHING, QUARTER, person=lin))):
            with refused("not_allowed"):
                await behind(session, cast, by, Count.hours, whose)
        with refused("not_a_choice"):
            await behind(session, cast, cast["wei"], Count.hours, Whose(Scope(ScopeKind.service, 1), QUARTER))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_the_page_every_number_leads_to_a_list_that_says_the_same(
    doors: Doors, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clock, "now", lambda: NOW)  # fairness looks back from today
    doors.work(carry, cast)
    page, followed = doors.of("wei"), Counter()
    for path in (
        f"/reports?of=hospital&period={QUARTER.code}", "/fairness", "/fairness?unit=ZB1&days=365",
        f"/reports/league?group=service&period={QUARTER.code}",
    ):  # fmt: skip
        shown = page.get(path).text
        tables = "".join(re.findall(r"<tbody>.*?</table>", shown, re.S))
        numbers = re.findall(r'<td class="(?:num|whole|num whole)"[^>]*>(.*?)</td>', tables)
        numbers += re.findall(r'<p class="value">(.*?)</p>|<p>(?:.*?n = )(.*?)</p>|<p>上期(.*?)</p>', shown)
        for cell in numbers:
            rest = re.sub(r"<a .*?</a>|<[^>]*>", "", "".join(cell))
            assert not re.search(r"[1-9]", rest) or re.search(r"月|分钟前|小时前|昨天|今天", rest), (path, cell)
        for href, text in sorted(set(re.findall(r'href="(/reports/load[^"]+)">([\d.]+)<', tables)))[::5]:
            count = Count(found) if (found := re.search(r"count=(\w+)", href)[1]) in list(Count) else OfPeople(found)
            if count in {OfPeople.people, OfPeople.served} and "." in text:
                continue  # a Gini leads to the people it spreads over
            behind = page.get(href.replace("&amp;", "&")).text
            tally = re.search(r'<dl class="tally">(.*?)</dl>', behind, re.S)[1]
            assert text in re.findall(r"<dd>([\d.]+)", tally), (path, href, text)
            followed[count] += 1
    assert len(followed) >= 6, followed
    led = re.findall(r'href="(/activities[^"]+service=[^"]+)"[^>]*>(\d+)<', tables)  # of the services, last
    for href, text in led:
        listed = page.get(href.replace("&amp;", "&")).text.partition('id="all"')[2]
        assert listed.count('class="card activity"') == int(text), href
    assert len(led) >= 2
    assert page.get("/reports/load?count=what").status_code == 422
    assert page.get("/reports/load?count=done&of=service-books").status_code == 422
    for wrong in ("within=unit-NO", "person=M9999", "person=%00", "of=unit-NO"):
        assert page.get(f"/reports/load?count=done&{wrong}").status_code == 404
    assert doors.of("lead").get("/reports/load?count=people&of=unit-ZB2").status_code == 403
    assert doors.of("lin").get("/reports/load?count=people").status_code == 403
    assert "孙可欣" not in doors.of("lead").get(f"/reports/load?count=people&of=hospital&period={QUARTER.code}").text
