"""match-instance/1: the same columns whatever the order and the kind of ids; what is wrong is said with its place."""

import json
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.batches import side
from matching.engine.assigning import assign, printed
from matching.engine.instance import BadInstance, Instance
from matching.engine.reading import read
from matching.engine.streaming import Stream, table

WELL = {
    "track": "flow",
    "members": [{"id": n, "cap_tasks": 1} for n in range(3)],
    "requests": [{"id": "a", "slots": 1}, {"id": "b", "slots": 2}],
    "edges": [["a", 0, 5], ["a", 1, 7], ["b", 2, 1]],
}


def columns(text: str, piece: int = 1 << 20) -> Instance:
    return read(StringIO(text), piece).instance


def triples(of: Instance) -> list[list[object]]:
    rows = zip(of.request.tolist(), of.member.tolist(), of.value.tolist(), strict=True)
    return [[of.requests[one], of.members[two], value] for one, two, value in rows]


@pytest.mark.parametrize("piece", [1, 17, 1000, 1 << 20])
@pytest.mark.parametrize("indent", [None, 1])
def test_pieces_of_any_size_give_the_pairs_that_were_written(piece, indent):
    batch = side(8, 20, 1, 5)
    assert triples(columns(json.dumps(batch, indent=indent), piece)) == batch["edges"]


def test_keys_in_another_order_and_ids_with_brackets_in_them_make_no_difference():
    batch = side(8, 20, 1, 5)
    renamed = {
        "edges": [[f"]],{one}", two, value] for one, two, value in batch["edges"]],
        "unknown": {"edges": [[1, 2]]},
        "requests": [one | {"id": f"]],{one['id']}"} for one in batch["requests"]],
        "members": batch["members"],
        "track": "side",
    }
    for piece in (13, 1 << 20):
        assert triples(columns(json.dumps(renamed), piece)) == renamed["edges"]


def test_a_number_and_the_same_number_as_text_are_two_ids():
    batch = {**WELL, "members": [{"id": 1, "cap_tasks": 1}, {"id": "1", "cap_tasks": 2}], "edges": [["a", "1", 3]]}
    found = columns(json.dumps(batch))
    assert (found.members[found.member[0]], found.cap_tasks.tolist()) == ("1", [1, 2])


def test_pairs_that_contradict_the_first_rule_are_left_out_and_named():
    batch = side(20, 30, 2, 8)
    batch["edges"] = [[one["id"], two["id"], 5] for one in batch["requests"] for two in batch["members"]]
    found = read(StringIO(json.dumps(batch)))
    fit = [
        [one["id"], two["id"], 5]
        for one in batch["requests"]
        for two in batch["members"]
        if set(one["skills"]) <= set(two["skills"])
        and any(since <= one["window"][0] and one["window"][1] <= until for since, until in two["free"])
        and (not one["strict"]["gender"] or two["gender"] == one["prefs"]["gender"])
    ]
    assert 0 < len(fit) < len(batch["edges"])
    assert triples(found.instance) == fit
    assert [batch["edges"][at] for at, _why in found.left_out] == [row for row in batch["edges"] if row not in fit]
    assert {why for _at, why in found.left_out} == {
        "a skill is missing", "the gender is strict", "no free interval covers the window",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"track": "fast"}, "track: \"flow\" or \"side\" was expected, found 'fast'"),
        ({"format": "match-instance/2"}, "format: this reads match-instance/1"),
        ({"members": {}}, "JSON: character"),
        ({"members": [3]}, "members[0]: an object"),
        ({"members": [{"id": 1.0, "cap_tasks": 1}]}, "members[0].id: an integer or a text"),
        ({"members": [{"id": 1, "cap_tasks": True}]}, "members[0].cap_tasks: an integer from 0"),
        ({"members": [{"id": 1}]}, "members[0].cap_tasks: an integer from 0 was expected, found None"),
        ({"members": [{"id": 1, "cap_tasks": 1}] * 2}, "members[1].id: 1 is already the id of members[0]"),
        ({"members": [{"id": 1, "cap_tasks": 1, "free": [[9, 8]]}]}, "members[0].free[0]: ends before it starts"),
        ({"members": [{"id": 1, "cap_tasks": 1, "skills": "x"}]}, "members[0].skills: a list"),
        ({"requests": [{"id": "a", "slots": -1}]}, "requests[0].slots: an integer from 0 was expected, found -1"),
        ({"requests": [{"id": "a", "slots": 1, "window": [1]}]}, "requests[0].window: [start, end]"),
        ({"requests": [{"id": "a", "slots": 1, "need": {"skill": "x"}}]}, "requests[0].need: "),
        ({"requests": [{"id": "a", "slots": 1, "max_per_branch": "2"}]}, "requests[0].max_per_branch: an integer"),
        ({"edges": [["a", 0, 5], ["c", 0, 1]]}, "edges[1][0]: no request has the id 'c'"),
        ({"edges": [["a", 9, 5]]}, "edges[0][1]: no member has the id 9"),
        ({"edges": [["a", 0, 5], ["a", 0, 6]]}, "edges[1]: names the same pair as edges[0]"),
        ({"edges": [["a", 0]]}, "edges[0]: [request, member, value]"),
        ({"edges": [["a", 0, 1.5]]}, "edges[0][2]: an integer was expected, found 1.5"),
        ({"edges": [["a", 0, 2**50]]}, "edges[0][2]"),
        ({"edges": 5}, "JSON: character"),
        ({"track": "side"}, 'members[0].branch: is missing (needed for "side")'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(change, says):
    with pytest.raises(BadInstance) as error:
        columns(json.dumps(WELL | change))
    assert str(error.value).startswith(says)


@pytest.mark.parametrize("edges", [[[7, 0, 5], [8, 0, 1]], [[7, 9, 5]], [[7, 0, 5], [7, 0, 6]], [[7, 0, 2**50]]])
def test_numbers_all_through_are_read_another_way_and_checked_all_the_same(edges):
    with pytest.raises(BadInstance, match=r"edges\[[01]\]"):
        columns(json.dumps(WELL | {"requests": [{"id": 7, "slots": 1}], "edges": edges}))


@pytest.mark.parametrize("missing", ["track", "members", "requests", "edges"])
def test_what_is_missing_is_named(missing):
    with pytest.raises(BadInstance, match=f"{missing}: is missing"):
        columns(json.dumps({key: value for key, value in WELL.items() if key != missing}))


@pytest.mark.parametrize(
    "text",
    [
        "", "[1]", '{"a": 1,}', '{"a" 1}', '{"a": 1} x', '{"a": NaN}', '{"a": 1.}', '{"edges": [[1,2,3],]}',
        '{"edges": [[1,2,3] [4,5,6]]}', '{"edges": [[1,2,3]', '{"edges": [[1,2,-]]}',
        '{"track": "flow", "track": "flow"}', "[" * 10**5, '{"a": ' + "[" * 10**5,
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_json_is_refused(text):
    with pytest.raises(BadInstance):
        columns(text)


rows = st.lists(st.lists(st.integers(-(2**61), 2**61), min_size=3, max_size=3), min_size=1, max_size=5)


@given(rows, st.sampled_from([(",", ":"), (", ", ": "), (" , ", ":")]))
@settings(max_examples=60, deadline=None)
def test_a_table_of_integers_reads_as_it_was_written(written, separators):
    text = json.dumps(written, separators=separators)[1:-1]
    found = table(text, 3)
    assert found is not None
    assert found.tolist() == written


@pytest.mark.parametrize(
    "text", ["[1,2]", "[1,2,3],[4,5]", "[1 2,3,4]", "[,1,2]", "[1,2,]", "[1,-,3]", "[1,2,3.5]", "[1,2,3e2]"]
)
def test_a_table_is_nothing_else(text):
    assert table(text, 3) is None


def test_a_long_value_is_read_whole():
    stream = Stream(StringIO('{"a": "' + "x" * 5000 + '", "b": 123456}'), 10)
    assert [len(str(stream.value())) for _key in stream.fields()] == [5000, 6]


@pytest.mark.parametrize("piece", range(1, 12))
def test_a_number_that_a_piece_ends_in_is_read_whole(piece):
    stream = Stream(StringIO('{"a": -12.5e+3, "b": [1, 20]}'), piece)
    assert [stream.value() for _key in stream.fields()] == [-12500.0, [1, 20]]


def test_the_answer_gives_back_the_ids_that_came_in_and_a_reason_for_every_open_slot():
    batch = {
        "track": "flow",
        "members": [{"id": "m", "cap_tasks": 1}, {"id": 2, "cap_tasks": 0}, {"id": 3, "cap_tasks": 9}],
        "requests": [
            {"id": id_, "slots": slots}
            for slots, ids in ((0, [9]), (1, ["best", "lost", "worthless", "full"]), (2, ["nobody", "two"]))
            for id_ in ids
        ],
        "edges": [["best", "m", 9], ["lost", "m", 8], ["worthless", 3, 0], ["full", 2, 5], ["two", 3, 4], [9, 3, 4]],
    }  # fmt: skip
    found = read(StringIO(json.dumps(batch)))
    answer = json.loads("".join(printed(found, assign(found.instance))))
    assert sorted(answer["assign"]) == [["best", "m"], ["two", 3]]
    assert (answer["value"], answer["bound"], answer["gap"], answer["left_out"]) == (13, 13, 0, [])
    assert answer["solver"]
    assert {one["request"]: one["reason"] for one in answer["unfilled"]} == {
        "lost": "elsewhere", "nobody": "nobody", 9: "no_slots", "worthless": "no_gain", "full": "no_room",
        "two": "used_up",
    }  # fmt: skip
    assert {"request": "two", "got": 1, "slots": 2, "reason": "used_up"} in answer["unfilled"]


def test_crews_that_cannot_be_had_are_told_apart():
    crew = {"slots": 3, "window": [0, 30], "minutes": 30}
    batch = {
        "track": "side",
        "members": [{"id": n, "branch": 1, "cap_tasks": 1, "cap_minutes": 60, "skills": ["x"]} for n in range(3)],
        "requests": [
            crew | {"id": 0, "min_fill": 4, "slots": 4},
            crew | {"id": 1, "need": {"skill": "y", "n": 1}},
            crew | {"id": 2, "min_fill": 2, "max_per_branch": 1},
        ],
        "edges": [[one, two, 5] for one in range(3) for two in range(3)],
    }
    found = read(StringIO(json.dumps(batch)))
    answer = assign(found.instance)
    assert answer.solution.value == answer.solution.bound == 0
    assert [one.reason for one in answer.unfilled] == ["too_few", "too_few_skilled", "branch_limit"]
