"""What a person's service and a person's ask are, as statements: numbers are sums of these lines, lists are the lines.

Rules: docs/domain.md §11. A claim counts when it ended, an activity when it began; what is older than the period is
never read (`served_lately`, `activities_by_time`, `asks_by_time`).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import col

from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.asks.model import Ask
from matching.asks.reading import LATELY
from matching.reports.activities import listed_instead
from matching.reports.periods import Period
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.services.model import Service, Tier

HARD_FROM = 1.2  # coefficient of difficulty (docs/domain.md §7: 1.0, 1.2, 1.5)
NIGHT = timedelta(hours=21, minutes=30), timedelta(hours=7, minutes=30)  # from, to, in Shanghai: usual quiet hours
AHEAD = 8 * 60  # minutes that Shanghai is before UTC, since 1992
MINUTE = timedelta(minutes=1)
CLAIM, ATTENDANCE, ASK = (literal_column(str(n), Integer).label("source") for n in range(3))  # whose id a line has
NOUGHT, NO_ANSWER = literal_column("0", Integer), literal_column("''", String)
NO_ACTIVITY = cast(null(), BigInteger).label("activity_id")


def services(sqlite: bool, root_id: int, period: Period) -> Subquery:
    """One line for each person of each service in the period: source, id, person_id, request_id, activity_id, at,
    minutes, hard, pleasant (1 or 0), answer (of an ask).

    Where an activity of a request is confirmed, its list stands in place of the claims.
    """
    ended, began = col(Claim.ended_at), col(Activity.starts_at)
    instead = col(Claim.request_id).not_in(listed_instead(root_id))
    claims = _claims(sqlite, root_id, ended >= period.begins, ended < period.ends, instead)
    lists = _lists(sqlite, root_id, began >= period.begins, began < period.ends)
    return union_all(claims, lists).subquery("service_of_person")


def lately(sqlite: bool, root_id: int, at: datetime) -> Subquery:
    """The same for what the engine goes by: the claims of the 14 days before `at`, whatever became of the requests."""
    ended = col(Claim.ended_at)
    return _claims(sqlite, root_id, ended > at - LATELY, ended <= at).subquery("service_of_person")


def asks(root_id: int, period: Period) -> Subquery:
    """One line of the same columns for each ask that went out in the period."""
    asked = col(Ask.asked_at)
    columns: tuple[Any, ...] = (
        ASK, col(Ask.id), col(Ask.person_id), col(Ask.request_id), NO_ACTIVITY, asked.label("at"),
        *(NOUGHT.label(name) for name in ("minutes", "hard", "pleasant")), col(Ask.answer),
    )  # fmt: skip
    during = (asked >= period.begins, asked < period.ends)
    return select(*columns).where(col(Ask.root_id) == root_id, *during).subquery("ask_of_person")


def _claims(sqlite: bool, root_id: int, *during: ColumnElement[bool]) -> Select[Any]:
    planned, urgent = col(ServiceRequest.tier).in_((Tier.T3, Tier.T4)), col(ServiceRequest.tier) == Tier.T1
    hard = or_(_difficult(), urgent, _at_night(sqlite, col(Claim.ended_at)))
    columns: tuple[Any, ...] = (
        CLAIM, col(Claim.id).label("id"), col(Claim.person_id), col(Claim.request_id), NO_ACTIVITY,
        col(Claim.ended_at).label("at"), func.coalesce(Claim.minutes, 0).label("minutes"),
        *_marks(hard, planned), NO_ANSWER.label("answer"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(ServiceRequest, col(ServiceRequest.id) == Claim.request_id)
        .join(Service, col(Service.id) == ServiceRequest.service_id)
        .where(
            col(Claim.root_id) == root_id,
            col(Claim.status) == literal_column(f"'{ClaimStatus.done}'"),  # in words, as its index has it
            col(Claim.kind).in_((ClaimerKind.member, ClaimerKind.group)),  # a branch's hours are nobody's own
            *during,
        )
    )  # fmt: skip


def _lists(sqlite: bool, root_id: int, *during: ColumnElement[bool]) -> Select[Any]:
    hard = or_(_difficult(), _at_night(sqlite, col(Activity.ends_at)))
    columns: tuple[Any, ...] = (
        ATTENDANCE, col(Attendance.id), col(Attendance.person_id), cast(null(), BigInteger),
        col(Attendance.activity_id), col(Activity.starts_at), col(Attendance.minutes), *_marks(hard, true()),
        NO_ANSWER,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Activity, col(Activity.id) == Attendance.activity_id)
        .outerjoin(Service, col(Service.id) == Activity.service_id)
        .where(
            col(Activity.root_id) == root_id, col(Activity.state) == ActivityState.confirmed,
            col(Activity.kind) == ActivityKind.service, col(Attendance.minutes) > 0, *during,
        )
    )  # fmt: skip


def _marks(hard: ColumnElement[bool], planned: ColumnElement[bool]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return case((hard, 1), else_=0).label("hard"), case((hard, 0), (planned, 1), else_=0).label("pleasant")


def _difficult() -> ColumnElement[bool]:
    return func.coalesce(cast(Service.coefficient, Float), 1.0) >= HARD_FROM


def _at_night(sqlite: bool, moment: Any) -> ColumnElement[bool]:
    if not sqlite:
        moment = func.timezone("UTC", moment)  # else the hour would be that of the server's zone
    of_day = (extract("hour", moment) * 60 + extract("minute", moment) + AHEAD) % (24 * 60)
    return or_(of_day >= NIGHT[0] // MINUTE, of_day < NIGHT[1] // MINUTE)
