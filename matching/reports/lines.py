"""What one request adds to the figures, as statements over the rooms below: the one place that says what counts.

Three kinds of lines (reports/counted.py): the request itself on its day of filing, its result on the day of that, and
each return of an order. Rules: docs/figures.md. The same text serves PostgreSQL and SQLite.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
)
from sqlmodel import col

from matching.people.actor import Kind
from matching.ratings.model import Rating
from matching.reports.counted import COUNTERS
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.insert import REQUESTS, STEPS
from matching.requests.states import BadReason, Result, State

R, S = REQUESTS.c, STEPS.c
PLACED = ("request_id", "line", "root_id", "day", "hour", "unit_id", "service_id", "spot_id", "partner_id")
COLUMNS = (*PLACED, *COUNTERS)
FILED, DONE = 0, 1  # the numbers of lines; a return has that of its Step, 2 or more
TOLD = ("accept", "reject", "withdraw", "return_order", "urge", "rate", "rate_again", "answer_misjudgement")
DESK = (State.submitted, State.accepted)
UNITS = (State.dispatched, State.in_progress)
NONE = literal_column("0", Integer)

Conditions = Sequence[ColumnElement[bool]]


def lines(sqlite: bool, filed: Conditions, done: Conditions) -> tuple[Select[Any], ...]:
    """The lines of requests that meet `filed`, and of results that meet `done` (conditions on REQUESTS)."""
    return of_filing(sqlite, filed), of_return(sqlite, filed), of_result(sqlite, done)


def of_filing(sqlite: bool, wanted: Conditions) -> Select[Any]:
    """One line a request."""
    told, rating = _told(wanted), Rating.__table__.c  # type: ignore[attr-defined]
    reasons = func.coalesce(cast(rating.reasons, Text), "")
    done = R.completed_at.is_not(None)
    late = done & (R.completed_at > R.handle_due_at)
    promised = done & R.promised_done_at.is_not(None)
    rated = rating.level.is_not(None)
    valid = rated & (func.coalesce(told.c.misjudged_seq, 0) < func.coalesce(told.c.rated_seq, 1))
    came = ~reasons.contains(f'"{BadReason.nobody_came}"')
    better = came & ~reasons.contains(f'"{BadReason.not_solved}"')
    bad = func.coalesce(told.c.bad, 0) > func.coalesce(told.c.misjudged, 0)
    ended = R.state.in_((State.closed, State.archived))
    counted = {
        "filed": literal_column("1", Integer),
        "accepted": _is(told.c.accepted > 0),
        "rejected": _is(told.c.rejected > 0),
        "withdrawn": _is(told.c.withdrawn > 0),
        "dispatched": _is(R.dispatched_at.is_not(None)),
        "claimed": _is(R.taken_at.is_not(None)),
        "contacted": _is(R.contacted_at.is_not(None)),
        "completed": _is(done),
        "solved": _is(done & (R.result == Result.solved)),
        "in_time": _is(done & ~late),
        "late": _is(late | (told.c.late > 0)),
        "late_desk": _is(told.c.late_desk > 0),
        "told": _is(promised),
        "kept": _is(promised & (R.completed_at <= R.promised_done_at)),
        "rated": _is(rated),
        "unrated": _is(done & ~rated & ended),
        "valid": _is(valid),
        "valid_contacted": _is(valid & R.contacted_at.is_not(None) & came),
        "valid_solved": _is(valid & (R.result == Result.solved) & better),
        **{f"level{level}": _is(valid & (rating.level == level)) for level in (5, 4, 3, 2, 1)},
        "bad": _is(bad),
        "rectified": _is(bad & (R.state != State.rectifying)),
        "urges": R.urges,
        "supervised": _is(R.supervisions > 0),
    }
    newest = and_(rating.request_id == R.id, rating.turn == case((R.rated_again, 2), else_=1))
    source = REQUESTS.outerjoin(told, told.c.request_id == R.id).outerjoin(Rating, newest)
    return (
        _line(literal_column("0", Integer), sqlite, R.filed_at, R.unit_id, counted).select_from(source).where(*wanted)
    )


def of_result(sqlite: bool, wanted: Conditions) -> Select[Any]:
    """One line for a request that has a result: who served, and how many minutes."""
    served = (
        select(
            col(Claim.request_id).label("request_id"),
            func.count().label("helpers"),
            func.sum(func.coalesce(Claim.minutes, 0)).label("minutes"),
        )
        .join(REQUESTS, R.id == Claim.request_id)
        .where(col(Claim.status) == ClaimStatus.done, R.completed_at.is_not(None), *wanted)
        .group_by(col(Claim.request_id))
        .subquery()
    )
    counted = {
        "done": literal_column("1", Integer),
        "helpers": func.coalesce(served.c.helpers, 0),
        "minutes": func.coalesce(served.c.minutes, 0),
    }
    source = REQUESTS.outerjoin(served, served.c.request_id == R.id)
    line = _line(literal_column("1", Integer), sqlite, R.completed_at, R.unit_id, counted)
    return line.select_from(source).where(R.completed_at.is_not(None), *wanted)


def of_return(sqlite: bool, wanted: Conditions) -> Select[Any]:
    """One line a return, for the unit that gave the order back."""
    unit = func.coalesce(S.detail["before"].as_integer(), R.unit_id)
    line = _line(S.seq, sqlite, R.filed_at, unit, {"returns": literal_column("1", Integer)})
    return line.select_from(STEPS.join(REQUESTS, R.id == S.request_id)).where(S.verb == "return_order", *wanted)


def _told(wanted: Conditions) -> Subquery:
    """What only the Steps tell of each request."""
    by_job = and_(S.verb == "urge", S.by_kind == Kind.system)
    rating = S.verb.in_(("rate", "rate_again"))
    misjudged = and_(S.verb == "answer_misjudgement", S.detail["approved"].as_boolean())
    return (
        select(
            S.request_id,
            _sum(S.verb == "accept").label("accepted"),
            _sum(S.verb == "reject").label("rejected"),
            _sum(S.verb == "withdraw").label("withdrawn"),
            _sum(by_job & S.from_state.in_(UNITS)).label("late"),
            _sum(by_job & S.from_state.in_(DESK)).label("late_desk"),
            _sum(rating & (S.to_state == State.rectifying)).label("bad"),
            _sum(misjudged).label("misjudged"),
            func.max(case((misjudged, S.seq))).label("misjudged_seq"),
            func.max(case((rating, S.seq))).label("rated_seq"),
        )
        .join(REQUESTS, R.id == S.request_id)
        .where(S.verb.in_(TOLD), *wanted)
        .group_by(S.request_id)
        .subquery()
    )


def day_of(moment: Any, sqlite: bool) -> ColumnElement[Any]:
    """The Shanghai date of a moment; Shanghai has been 8 hours before UTC since 1992."""
    if sqlite:
        return func.date(moment, "+8 hours", type_=Date)
    return cast(_in_shanghai(moment), Date)


def _hour_of(moment: ColumnElement[Any], sqlite: bool) -> ColumnElement[int]:
    if sqlite:
        return cast(func.strftime("%H", moment, "+8 hours"), Integer)
    return cast(extract("hour", _in_shanghai(moment)), Integer)


def _in_shanghai(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.timezone("UTC", moment) + literal_column("interval '8 hours'")


def _line(
    number: ColumnElement[Any], sqlite: bool, moment: ColumnElement[Any], unit: ColumnElement[Any],
    counted: dict[str, ColumnElement[Any]],
) -> Select[Any]:  # fmt: skip
    placed = (
        R.id, number, R.root_id, day_of(moment, sqlite), _hour_of(moment, sqlite), unit, R.service_id, R.spot_id,
        R.partner_id,
    )  # fmt: skip
    values = (*placed, *(counted.get(name, NONE) for name in COUNTERS))
    return select(*(value.label(name) for name, value in zip(COLUMNS, values, strict=True)))


def _is(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
