"""How well the guard reads labelled texts: what it must keep, a little below what was measured.

The vocabulary was written with these texts at hand; the learned weights are measured on texts they did not learn from.
Texts of other people will be read less well than these.
"""

import pytest

from benchmarks import learn_danger
from matching.privacy.guard import inspect_filing

from .conftest import SETS, labelled

HIDDEN_TOO_MUCH = 3  # spans that hide something impersonal, per set of 100 to 320 texts


def readings(name):
    return [(wish, inspect_filing(wish["need"], wish["reason"])) for wish in labelled(name)]


@pytest.mark.parametrize("name", SETS)
def test_what_is_personal_is_hidden_and_little_else(name):
    hidden, left, too_much = 0, [], []
    for wish, findings in readings(name):
        for field, found in zip(("need", "reason"), findings, strict=True):
            covered = {place for span in found.spans for place in range(span.start, span.end)}
            labels = [label for label in wish["pii"] if label["field"] == field]
            for label in labels:
                if covered.issuperset(range(label["start"], label["end"])):
                    hidden += 1
                else:
                    left.append((wish["id"], label["type"]))
            too_much += [
                wish[field][span.start : span.end]
                for span in found.spans
                if not any(span.start < label["end"] and label["start"] < span.end for label in labels)
            ]
    assert [kind for _, kind in left if kind != "full_name"] == []
    assert len(left) <= 1
    assert len(too_much) <= HIDDEN_TOO_MUCH, too_much
    assert hidden > 10 or name == "ordinary"


def test_offsets_in_the_sample_are_exact():
    wrong = [
        (wish["id"], label["text"])
        for wish, findings in readings("sample")
        for label in wish["pii"]
        if (label["start"], label["end"], label["type"])
        not in {(s.start, s.end, s.type) for s in findings[label["field"] == "reason"].spans}
    ]
    assert wrong == []


@pytest.mark.parametrize("name", SETS)
def test_emergencies_are_told_and_figures_of_speech_are_not(name):
    read = [(wish["emergency"], findings[0].emergency, wish["need"]) for wish, findings in readings(name)]
    assert [need for danger, told, need in read if danger and not told] == []
    assert len([need for danger, told, need in read if told and not danger]) <= 1


@pytest.mark.parametrize("name", SETS)
def test_refused_asks_are_found_and_ordinary_ones_pass(name):
    read = [(wish["banned"], findings[0].banned, wish["need"]) for wish, findings in readings(name)]
    missed = [need for asked, found, need in read if asked and found != asked]
    assert len(missed) <= 2, missed
    assert [need for asked, found, need in read if found and not asked] == []


@pytest.mark.parametrize(
    ("name", "recall", "alarms"),
    [("sample", 0.99, 0.03), ("fourth", 0.75, 0.06)],
)
def test_weights_that_never_saw_a_set_still_read_it(name, recall, alarms):
    measured_recall, measured_alarms = learn_danger.figures(name)
    assert measured_recall >= recall
    assert measured_alarms <= alarms


def test_the_stored_weights_are_those_that_the_texts_teach():
    weights = learn_danger.learn(
        [t for name in learn_danger.SETS for t in learn_danger.read(name)] + learn_danger.teaching()
    )
    stored = learn_danger.LEARNED.read_text("utf-8")
    assert stored.startswith(f'{{"bias": {round(weights[""] * 1000)},')
