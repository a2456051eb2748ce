"""Two quarters of past requests, so that reports have something to compare: archived lives, made in memory.

Texts and fates are those of the recent wishes, at moments drawn from a hospital's year; names and phones are others'.
The verbs are the real ones on the real rows. Only the doors around them are left out: no policy is asked, nobody is
told (that was long ago), and all Steps are written at once.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import CHINA, SHANGHAI
from matching.demo import DATA, SEED, fates
from matching.demo.asking import Record
from matching.demo.cast import Cast
from matching.demo.past import Past
from matching.importing.importer import Tools
from matching.importing.reading import Row, table
from matching.importing.requests import IN_PERSON
from matching.people.actor import Actor
from matching.privacy import consent
from matching.ratings.model import Rating
from matching.reports.periods import Period
from matching.requests.filing import Filing, Wish, prepare
from matching.requests.insert import FILINGS, STEPS
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.queries import loaded
from matching.requests.states import RejectReason, State
from matching.services.model import Service, Tier
from matching.units.model import Spot, UnitKind

A_DAY = 4  # requests, on an average one
UNTIL = timedelta(days=34)  # before now: from there on the recent wishes are at home
ENDED = timedelta(days=45)  # older ones are archived
ELSEWHERE, ANY_BRANCH, PUBLIC, LATE, WINDOW = 0.4, 0.3, 0.35, 0.09, 0.25  # shares
SLOW = (4.0, 14.0)  # how much longer those take that come late
QUIET = 0.45  # of a working day's requests on a day off
SEASON = {1: 1.0, 2: 0.7, 3: 1.05, 4: 1.0, 5: 0.95, 6: 1.0, 7: 1.25, 8: 1.2, 9: 1.0, 10: 0.85, 11: 1.05, 12: 1.15}
HOURS = (
    0.2,
    0.1,
    0.1,
    0.1,
    0.1,
    0.3,
    1,
    4,
    9,
    11,
    10,
    6,
    4,
    5,
    8,
    9,
    7,
    4,
    3,
    3,
    2.5,
    2,
    1,
    0.5,
)  # weights, from midnight
GROWTH = 0.6  # the first day's share of the last one's
PROMISED = {  # hours until taken and until done, as people were told
    Tier.T1: (0.5, 2), Tier.T2: (4, 24), Tier.T3: (24, 120), Tier.T4: (48, 336),
}  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
TITLES = ("女士", "先生", "阿姨", "大叔", "奶奶", "爷爷")
FATES = (
    (fates.rated, 54), (fates.unrated, 13), (fates.rectified, 6), (fates.withdrawn, 4), (fates.rated_again, 3),
    (fates.then_rated(fates.taken_again), 4), (fates.then_rated(fates.returned_and_done), 4),
    (fates.then_rated(fates.resumed), 2), (fates.then_rated(fates.extended_and_done), 2),
    (fates.then_rated(fates.supervised_and_done), 1), (fates.then_rated(fates.ruled), 1), (fates.reopened_and_done, 2),
    (fates.misjudgement_approved, 1), (fates.rejected(RejectReason.duplicate), 1),
    (fates.rejected(RejectReason.banned), 1), (fates.rejected(RejectReason.not_real), 1),
)  # fmt: skip
PATIENT = (fates.rated, fates.unrated, fates.rectified, fates.rated_again)  # the others know limits of their own


async def load_history(session: AsyncSession, people: Cast, tools: Tools, now: datetime) -> tuple[int, int]:
    """File and live through; returns how many requests and Steps there are."""
    filings = await _filings(session, people, tools, now)
    ids: list[int] = []
    for start in range(0, len(filings), 64):
        batch = [filing for filing, _slow in filings[start : start + 64]]
        ids += [filed.id for filed in await FILINGS.within(await session.connection(), batch)]
    slow = dict(zip(ids, (slow for _filing, slow in filings), strict=True))
    notes = json.loads((DATA / "notes.json").read_text("utf-8"))
    rows = (await session.exec(loaded(select(ServiceRequest).where(col(ServiceRequest.id).in_(ids))))).unique()
    lives = []
    for request in sorted(rows, key=lambda row: row.id or 0):
        dice = Random(f"{SEED}/{request.id}/past")
        life = Past(people, tools, notes, request, now, dice, Record(people), slow=slow[request.id or 0])
        _elsewhere(life, people)
        fate = dice.choices([fate for fate, _weight in FATES], [weight for _fate, weight in FATES])[0]
        fate(life)
        if fate not in PATIENT:
            life.slow = 1.0
        if life.age > ENDED:
            life.end_with_archive()
        life.live()
        lives.append(life)
    return len(lives), await _write(session, lives, now)


async def _write(session: AsyncSession, lives: list[Past], now: datetime) -> int:
    await session.flush()  # the requests and their claims
    steps = [_row(step) for life in lives for step in life.steps]
    connection = await session.connection()
    await connection.execute(insert(STEPS), steps)
    await connection.execute(insert(Rating), [row for life in lives for row in life.ratings])
    ids = [life.request.id or 0 for life in lives]
    firsts = STEPS.update().where(STEPS.c.request_id.in_(ids), STEPS.c.seq == 1)
    await connection.execute(firsts.values(next_try_at=None, announced_at=STEPS.c.at))
    erased = [life.request for life in lives if _is_erased(life.request, now)]
    for request in erased:
        request.has_phone, request.requester_label = False, ""
    gone = col(RequestSecret.request_id).in_([request.id for request in erased])
    await connection.execute(delete(RequestSecret).where(gone))
    await session.flush()
    return len(steps) + len(ids)


def _row(step: Any) -> dict[str, Any]:
    """As it stands once it was announced."""
    row = {column.name: getattr(step, column.name) for column in STEPS.c if column.name != "id"}
    return row | {"next_try_at": None, "announced_at": step.at, "tries": 0, "trouble": ""}


def _is_erased(request: ServiceRequest, now: datetime) -> bool:
    """As the job would have done (docs/domain.md §6)."""
    erased_after = timedelta(days=consent.ERASE_AFTER_DAYS)
    return request.state == State.archived and request.state_since <= now - erased_after


def _elsewhere(life: Past, people: Cast) -> None:
    """Some go to a branch that looks after no place at all, so that everybody has had something."""
    if life.dice.random() < ANY_BRANCH:
        branches = [unit for unit in people.units.values() if unit.kind == UnitKind.branch]
        able = [one for one in branches if not life.service.skills or people.able(one.id or 0, life.service)]
        life.unit = life.dice.choice(able)
        life.team = life.new_team()


async def _filings(
    session: AsyncSession, people: Cast, tools: Tools, now: datetime
) -> list[tuple[Filing, float]]:  # fmt: skip
    """Each with how much longer than usual it will take."""
    wishes = [row for row in table(DATA / "wishes.jsonl", "").rows if _is_plain(row)]
    services = {one.code: one for one in await session.exec(select(Service).where(Service.root_id == people.root_id))}
    spots = list(await session.exec(select(Spot).where(Spot.root_id == people.root_id).order_by(Spot.code)))
    dice = Random(f"{SEED}/history")
    filings = []
    for place, at in enumerate(_moments(now, dice)):
        row = dice.choice(wishes)
        wish = _wish(row, place, at, services[row.cells["service"]], spots, dice)
        by = Actor.requester(people.root_id, 0)
        filing = prepare(wish, sealer=tools.sealer, pepper=tools.pepper, by=by, at=at)
        filings.append((filing, dice.uniform(*SLOW) if dice.random() < LATE else 1.0))
    return filings


def _is_plain(row: Row) -> bool:
    said = row.cells
    return not said["banned"] and not said["duplicate_of"] and said["emergency"] == "false" and len(said["need"]) > 4


def _wish(row: Row, place: int, at: datetime, service: Service, spots: list[Spot], dice: Random) -> Wish:
    said, minor = row.cells, row.cells["on_behalf_of_minor"] == "true"
    own = next(spot for spot in spots if spot.code == said["spot"])
    spot = dice.choice(spots) if dice.random() < ELSEWHERE else own
    public = not minor and dice.random() < PUBLIC
    agreed = {*consent.required_consents(minor), *(("public_display",) if public else ())}
    taken, done = PROMISED[Tier(service.tier)]
    window = at + timedelta(hours=dice.randint(2, 20)) if dice.random() < WINDOW else None
    return Wish(
        service=service, need=said["need"], filing_key=f"history-{service.root_id}-{place:05}", spot=spot,
        home_unit_id=spot.unit_id, reason=said["reason"], name=dice.choice(SURNAMES) + dice.choice(TITLES),
        phone=f"199-0000-{dice.randint(3000, 7999)}", wanted_from=window,
        wanted_to=window and window + timedelta(hours=2), consents=dict.fromkeys(sorted(agreed), IN_PERSON),
        show_publicly=public, for_minor=minor, lang=said["lang"] or "zh-Hans",
        promised=(int(taken * 3600), int(done * 3600)),
    )  # fmt: skip


def _moments(now: datetime, dice: Random) -> list[datetime]:
    """When they were filed, in order: from the first day of the quarter before last to UNTIL before now."""
    today = now.astimezone(SHANGHAI).date()
    first = Period.quarter_of(today).before.before.first
    days = [first + timedelta(days=n) for n in range((today - UNTIL - first).days)]
    weights = [_busy(day) * (GROWTH + (1 - GROWTH) * n / len(days)) for n, day in enumerate(days)]
    moments = []
    for day in dice.choices(days, weights, k=round(A_DAY * len(days))):
        hour = dice.choices(range(24), HOURS)[0]
        at = datetime.combine(day, time(hour, dice.randint(0, 59), dice.randint(0, 59)), SHANGHAI)
        moments.append(at.astimezone(UTC))
    return sorted(moments)


def _busy(day: date) -> float:
    monday = 1.2 if day.weekday() == 0 else 1.0
    return SEASON[day.month] * (monday if CHINA.is_working(day) else QUIET)
