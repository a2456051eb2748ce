"""One run: what happens to every request, and that nothing depends on anything but the seed."""

import numpy as np
import pytest

from matching.engine.model import Dials
from matching.simulation import past, policies
from matching.simulation.comparing import Trial, compare, run, trials
from matching.simulation.figures import estimate
from matching.simulation.hospital import Hospital
from matching.simulation.jobs import End
from matching.simulation.policies import POLICIES, Chosen
from matching.simulation.world import World


def test_the_same_seed_gives_the_same_figures_and_another_seed_gives_others(small: World) -> None:
    first, again, other = (run(Trial(small, "ours", seed, 4)) for seed in (1, 1, 2))
    assert first == again
    assert first.figures != other.figures


@pytest.mark.parametrize("policy", POLICIES)
def test_every_request_comes_to_an_end_and_everything_is_counted_once(small: World, policy: str) -> None:
    hospital = Hospital(small, POLICIES[policy], 1, 5, Dials())
    done = hospital.run()
    assert done.jobs
    for job in hospital.jobs:
        assert isinstance(job.end, End), job.wanted
        assert not job.open
        assert job.served <= job.wanted.slots
        assert (job.end is End.filled) == (job.served == job.wanted.slots)
        assert all(at >= job.wanted.at for at in job.claims)
    assert sum(job.asks for job in done.jobs) == done.asks.sum()
    assert done.hours.sum() == pytest.approx(sum(job.served * job.wanted.minutes / 60 for job in done.jobs))
    assert not any(known.waiting or known.commitments for known in hospital.desk.known)
    for known in hospital.desk.known:
        assert sum(tally.asked for tally in known.categories.values()) == known.tally.asked
        assert sum(tally.accepted for tally in known.categories.values()) == known.tally.accepted <= known.tally.asked


def test_whoever_has_left_is_not_asked_again(small: World) -> None:
    impatient = small.with_(leave_hazard=1.0, leave_tolerance=1.5)
    hospital = Hospital(impatient, POLICIES["broadcast"], 1, 5, Dials())
    gone: set[int] = set()
    ask, leave = hospital._ask, hospital._leave

    def asked(job, chosen, true):  # type: ignore[no-untyped-def]
        assert chosen.who not in gone
        ask(job, chosen, true)

    def left(who: int) -> None:
        gone.add(who)
        leave(who)

    hospital._ask, hospital._leave = asked, left  # type: ignore[method-assign]
    done = hospital.run()
    assert 0 < done.lost <= len(gone)


def test_all_policies_meet_the_same_requests_and_the_same_people_in_the_same_mood(small: World) -> None:
    one, other = (Hospital(small, POLICIES[policy], 3, 4, Dials()) for policy in ("random", "oracle"))
    assert [job.wanted for job in one.jobs] == [job.wanted for job in other.jobs]
    for job in one.jobs[:5]:
        assert np.array_equal(one.truth.dice(job.wanted).accepts, other.truth.dice(job.wanted).accepts)
    assert one.crew.skills == other.crew.skills


@pytest.mark.parametrize("policy", ["ours", "top 5"])
def test_showing_the_engine_only_its_likely_first_changes_nothing(
    small: World, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishful = small.with_(requests_wish_gender=0.5, requests_wish_dialect=0.5, size_members=140)
    few = run(Trial(wishful, policy, 1, 8))
    monkeypatch.setattr(policies, "SPARE", 10**6)
    assert run(Trial(wishful, policy, 1, 8)) == few


def test_a_year_lies_behind_the_first_day_and_it_is_the_same_for_every_policy(small: World) -> None:
    patient = small.with_(size_asks_before=30)
    one, other = (Hospital(patient, POLICIES[policy], 7, 4, Dials()) for policy in ("ours", "oracle"))
    past._PASTS.clear()
    again = Hospital(patient, POLICIES["ours"], 7, 4, Dials())
    asked = [known.tally.asked for known in one.desk.known]
    assert sum(asked) / len(asked) == pytest.approx(30, rel=0.2)
    assert one.desk.known == other.desk.known == again.desk.known
    assert one.desk.weights == other.desk.weights == again.desk.weights
    assert np.array_equal(one.truth.worn(0), again.truth.worn(0))


def test_who_is_asked_just_before_others_fill_it_is_not_counted_as_asked(small: World) -> None:
    hospital = Hospital(small, POLICIES["ours"], 1, 5, Dials())
    job = next(job for job in hospital.jobs if job.wanted.slots == 1 and not job.wanted.kind.skills)
    code, spacing = job.wanted.kind.code, hospital._spacing[job.wanted.kind.tier - 1]
    before = [hospital.desk.known[who].tally.asked for who in (0, 1)]
    for who, ago in ((0, 1.5), (1, 2.5)):
        hospital.now = job.wanted.at - ago * spacing
        hospital._ask(job, Chosen(who, 0.3), 0.0)
        hospital._lapse(job, who, job.open[who])
    hospital.now, job.free = job.wanted.at, 0
    hospital._thank(job)
    assert [hospital.desk.known[who].tally.asked for who in (0, 1)] == [before[0], before[1] + 1]
    assert hospital.desk.counts.asked[:2].tolist() == [before[0], before[1] + 1]
    assert code in hospital.desk.known[1].categories


def test_the_weights_are_learnt_anew_each_week(small: World) -> None:
    hospital = Hospital(small, POLICIES["ours"], 1, 12, Dials())
    assert hospital.desk.weights.version == 52
    hospital.run()
    assert hospital.desk.weights.version == 54
    assert hospital.desk.weights.intercept != -1.6


def test_who_knows_the_chances_asks_fewer_than_chance_does_and_fills_as_much(small: World) -> None:
    results = compare(trials([small], ["random", "oracle"], seeds=3, days=6), processes=1)
    by = {policy: [one.figures for one in results if one.policy == policy] for policy in ("random", "oracle")}
    asks = {policy: estimate([one.asks for one in of]).mean for policy, of in by.items()}
    filled = {policy: estimate([one.filled for one in of]).mean for policy, of in by.items()}
    assert asks["oracle"] < 0.9 * asks["random"]
    assert filled["oracle"] > filled["random"] - 0.05
