"""Loading the demo hospital, all in one transaction: whoever kills it half-way finds an empty database."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.demo import DATA, SEED
from matching.demo.activities import load_activities
from matching.demo.acts import Life
from matching.demo.asking import Record, write
from matching.demo.assessing import assess
from matching.demo.calendar import moved
from matching.demo.cast import Cast, cast, grant_staff
from matching.demo.choosing import ARCHIVED, Choosing
from matching.demo.history import load_history
from matching.demo.members import ask_the_member, state_hours
from matching.demo.partners import KNOWN_FOR, load_partners
from matching.demo.posts import open_accounts, publish_posts
from matching.demo.recognition import recognise
from matching.errors import Refused
from matching.importing.importer import Tools
from matching.importing.reading import Row, Table, table
from matching.importing.requests import filing_key
from matching.importing.running import KINDS, import_table
from matching.notices.announcing import announce
from matching.notices.model import Notice
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.reports.refreshing import rebuild
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.queries import loaded
from matching.services.model import Service
from matching.units.queries import hospital

FILES = {"units": "branches.csv", "roster": "roster.csv", "services": "services.csv", "spots": "spots.csv"}
DESK_PHONE = "199-0000-9001"
CALLED_BACK = ("discharge_follow_up",)  # services that make no sense without a phone number
SHOWN = 0.45  # share of those asked that let their wish be shown
FORGOTTEN = 0.02  # share of notices that nobody ever reads
Progress = Callable[[str], None]


async def load(work: Work, tools: Tools, photos: Photos, *, now: datetime, progress: Progress) -> None:
    """Fill an empty database; pictures go where `photos` are kept. Raises Refused("not_empty") when there is a hospital
    already."""
    await work(_load, tools, photos, now, progress)
    told = 0
    while count := await announce(work.database, work, now):
        told += count
    progress(f"通知 {await work(_read, now)}，步骤 {told}")
    await rebuild(work, now)
    progress(f"五化考核 {await work(assess, now)}")


async def _load(session: AsyncSession, tools: Tools, photos: Photos, now: datetime, progress: Progress) -> None:
    there = await hospital(session)
    if there is not None:
        raise Refused("not_empty", name=there.name)
    before = now - KNOWN_FOR
    for kind, name in FILES.items():
        report = await import_table(session, kind, table(DATA / name, KINDS[kind].sheet), tools, at=before)
        progress(f"{name}: {report.new}")
    root = await hospital(session)
    assert root is not None  # the first file made it
    root.demo, root.desk_phone = True, DESK_PHONE
    for service in await session.exec(select(Service).where(col(Service.code).in_(CALLED_BACK))):
        service.needs_phone = True
    await grant_staff(session, root, before)
    await open_accounts(session, root.id or 0)
    people = await cast(session, root)
    past, long_ago = await load_history(session, people, tools, now)
    progress(f"往期需求 {past}，步骤 {long_ago}")
    rows = list(_consenting(moved(list(table(DATA / "wishes.jsonl", "").rows), now)))
    report = await import_table(session, "requests", Table(tuple(rows[0].cells), rows), tools, at=now)
    progress(f"wishes.jsonl: {report.new}")
    record = Record(people)
    steps = await _live(session, people, tools, rows, record, now, progress)
    progress(f"邀请 {write(session, record)}，空闲时间 {await state_hours(session, people, now)}")
    partners, asked, more = await load_partners(session, people, tools, now)
    progress(f"partners.jsonl: {partners}，需求 {asked}，步骤 {more}")
    progress(f"活动 {await load_activities(session, people, tools, now)}")
    await ask_the_member(session, people, now)
    progress(f"posts.json: {await publish_posts(session, people, now)}")
    progress(f"积分明细 {await recognise(session, people, photos, now)}")
    note(session, "demo_loaded", f"{steps + more} steps", by=Actor.system(root.id or 0), at=now)


async def _read(session: AsyncSession, now: datetime) -> int:
    """People have read what they were told until yesterday, some of it never; returns how many notices there are."""
    told = select(Notice).where(col(Notice.post_id).is_(None)).order_by(col(Notice.id))
    notices = list(await session.exec(told))
    for notice in notices:
        dice = Random(f"{SEED}/{notice.id}/read")
        read_at = notice.at + timedelta(minutes=dice.randint(2, 20 * 60))
        if read_at < now and dice.random() > FORGOTTEN:
            notice.read_at = read_at
    return len(notices)


def _consenting(rows: list[Row]) -> list[Row]:
    """As if they had come by QR, some with the consent to be shown."""
    result = []
    for row in rows:
        said = row.cells
        harmless = said["banned"] == "" and said["emergency"] == said["on_behalf_of_minor"] == "false"
        public = harmless and Random(f"{SEED}/{said['id']}/public").random() < SHOWN
        result.append(replace(row, cells=said | {"channel": "qr", "show_publicly": "true" if public else "false"}))
    return result


async def _live(
    session: AsyncSession, people: Cast, tools: Tools, rows: list[Row], record: Record, now: datetime,
    progress: Progress,
) -> int:  # fmt: skip
    notes = json.loads((DATA / "notes.json").read_text("utf-8"))
    recent = col(ServiceRequest.filing_key).startswith(filing_key(people.root_id, ""))
    found = await session.exec(loaded(select(ServiceRequest).where(recent)))
    requests = {request.filing_key: request for request in found.unique()}
    choosing, steps = Choosing(), 0
    for done, row in enumerate(reversed(rows), start=1):
        id_ = row.cells["id"]
        request = requests[filing_key(people.root_id, id_)]
        dice = Random(f"{SEED}/{id_}")
        life = Life(people, tools, notes, request, now, dice, record)
        banned, repeats = bool(row.cells["banned"]), bool(row.cells["duplicate_of"])
        choosing.fate_of(request, banned=banned, repeats=repeats, age=life.age, dice=dice)(life)
        if life.age > ARCHIVED:
            life.end_with_archive()
        steps += await life.play(session)
        if done % 40 == 0 or done == len(rows):
            progress(f"心愿 {done}/{len(rows)}，步骤 {steps}")
    return steps
