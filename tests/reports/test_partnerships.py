"""The partners of a report: gathered in a fixed number of statements, each with what is its own."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from matching.activities.model import Activity, ActivityKind, ActivityState
from matching.partners.model import (
    Agreement,
    ItemLink,
    ItemState,
    ListItem,
    ListKind,
    Pairing,
    PairingKind,
    Partner,
    PartnerKind,
)
from matching.people.model import Person
from matching.reports.periods import Period
from matching.reports.written.gathering import gather
from matching.reports.written.material import About, Material
from tests.cast import AT, Cast

QUARTER, DAY = Period.parse("2026Q1"), date(2026, 2, 2)


async def with_partners(session: Any, cast: Cast, first: int, last: int) -> None:
    """The n-th has n % 3 of everything: agreements, needs with a resource and a project each, pairs, liaisons,
    volunteers in activities; beside each what does not count."""
    root, branch = cast.root_id, cast.units["ZB1"].id
    for n in range(first, last):
        partner = Partner(root_id=root, code=f"P{n:02}", name=f"第{n}家", kind=PartnerKind.school, unit_id=branch or 0,
                          made_at=AT)  # fmt: skip
        session.add(partner)
        await session.flush()
        own: dict[str, Any] = {"root_id": root, "partner_id": partner.id}
        for each in range(n % 3):
            names = {ListKind.need: "要", ListKind.resource: "给", ListKind.project: "办"}
            items = [ListItem(**own, kind=kind, title=f"{word}{n}-{each}", made_at=AT) for kind, word in names.items()]
            person = Person(root_id=root, unit_id=root, partner_id=partner.id, member_no=f"P{n:02}-{each}", name="柯")
            paired = {"kind": PairingKind.person, "unit_id": branch, "label": "张*", "since": DAY}
            held = {"kind": ActivityKind.service, "title": "义诊", "unit_id": branch, "place": "大厅", "starts_at": AT,
                    "ends_at": AT + timedelta(hours=2), "lead_id": cast.people["lead"].id, "made_at": AT}  # fmt: skip
            session.add_all([
                *items, person,
                ListItem(**own, kind=ListKind.need, title="不要了", state=ItemState.dropped, made_at=AT),
                Agreement(**own, no=f"GJ{n}-{each}", first_on=DAY, last_on=date(2027, 2, 2), made_at=AT),
                Pairing(**own, **paired), Pairing(**own, **paired, until=DAY),
                Person(root_id=root, unit_id=root, partner_id=partner.id, member_no=f"x{n}-{each}", name="柯",
                       status="left"),
                Activity(**own, **held, state=ActivityState.confirmed, partner_volunteers=n),
                Activity(**own, **held, state=ActivityState.cancelled, partner_volunteers=50),
            ])  # fmt: skip
            await session.flush()
            need, resource, project = (item.id for item in items)
            session.add_all([
                ItemLink(root_id=root, from_id=need, to_id=resource, made_at=AT),
                ItemLink(root_id=root, from_id=resource, to_id=project, made_at=AT),
            ])  # fmt: skip


async def counted(work: Any, cast: Cast, about: About, code: str = "") -> tuple[Material, int]:
    """The report's material, and how many statements it took."""
    sent: list[str] = []
    async with work.database.reading() as session:
        engine = (await session.connection()).sync_connection.engine

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            made = await gather(session, about, code, QUARTER, by=cast["wei"], at=AT)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return made, len(sent)


async def test_thirty_partners_take_no_more_statements_than_three_and_each_keeps_its_own(cast, work):
    await work(with_partners, cast, 0, 3)
    three, statements = await counted(work, cast, About.hospital)
    await work(with_partners, cast, 3, 30)
    thirty, all_statements = await counted(work, cast, About.hospital)
    assert all_statements == statements
    assert [one.name for one in thirty.partners] == [f"第{n}家" for n in range(30)]
    assert thirty.partners[:3] == three.partners
    for n, one in enumerate(thirty.partners):
        many = n % 3
        assert (one.pairs, one.liaisons, one.volunteers, len(one.agreements)) == (many, many, many * n, many)
        assert [need.title for need in one.needs] == [f"要{n}-{each}" for each in range(many)]
        assert [(list(need.resources), list(need.projects)) for need in one.needs] == [
            ([f"给{n}-{each}"], [f"办{n}-{each}"]) for each in range(many)
        ]
        assert [list(given.used_for) for given in one.given] == [[f"要{n}-{e}", f"办{n}-{e}"] for e in range(many)]
    alone, _statements = await counted(work, cast, About.partner, "P29")
    assert alone.partners == [thirty.partners[29]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_report_of_a_hospital_without_partners_names_none(cast, work):
    assert (await counted(work, cast, About.hospital))[0].partners == []
