"""Random verbs by random people at random times, against a small model of what docs/domain.md says (told.py).

After each act the outcome, the state, the claims, the limit that runs and the number of Steps are compared.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.errors import Refused
from matching.requests import verify
from matching.requests.claims import ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.states import BackReason, Outcome
from tests.cast import Cast
from tests.requests.scene import Story
from tests.requests.test_policy import EXPECTED
from tests.requests.told import LEAVES, Model
from tests.requests.told_facts import ALWAYS, DAY, HOMES, HOUR, LIMITS

EVERYBODY = [*HOMES, *ALWAYS, "audit", "root", "stranger"]
CHOICES: dict[str, list[dict[str, Any]]] = {  # what a verb may be told; one without an entry is told nothing more
    "dispatch": [{"unit": "ZB1"}, {"unit": "ZB2"}, {"unit": "ZB1", "slots": 3}],
    "final_ruling": [{"unit": "ZB1"}, {"unit": "ZB2"}],
    "transfer": [{"unit": "ZB1"}, {"unit": "ZB2"}],
    "claim": [{}, {"kind": ClaimerKind.unit}, {"kind": ClaimerKind.group, "with": "zhao"},
              {"kind": ClaimerKind.group, "with": "sun"}],
    "assign": [{"person": login} for login in ("lin", "zhao", "sun")],
    "release": [{}, {"person": "lin"}, {"person": "sun"}],
    "hand_back": [{"why": BackReason.nobody, "purpose": "cover"}, {"why": BackReason.not_contacted, "purpose": "slot"}],
    "move_up": [{"person_id": login} for login in ("lin", "zhao", "sun")],
    "cover": [{"leaver_id": login} for login in ("lin", "zhao", "lead", "sun")],
    "extend": [{"more": more} for more in (-1, 0.5, 1, 1.1)],
    "answer_extension": [{"grant": True}, {"grant": False}],
    "park": [{"days": days} for days in (0, 3, 9)],
    "rate": [{"level": 5}, {"level": 2, "reasons": ["slow"]}, {"level": 1, "reasons": []}],
    "rate_again": [{"level": 3}, {"level": 1, "reasons": ["attitude"]}, {"level": 2, "reasons": []}],
    "rectify": [{"outcome": Outcome.at_once}, {"outcome": Outcome.misjudged}],
    "answer_misjudgement": [{"approve": True}, {"approve": False}],
}  # fmt: skip
OFTEN = {  # so that most lives get far
    "accept": 3, "dispatch": 5, "claim": 9, "assign": 3, "contact": 6, "complete": 6, "rate": 4, "reject": 0.2,
    "return_order": 7, "transfer": 2, "final_ruling": 9, "supplement": 3, "resume": 3, "answer_extension": 3,
    "withdraw": 0.1, "correct": 0.3, "archive": 0.3, "approve_wording": 0.2, "supervise": 0.3,
    "ask": 0.1, "thank": 0.05, "hand_back": 0.3, "move_up": 0.7, "nudge": 4, "offer_helper": 4, "seek_cover": 2,
    "cover": 6,
}  # fmt: skip
TIMELY = {"reopen": 8, "rate_again": 8, "return_order": 5, "extend": 5, "close": 3, "archive": 3, "urge": 5,
          "public_list": 5}  # fmt: skip
DICE = st.integers(0, 2**31)
LATER = st.sampled_from(
    [timedelta(), timedelta(), HOUR / 60, HOUR / 2, HOUR, 5 * HOUR, DAY, 3 * DAY, 8 * DAY, 31 * DAY]
)
ACTS = [(verb, told) for verb in LEAVES for told in CHOICES.get(verb, [{}])]


class Life(RuleBasedStateMachine):
    """One request of the hospital at a time, filed anew for each life."""

    stage: tuple[Cast, Database, asyncio.Runner]

    @initialize(service=st.sampled_from(sorted(LIMITS)))
    def file(self, service: str) -> None:
        cast, database, self.runner = self.stage
        self.story = Story(cast, database, Work(database))
        self.runner.run(self.story.begin(service))
        self.model = Model(service)
        self.compared = 0

    @rule(dice=DICE, later=LATER)
    def somebody_does_what_they_may(self, dice: int, later: timedelta) -> None:
        self.model.at += later
        self.one_of(dice, lambda statuses: not statuses, OFTEN)

    @rule(dice=DICE, later=LATER)
    def somebody_tries_what_would_be_right_at_another_time(self, dice: int, later: timedelta) -> None:
        self.model.at += later
        self.one_of(dice, lambda statuses: statuses and not statuses & {403, 404}, TIMELY)

    @rule(act=st.sampled_from(ACTS), who=st.sampled_from(EVERYBODY), later=LATER)
    def anybody_tries_anything(self, act: tuple[str, dict[str, Any]], who: str, later: timedelta) -> None:
        self.model.at += later
        self.act(*act, who)

    def one_of(self, dice: int, wanted: Callable[[set[int]], object], weights: dict[str, float]) -> None:
        """One of the acts whose refusals are as wanted; a life that has ended gives way to the next one."""
        if self.model.state == "archived":
            self.file("escort")
        possible: dict[str, list[tuple[dict[str, Any], str]]] = {}
        for verb, told in ACTS:
            for who in EVERYBODY:
                if wanted(self.model.refusals(verb, who, told)):
                    possible.setdefault(verb, []).append((told, who))
        if possible:
            throw = Random(f"{dice} {self.model.state} {self.model.steps}")
            (verb,) = throw.choices([*possible], [weights.get(verb, 1) for verb in possible])
            self.act(verb, *throw.choice(possible[verb]))

    def act(self, verb: str, told: dict[str, Any], who: str) -> None:
        expected = self.model.refusals(verb, who, told)
        met = self.runner.run(self.outcome(verb, told, who))
        assert (met in expected) if expected else (met is None), f"{who} {verb} {told}: {met}, expected {expected}"
        if met is None:
            self.model.done(verb, who, told)
        self.compare()

    async def outcome(self, verb: str, told: dict[str, Any], who: str) -> int | None:
        """The status of the refusal, None when it was done."""
        try:
            await self.story.do(verb, by=who, at=self.model.at, **self.words(verb, told))
        except Refused as refused:
            return refused.status
        return None

    def words(self, verb: str, told: dict[str, Any]) -> dict[str, Any]:
        """What the action is told, from what the model is told."""
        people = self.story.cast.people
        words = {key: value for key, value in told.items() if key not in {"with", "more", "days"}}
        if "with" in told:
            words["people"] = [people[told["with"]].member_no]
        if verb == "extend":
            due = self.model.due.get("in_progress") or self.model.at
            words["until"] = due + told["more"] * self.model.handle_limit
        if verb == "park":
            words["plan_on"] = (self.model.at + told["days"] * DAY).astimezone(SHANGHAI).date()
        return words

    def compare(self) -> None:
        now, model = self.runner.run(self.story.now()), self.model
        logins = {person.id: login for login, person in self.story.cast.people.items()}
        keeping = {ClaimStatus.active, ClaimStatus.done}
        held = [(logins[claim.person_id], claim.slot) for claim in now.claims if claim.status in keeping]
        slots = [slot for _login, slot in held if slot is not None]
        assert len(slots) == len(set(slots)) <= now.slots
        assert (now.state, now.unit.code, now.slots, now.last_seq) == (
            model.state,
            model.unit,
            model.slots,
            model.steps,
        )
        assert sorted(held, key=str) == sorted(model.held, key=str)
        assert now.due_at == model.runs_until
        if self.compared != model.steps:  # something happened: who may do what now?
            self.compared = model.steps
            self.compare_verbs(now)

    def compare_verbs(self, now: ServiceRequest) -> None:
        actors = {who: self.story.who(who) for who in EVERYBODY}
        for verb, leaves in LEAVES.items():
            admitted = {"accepted"} if verb == "dispatch" else set(leaves.split())  # as one act it is accepted first
            assert now.can(verb) == (self.model.state in admitted), verb
            allowed = {who for who, actor in actors.items() if may(verb, actor, now)}
            assert allowed == {who for who in EVERYBODY if self.model.roles(who) & EXPECTED[verb]}, verb

    def teardown(self) -> None:
        if hasattr(self, "story"):
            steps = self.runner.run(self.story.steps())
            assert [step.seq for step in steps] == list(range(1, self.model.steps + 1))


@pytest.mark.parametrize(
    ("database_url", "lives"), [("sqlite", 70), ("postgresql", 20)], indirect=["database_url"]
)  # fmt: skip
def test_random_lives_go_as_the_document_says(cast: Cast, lives: int):
    with asyncio.Runner() as runner:
        database = Database(cast.settings.database_url)
        stage = (cast, database, runner)
        run_state_machine_as_test(
            type("Life", (Life,), {"stage": stage}),
            settings=settings(
                max_examples=lives,
                phases=[Phase.generate],  # making a life shorter costs minutes; its last act says what is wrong
                stateful_step_count=40,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
        assert runner.run(differences(database)) == []
        runner.run(database.close())


async def differences(database: Database) -> list[str]:
    async with database.reading() as session:
        return [line async for line in verify.differences(session)]
