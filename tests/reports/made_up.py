"""Requests made up at random, with their Steps, claims and ratings, and what they count as, worked out by hand."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity, Attendance
from matching.clock import SHANGHAI
from matching.partners.model import Partner
from matching.ratings.model import Rating
from matching.reports.periods import Period
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.requests.steps import Step
from tests.cast import AT, Cast

HOUR = timedelta(hours=1)
VERBS = ("accept", "reject", "withdraw", "urge", "urge", "supervise", "ask", "archive", "contact")
PARTNER = 7
REASONS = ([], ["slow"], ["nobody_came"], ["not_solved", "slow"])


@dataclass
class MadeUp:
    """Rows that no hospital would have, so that nothing is right by luck."""

    cast: Cast
    dice: Random
    number: int = 0
    ids: list[int] = field(default_factory=list)

    async def file(self, session: AsyncSession, count: int) -> None:
        """So many requests of ninety days."""
        units, spots = list(self.cast.units.values()), [*self.cast.spots.values(), None]
        for _one in range(count):
            self.number += 1
            at, unit = AT - self.dice.random() * timedelta(days=90), self.dice.choice(units)
            spot, service = self.dice.choice(spots), self.dice.choice(list(self.cast.services.values()))
            row = ServiceRequest(
                root_id=self.cast.root_id, filing_key=f"made-{self.number}", filing_digest="", filed_at=at,
                code_hash=f"{self.number}", service_id=service.id, spot_id=spot.id if spot else None, tier="T1",
                home_unit_id=unit.id, unit_id=unit.id, need="一件事", state_since=at, last_hash="", last_seq=0,
                partner_id=self.dice.choice([None, None, PARTNER]),
                promised_done_at=self.dice.choice([None, at + 9 * HOUR]),
            )  # fmt: skip
            session.add(row)
            await session.flush()
            self.ids.append(row.id or 0)
            self._step(session, row, "file", at)
            for _more in range(self.dice.randrange(6)):
                await self._happen(session, row)

    async def go_on(self, session: AsyncSession, count: int) -> None:
        """Something more happens to so many of them, and each time a Step says so."""
        for id_ in self.dice.choices(self.ids, k=count):
            await self._happen(session, await session.get_one(ServiceRequest, id_))

    async def hold(self, session: AsyncSession, count: int) -> None:
        """So many activities of those days, some of them for a request, with who was there."""
        dice, people, units = self.dice, list(self.cast.people.values()), list(self.cast.units.values())
        if await session.get(Partner, PARTNER) is None:
            session.add(
                Partner(id=PARTNER, root_id=self.cast.root_id, code="P7", name="一家单位", kind="enterprise",
                        unit_id=units[-1].id or 0, made_at=AT)
            )  # fmt: skip
            await session.flush()
        for request_id in dice.sample(self.ids, count):
            at, lead = AT - dice.random() * timedelta(days=90), dice.choice(people).id
            held = Activity(
                root_id=self.cast.root_id, kind=dice.choice(["service", "service", "theme_day"]), title="一次活动",
                unit_id=dice.choice(units).id, partner_id=dice.choice([None, PARTNER]), place="门诊", starts_at=at,
                service_id=dice.choice([None, *(one.id for one in self.cast.services.values())]), ends_at=at + HOUR,
                request_id=dice.choice([None, request_id]), lead_id=lead, made_at=at,
                state=dice.choice(["confirmed", "confirmed", "planned"]), person_times=dice.choice([None, 20]),
            )  # fmt: skip
            session.add(held)
            await session.flush()
            for person in dice.sample(people, dice.randrange(3)):
                session.add(
                    Attendance(root_id=held.root_id, activity_id=held.id, person_id=person.id or 0,
                               minutes=dice.choice([0, 30, 45]))
                )  # fmt: skip

    async def _happen(self, session: AsyncSession, row: ServiceRequest) -> None:
        dice, at = self.dice, row.state_since + self.dice.random() * timedelta(days=3)
        match dice.choice(["complete", "rate", "return", "judge", "move", "reopen", "dispatch", "other"]):
            case "complete" if row.completed_at is None:
                row.completed_at, row.contacted_at = at, dice.choice([at, None])
                row.handle_due_at, row.result = at + dice.uniform(-5, 9) * HOUR, dice.choice(["solved", "partly"])
                people = dice.sample(list(self.cast.people.values()), dice.randint(1, 3))
                for slot, person in enumerate(people, len(self.ids) * 100 + row.last_seq * 10):
                    session.add(
                        Claim(root_id=row.root_id, request_id=row.id, slot=slot, person_id=person.id or 0, name="",
                              status=dice.choice(["done", "done", "released"]), at=at, minutes=dice.randint(5, 90))
                    )  # fmt: skip
                self._step(session, row, "complete", at, to=State.completed)
            case "rate" if not row.rated_again:
                level, turn = dice.randint(1, 5), 1 if row.level is None else 2
                row.rated_again, row.level = turn == 2, row.level or level
                session.add(
                    Rating(root_id=row.root_id, request_id=row.id or 0, turn=turn, level=level,
                           reasons=dice.choice(REASONS), at=at)
                )  # fmt: skip
                to = State.rectifying if level <= 2 else State.closed
                self._step(session, row, "rate_again" if turn == 2 else "rate", at, to=to)
            case "return":
                unit = dice.choice(list(self.cast.units.values()))
                self._step(session, row, "return_order", at, detail={"before": unit.id})
            case "judge" if row.state == State.rectifying:
                approved = dice.random() < 0.6
                self._step(session, row, "answer_misjudgement", at, detail={"approved": approved}, to=State.closed)
            case "move":
                row.unit_id = dice.choice(list(self.cast.units.values())).id or 0
                self._step(session, row, "transfer", at)
            case "reopen":
                row.completed_at, row.result = None, ""
                self._step(session, row, "reopen", at, to=State.in_progress)
            case "dispatch":
                row.dispatched_at = row.taken_at = at
                self._step(session, row, "dispatch", at, to=State.dispatched)
            case _:
                verb = dice.choice(VERBS)
                row.urges += verb == "urge"
                row.supervisions += verb == "supervise"
                self._step(session, row, verb, at, by=dice.choice(["system", "person"]))
        await session.flush()

    def _step(
        self, session: AsyncSession, row: ServiceRequest, verb: str, at: datetime, *, to: str = "", by: str = "person",
        detail: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        row.last_seq += 1
        before, row.state, row.state_since = row.state, to or row.state, at
        session.add(
            Step(root_id=row.root_id, request_id=row.id, seq=row.last_seq, at=at, verb=verb, from_state=before,
                 to_state=row.state, by_kind=by, detail=detail or {})
        )  # fmt: skip


async def by_hand(session: AsyncSession, period: Period) -> Counter[tuple[int, str]]:
    """Unit and counter → how many, in plain Python: as docs/figures.md says it."""
    found: Counter[tuple[int, str]] = Counter()
    rows = list(await session.exec(select(ServiceRequest)))
    steps, ratings, claims, held, lists = [
        list(await session.exec(select(table))) for table in (Step, Rating, Claim, Activity, Attendance)
    ]
    confirmed = [one for one in held if one.state == "confirmed"]
    listed = {one.request_id for one in confirmed if one.kind == "service"}
    for activity in confirmed:
        if within(activity.starts_at, period):
            there = [one.minutes for one in lists if one.activity_id == activity.id and one.minutes]
            service = activity.kind == "service"
            found[activity.unit_id, "activities" if service else "meetings"] += 1
            if service:
                found[activity.unit_id, "person_times"] += activity.person_times or 0
                found[activity.unit_id, "helpers"] += len(there)
                found[activity.unit_id, "minutes"] += sum(there)
    for row in rows:
        told = sorted((one for one in steps if one.request_id == row.id), key=lambda one: one.seq)
        rated = max((one for one in ratings if one.request_id == row.id), key=lambda one: one.turn, default=None)
        if within(row.completed_at, period):
            done = [one for one in claims if one.request_id == row.id and one.status == ClaimStatus.done]
            served = [] if row.id in listed else done
            found[row.unit_id, "done"] += 1
            found[row.unit_id, "helpers"] += len(served)
            found[row.unit_id, "minutes"] += sum(one.minutes or 0 for one in served)
        if within(row.filed_at, period):
            for name, n in _of_filing(row, told, rated).items():
                found[row.unit_id, name] += int(n)
            for one in told:
                found[one.detail.get("before", 0), "returns"] += one.verb == "return_order"
    return Counter({key: n for key, n in found.items() if n})


def _of_filing(row: ServiceRequest, told: list[Step], rated: Rating | None) -> dict[str, int]:
    verbs = Counter(one.verb for one in told)
    done = row.completed_at is not None
    late = done and row.handle_due_at is not None and row.completed_at > row.handle_due_at
    urged = {one.from_state for one in told if one.verb == "urge" and one.by_kind == "system"}
    taken_back = [one for one in told if one.verb == "answer_misjudgement" and one.detail["approved"]]
    last = max((one.seq for one in told if one.verb in {"rate", "rate_again"}), default=0)
    valid = rated is not None and not any(one.seq > last for one in taken_back)
    bad = sum(one.verb in {"rate", "rate_again"} and one.to_state == "rectifying" for one in told) > len(taken_back)
    why = rated.reasons if rated else []
    counted = {
        "filed": 1, "accepted": verbs["accept"] > 0, "rejected": verbs["reject"] > 0,
        "withdrawn": verbs["withdraw"] > 0, "dispatched": row.dispatched_at, "claimed": row.taken_at,
        "contacted": row.contacted_at, "completed": done, "solved": done and row.result == "solved",
        "in_time": done and not late, "late": late or urged & {"dispatched", "in_progress"},
        "late_desk": urged & {"submitted", "accepted"}, "told": done and row.promised_done_at,
        "kept": done and row.promised_done_at and row.completed_at <= row.promised_done_at,
        "rated": rated, "unrated": done and not rated and row.state in {"closed", "archived"}, "valid": valid,
        "valid_contacted": valid and row.contacted_at and "nobody_came" not in why,
        "valid_solved": valid and row.result == "solved" and not {"nobody_came", "not_solved"} & {*why},
        "bad": bad, "rectified": bad and row.state != "rectifying", "supervised": row.supervisions > 0,
    }  # fmt: skip
    levels = {f"level{level}": valid and rated is not None and rated.level == level for level in range(1, 6)}
    return {name: bool(n) for name, n in (counted | levels).items()} | {"urges": row.urges}


def within(moment: datetime | None, period: Period) -> bool:
    """Whether its Shanghai day is one of them."""
    return moment is not None and period.first <= moment.astimezone(SHANGHAI).date() <= period.last


QUARTER = Period(date(2025, 12, 1), date(2026, 2, 28))
