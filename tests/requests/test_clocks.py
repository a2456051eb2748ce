"""The clocks worked out from a request's Steps are what its verbs wrote, by any calendar, however its life went."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.clock import CHINA, SHANGHAI, Calendar
from matching.errors import Refused
from matching.privacy.sealed import Sealer
from matching.requests.clocks import replayed
from matching.requests.filing import Wish, prepare
from matching.requests.model import ServiceRequest
from matching.requests.states import BackReason, Outcome, Result, ReturnReason
from matching.requests.steps import Step
from matching.services.model import Service, Tier
from tests.cast import AT, Cast
from tests.requests.scene import NEED, NOTE, filed_without_database, take, without_database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOSPITAL = without_database()
bound = datetime.fromisoformat  # hypothesis takes its bounds without a zone
FILED = st.one_of(  # up to the last days before a year without published ones
    st.just(AT), st.datetimes(bound("2025-09-20"), bound("2026-12-30"), timezones=st.just(SHANGHAI))
)
AMENDED = st.dictionaries(st.dates(date(2025, 9, 1), date(2027, 6, 30)), st.booleans(), max_size=60)
PAUSES = st.sampled_from([timedelta(), timedelta(seconds=1), HOUR / 2, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 31 * DAY])
ACTS = {  # what happens: the verb whose state admits it
    "dispatch more urgently": "dispatch", "grant": "answer_extension", "refuse": "answer_extension",
    "rate badly": "rate", "rate_again badly": "rate_again", "urge late": "urge",
    "hand back": "hand_back",
} | {verb: verb for verb in ("ask_info", "supplement", "accept", "dispatch", "final_ruling", "return_order", "transfer",
                             "claim", "assign", "release", "contact", "extend", "park", "resume", "complete", "rate",
                             "rectify", "reopen", "urge", "public_list", "supervise", "reply", "close", "withdraw",
                             "archive", "move_up", "seek_cover", "cover", "nudge", "offer_helper", "help")}  # fmt: skip
LIVES = st.lists(st.tuples(st.integers(0, 999), PAUSES), min_size=5, max_size=40)
SERVICES = st.sampled_from(["wheelchair", "escort", "books", "first_aid"])


def filed(service: str, at: datetime, calendar: Calendar, cast: Cast) -> tuple[ServiceRequest, Step]:
    """As the doors file it, with its first Step."""
    wanted = cast.services[service]
    wish = Wish(wanted, NEED, "key", None, cast.units["ZB1"].id, calendar=calendar)
    rows = prepare(wish, sealer=Sealer({"k": b"k" * 32}), pepper=b"p" * 32, by=cast["patient"], at=at)
    request = filed_without_database(cast, service)
    request.filed_at = request.state_since = at
    request.dispatch_due_at = request.due_at = datetime.fromisoformat(rows.request["due_at"])
    request.calendar = calendar
    return request, Step(**{**rows.step, "at": at, "seq": 1, "next_try_at": at})


def act(request: ServiceRequest, verb: str, at: datetime, cast: Cast) -> Step:
    by, unit = cast.actors, cast.units
    acts: dict[str, Any] = {
        "ask_info": lambda: request.ask_info("哪一层？", by["di"], at),
        "supplement": lambda: request.supplement("三层", by["patient"], at),
        "accept": lambda: request.accept(by["di"], at),
        "dispatch": lambda: request.dispatch(unit["ZB1"], Tier(request.tier), 1, by["di"], at),
        "dispatch more urgently": lambda: request.dispatch(unit["ZB1"], Tier.T2, 1, by["di"], at),
        "final_ruling": lambda: request.final_ruling(unit["ZB2"], Tier.T3, 1, by["wei"], at),
        "return_order": lambda: request.return_order(ReturnReason.wrong_duty, "", unit["ZB1"], by["lead"], at),
        "transfer": lambda: request.transfer(unit["ZB2"], "", by["di"], at),
        "claim": lambda: take(request, cast, "lin", at=at),
        "assign": lambda: request.assign(cast.people["zhao"], by["lead"], at),
        "release": lambda: request.release(request.active_claims[0].person_id if request.active_claims else 0, "",
                                           by["lead"], at),
        "contact": lambda: request.contact("", by["lin"], at),
        "extend": lambda: request.extend((request.handle_due_at or at) + HOUR, "", by["lin"], at),
        "grant": lambda: request.answer_extension(True, "", by["di"], at),
        "refuse": lambda: request.answer_extension(False, "", by["di"], at),
        "park": lambda: request.park((at + 9 * DAY).astimezone(SHANGHAI).date(), "", by["lead"], at),
        "resume": lambda: request.resume(by["lead"], at),
        "complete": lambda: request.complete(Result.solved, NOTE, 40, by["lin"], at),
        "rate": lambda: request.rate(5, [], "", by["patient"], at),
        "rate badly": lambda: request.rate(1, ["slow"], "", by["patient"], at),
        "rate_again badly": lambda: request.rate_again(1, ["slow"], "", by["patient"], at),
        "rectify": lambda: request.rectify(Outcome.at_once, "", by["lead"], at),
        "close": lambda: request.close(by["system"], at),
        "reopen": lambda: request.reopen("", by["patient"], at),
        "urge": lambda: request.urge("", by["patient"], at),
        "urge late": lambda: request.urge("", by["system"], at),
        "public_list": lambda: request.public_list(by["system"], at),
        "supervise": lambda: request.supervise("", by["wei"], at),
        "reply": lambda: request.reply("", by["lead"], at),
        "withdraw": lambda: request.withdraw("", by["patient"], at),
        "archive": lambda: request.archive(by["system"], at),
        "hand back": lambda: request.hand_back(BackReason.not_contacted, "slot", by["system"], at),
        "move_up": lambda: request.move_up(cast.people["zhao"], by["system"], at),
        "seek_cover": lambda: request.seek_cover("", by["lin"], at),
        "cover": lambda: request.cover(by["lin"].id, by["lead"], at),
        "nudge": lambda: request.nudge(by["system"], at),
        "offer_helper": lambda: request.offer_helper([9], by["system"], at),
        "help": lambda: request.help(by["lead"], at),
    }  # fmt: skip
    step: Step = acts[verb]()
    return step


def lived(
    service: str, at: datetime, life: list[tuple[int | str, timedelta]], calendar: Calendar
) -> tuple[ServiceRequest, list[Step], list[tuple[str, timedelta]]]:
    """A life by this calendar, its Steps, and what happened. A number chooses among what the state admits."""
    request, first = filed(service, at, calendar, HOSPITAL)
    steps, happened, waited = [first], [], timedelta()
    for choice, pause in life:
        at, waited = at + pause, waited + pause
        possible = [name for name, verb in ACTS.items() if request.can(verb)]
        name = possible[choice % len(possible)] if isinstance(choice, int) and possible else str(choice)
        if name not in ACTS:
            break
        try:
            steps.append(act(request, name, at, HOSPITAL))
        except Refused:
            continue
        happened.append((name, waited))
        waited = timedelta()
    return request, steps, happened


law = settings(max_examples=400)


@law
@given(SERVICES, FILED, LIVES, AMENDED)
def test_the_steps_make_of_the_clocks_what_the_verbs_wrote(service, at, life, amended):
    calendar = Calendar(amended)
    request, steps, _happened = lived(service, at, life, calendar)
    assert replayed(steps, HOSPITAL.services[service], calendar).differing(request) == []


@law
@given(SERVICES, FILED, LIVES, AMENDED, AMENDED)
def test_a_calendar_amended_afterwards_makes_of_them_what_it_would_have_made_at_once(service, at, life, before, after):
    _request, steps, happened = lived(service, at, life, Calendar(before))
    other, _steps, again = lived(service, at, happened, Calendar(after))
    if again == happened:  # all of it would have been admitted by the other calendar as well
        told = replayed(steps, HOSPITAL.services[service], Calendar(after))
        until = {"extension_until"} if any(step.verb == "extend" for step in steps) else set()
        granted = {"handle_due_at", "due_at", "late_urged", "listed_at"} if until else set()
        assert set(told.differing(other)) <= until | granted  # a moment that was agreed upon stays that moment


@law
@given(SERVICES, FILED, LIVES)
def test_the_limits_of_the_catalogue_may_change_afterwards(service, at, life):
    request, steps, _happened = lived(service, at, life, CHINA)
    later = Service(**HOSPITAL.services[service].model_dump() | {"dispatch_limit": "9h", "claim_limit": "9d",
                                                                 "handle_limit": "3wd", "tier": Tier.T2})  # fmt: skip
    assert replayed(steps, later, CHINA).differing(request) == []


def test_steps_from_before_limits_were_kept_go_by_the_service_as_it_is():
    request, steps, _happened = lived("books", AT, [("accept", HOUR), ("dispatch", HOUR), ("claim", HOUR)], CHINA)
    for step in steps:
        step.detail.pop("limits", None)
    assert replayed(steps, HOSPITAL.services["books"], CHINA).differing(request) == []


HALF = HOUR / 2
QUESTION = [("ask_info", HALF), ("supplement", 3 * DAY)]  # half of the hour to dispatch was left
PARKED = [("accept", HALF), ("dispatch", HALF), ("claim", HALF), ("park", HALF), ("resume", 9 * DAY)]  # one hour of two


@pytest.mark.parametrize(("life", "left"), [(QUESTION, HALF), (PARKED, HOUR)])
def test_waiting_takes_nothing_from_what_was_left(life, left):
    request, steps, _happened = lived("wheelchair", AT, life, CHINA)
    assert request.due_at == steps[-1].at + left
    assert replayed(steps, HOSPITAL.services["wheelchair"], CHINA).due_at == steps[-1].at + left


TAKEN: list[tuple[int | str, timedelta]] = [("accept", HALF), ("dispatch", HALF), ("claim", HALF)]


@pytest.mark.parametrize(
    ("life", "field"),
    [
        ([*TAKEN, ("extend", HALF), ("park", HALF), ("resume", 9 * DAY)], "extension_until"),
        ([*TAKEN, ("extend", HALF), ("park", HALF), ("resume", 9 * DAY), ("grant", HALF)], "due_at"),
        ([*TAKEN, ("extend", HALF), ("urge late", DAY), ("public_list", 9 * DAY), ("grant", DAY)], "dispatched_at"),
        ([*TAKEN, ("urge late", DAY), ("public_list", 9 * DAY)], "listed_at"),
        ([*TAKEN, ("nudge", HOUR), ("offer_helper", HALF)], "helper_offered_at"),
        ([*TAKEN, ("nudge", HOUR), ("seek_cover", HALF), ("cover", HALF), ("nudge", HOUR)], "nudged_at"),
        ([*TAKEN, ("nudge", HOUR), ("hand back", HALF), ("move_up", HALF)], "due_at"),
        ([("accept", HALF), ("dispatch more urgently", HALF), ("return_order", HALF)], "due_at"),
    ],
)
def test_the_turns_that_a_life_may_take_are_replayed(life, field):
    request, steps, happened = lived("wheelchair", AT, life, CHINA)
    assert happened == life
    assert getattr(request, field) is not None
    assert replayed(steps, HOSPITAL.services["wheelchair"], CHINA).differing(request) == []


def test_who_was_listed_before_it_was_time_by_the_new_calendar_is_not_listed():
    request, steps, _happened = lived("wheelchair", AT, [*TAKEN, ("urge late", DAY), ("public_list", 7 * DAY)], CHINA)
    assert request.listed_at is not None
    days_off = Calendar({date(2026, 3, 2) + n * DAY: False for n in range(4)})
    assert replayed(steps, HOSPITAL.services["wheelchair"], days_off).listed_at is None
    assert replayed(steps, HOSPITAL.services["wheelchair"], days_off).late_urged  # its two hours are natural ones
