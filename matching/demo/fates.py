"""What may become of a wish, and which fate meets which wish: the board needs every state, most stories end well."""

from collections.abc import Callable
from datetime import timedelta

from matching.clock import CHINA, SHANGHAI
from matching.demo.acts import Life
from matching.ratings import actions as ratings
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.claims import ClaimerKind
from matching.requests.states import BadReason, Outcome, RejectReason, Result, ReturnReason
from matching.services.model import Tier
from matching.units.model import Unit

Fate = Callable[[Life], None]


def submitted(life: Life) -> None:
    """Nobody has looked yet."""


def asked(life: Life) -> None:
    life.add(desk_actions.ask_info, life.dispatcher, "dispatch", office=True, note=life.note("ask_info"))


def supplemented(life: Life) -> None:
    asked(life)
    life.add(
        requester_actions.supplement, life.requester, life.dice.randint(6, 90), note=life.note("supplement"),
        sealer=life.tools.sealer,
    )  # fmt: skip


def accepted(life: Life) -> None:
    life.add(desk_actions.accept, life.dispatcher, "dispatch", office=True)


def dispatched(life: Life, unit: Unit | None = None) -> None:
    accepted(life)
    tier = Tier.T1 if life.request.emergency else None
    life.add(desk_actions.dispatch, life.dispatcher, 1, unit=(unit or life.unit).code, tier=tier)


def signed(life: Life) -> None:
    dispatched(life)
    life.add(branch_actions.sign_for, life.lead, 4, office=True)


def returned(life: Life) -> None:
    """The wrong branch gave it back; it waits for the dispatcher again."""
    wrong = life.cast.another_branch(life.unit, life.service, life.dice)
    dispatched(life, wrong)
    reason = life.dice.choice([ReturnReason.wrong_place, ReturnReason.wrong_duty, ReturnReason.beyond_ability])
    life.add(branch_actions.return_order, life.lead, 12, reason=reason, note=life.note("return_order"))


def transferred(life: Life) -> None:
    wrong = life.cast.another_branch(life.unit, life.service, life.dice)
    dispatched(life, wrong)
    life.add(desk_actions.transfer, life.dispatcher, 9, unit=life.unit.code, note=life.note("transfer"))


def declined(life: Life) -> None:
    signed(life)
    life.add(branch_actions.assign, life.lead, 6, person=_no(life, 0))
    life.add(branch_actions.decline, life.team[0], 5, note=life.note("decline"))


def half_taken(life: Life) -> None:
    """Somebody took it, and more are needed, where it needs more."""
    signed(life)
    if life.request.slots > 1:
        life.add(branch_actions.claim, life.team[0], "claim", office=True)


def claimed(life: Life) -> None:
    """By a member, a group, the branch itself, or given by its lead."""
    (signed if life.dice.random() < 0.7 else dispatched)(life)
    _taken(life)


def _taken(life: Life) -> None:
    way = life.dice.random()
    if life.request.slots > 2:
        others = [life.cast.people[one.id or 0].member_no for one in life.team[1:]]
        life.add(branch_actions.claim, life.team[0], "claim", office=True, kind=ClaimerKind.group, people=others)
    elif way < 0.1:
        life.add(branch_actions.claim, life.lead, "claim", office=True, kind=ClaimerKind.unit)
        life.team = [life.cast.leads[life.unit.id or 0]]
    elif way < 0.25 and life.request.slots == 1:
        life.add(branch_actions.assign, life.lead, "claim", office=True, person=_no(life, 0))
    else:
        for one in life.team:
            life.add(branch_actions.claim, one, "claim", office=True)


def contacted(life: Life) -> None:
    claimed(life)
    _reached(life)


def _reached(life: Life) -> None:
    life.add(branch_actions.contact, life.team[0], "contact", office=True, note=life.note("contact"))


def released(life: Life) -> None:
    contacted(life)
    if len(life.team) == 1 and life.team[0].id != life.cast.leads[life.unit.id or 0].id:
        life.add(branch_actions.release, life.team[0], 10, note=life.note("release"))


def taken_again(life: Life) -> None:
    """Released by one, taken and done by another."""
    signed(life)
    life.add(branch_actions.claim, life.team[0], "claim", office=True)
    if life.request.slots == 1:
        life.add(branch_actions.release, life.team[0], 10, note=life.note("release"))
        life.team = life.new_team()
        life.add(branch_actions.claim, life.team[0], "claim", office=True)
    for one in life.team[1:]:
        life.add(branch_actions.claim, one, 5)
    _reached(life)
    _done(life)


def urged(life: Life) -> None:
    (claimed if life.dice.random() < 0.5 else signed)(life)
    life.add(requester_actions.urge, life.requester, 45, note=life.note("urge"))


def extending(life: Life) -> None:
    contacted(life)
    life.add(branch_actions.extend, life.team[0], 8, until=lambda _at: _half_longer(life), note=life.note("extend"))


def extended(life: Life) -> None:
    extending(life)
    life.add(desk_actions.answer_extension, life.dispatcher, 6, grant=True, note=life.note("grant"))


def not_extended(life: Life) -> None:
    extending(life)
    life.add(desk_actions.answer_extension, life.dispatcher, 6, grant=False, note=life.note("refuse"))


def parked(life: Life) -> None:
    contacted(life)
    plan_on = (life.now + timedelta(days=life.dice.randint(2, 9))).astimezone(SHANGHAI).date()
    life.add(branch_actions.park, life.lead, 15, plan_on=plan_on, note=life.note("park"))


def resumed(life: Life) -> None:
    contacted(life)
    life.add(branch_actions.park, life.lead, 15, note=life.note("park"),
             plan_on=lambda at: at.astimezone(SHANGHAI).date() + timedelta(days=2))  # fmt: skip
    life.add(branch_actions.resume, life.lead, 1500)
    _done(life)


def supervised(life: Life) -> None:
    """Too late; the committee asks, the unit answers."""
    contacted(life)
    life.add(desk_actions.supervise, life.boss, 300, note=life.note("supervise"))
    if life.dice.random() < 0.6:
        life.add(branch_actions.reply, life.lead, 60, note=life.note("reply"))


def ruled(life: Life) -> None:
    """Two branches gave it back: the committee office says whose it is."""
    returned(life)
    other = life.cast.another_branch(life.unit, life.service, life.dice)
    life.add(desk_actions.dispatch, life.dispatcher, 8, unit=other.code)
    reason = ReturnReason.other
    life.add(branch_actions.return_order, life.lead, 12, reason=reason, note=life.note("return_order"))
    life.add(desk_actions.final_ruling, life.boss, 20, unit=life.unit.code)
    _taken(life)
    _reached(life)
    _done(life)


def returned_and_done(life: Life) -> None:
    """The wrong branch gave it back once, the right one did it."""
    returned(life)
    life.add(desk_actions.dispatch, life.dispatcher, 8, unit=life.unit.code)
    _taken(life)
    _reached(life)
    _done(life)


def extended_and_done(life: Life) -> None:
    extended(life)
    _done(life)


def supervised_and_done(life: Life) -> None:
    """The committee had to ask."""
    contacted(life)
    life.add(desk_actions.supervise, life.boss, 300, note=life.note("supervise"))
    life.add(branch_actions.reply, life.lead, 60, note=life.note("reply"))
    _done(life)


def completed(life: Life) -> None:
    contacted(life)
    _done(life)


def _done(life: Life) -> None:
    solved = life.dice.random() < 0.9 or life.request.emergency
    minutes = life.dice.choice([10, 15, 15, 20, 20, 25, 30, 30, 40, 45, 60, 90] if life.tier != "T4" else [90, 120])
    life.add(
        branch_actions.complete, life.team[0], "complete", office=True,
        result=Result.solved if solved else Result.partly, note=life.note("complete" if solved else "partly"),
        minutes=minutes,
    )  # fmt: skip
    if life.request.show_publicly and (words := life.notes["wall"].get(life.service.code)):
        life.add(desk_actions.approve_wording, life.dispatcher, 25, wording=life.dice.choice(words))


def then_rated(way: Fate) -> Fate:
    """A way that ends with a result, and what the requester thinks of it."""

    def fate(life: Life) -> None:
        way(life)
        _rated(life)

    return fate


def rated(life: Life) -> None:
    completed(life)
    _rated(life)


def _rated(life: Life) -> None:
    level = life.dice.choices([5, 4, 3], [70, 22, 8])[0]
    note = life.note("fair" if level == 3 else "good")
    life.add(ratings.rate, life.requester, life.dice.randint(15, 1800), level=level, note=note)


def rated_again(life: Life) -> None:
    rated(life)
    life.add(ratings.rate_again, life.requester, 1600, level=5, note=life.note("good"))


def badly_rated(life: Life) -> None:
    completed(life)
    reasons = life.dice.sample([BadReason.slow, BadReason.not_as_said, BadReason.attitude], 1)
    level = life.dice.choice([1, 2, 2])
    life.add(ratings.rate, life.requester, life.dice.randint(20, 400), level=level, reasons=reasons,
             note=life.note("bad"))  # fmt: skip


def rectified(life: Life) -> None:
    badly_rated(life)
    outcome = life.dice.choice([Outcome.at_once, Outcome.by_date, Outcome.explained])
    note = life.note("explained" if outcome is Outcome.explained else "rectify")
    life.add(ratings.rectify, life.lead, life.dice.randint(200, 3000), office=True, outcome=outcome, note=note)


def misjudged(life: Life) -> None:
    """The unit says the level was pressed by mistake, and waits for a second approver."""
    badly_rated(life)
    life.add(ratings.rectify, life.lead, 90, office=True, outcome=Outcome.misjudged, note=life.note("misjudged"))


def misjudgement_approved(life: Life) -> None:
    misjudged(life)
    life.add(ratings.answer_misjudgement, life.boss, 300, office=True, approve=True, note="已电话核实，同意。")


def reopened(life: Life) -> None:
    completed(life)
    life.add(requester_actions.reopen, life.requester, 90, note=life.note("reopen"))


def reopened_and_done(life: Life) -> None:
    reopened(life)
    _done(life)
    life.add(ratings.rate, life.requester, 200, level=4, note=life.note("good"))


def withdrawn(life: Life) -> None:
    (life.dice.choice([accepted, dispatched, claimed]))(life)
    life.add(requester_actions.withdraw, life.requester, 6, note=life.note("withdraw"))


def rejected(reason: RejectReason) -> Fate:
    def fate(life: Life) -> None:
        note = life.notes[f"reject_{reason}"]
        life.add(desk_actions.reject, life.dispatcher, "dispatch", office=True, reason=reason, note=note)

    return fate


def unrated(life: Life) -> None:
    completed(life)
    life.end_unrated()


def _no(life: Life, place: int) -> str:
    return life.cast.people[life.team[place].id or 0].member_no


def _half_longer(life: Life) -> object:
    due_at, limit = life.request.handle_due_at, life.request.limits.handle
    assert due_at is not None  # it was dispatched
    return due_at + (CHINA.due(due_at, limit) - due_at) / 2
