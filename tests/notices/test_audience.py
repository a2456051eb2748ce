"""The table of who is told what: whole, and fit to leave the building."""

import re
from pathlib import Path

import pytest

from matching.notices.apart import APART
from matching.notices.audience import ROWS, WORDS
from matching.notices.model import Notice
from matching.notices.step_rows import row_of
from matching.notices.who import Who
from matching.people.actor import Kind
from matching.requests.history import MOST_RETURNS
from matching.requests.states import MOVES, State
from scripts import notices

TREE = Path(__file__).parent.parent.parent


def test_every_verb_has_its_row():
    assert {row.verb for row in ROWS.values()} == set(MOVES)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_tells_somebody_or_says_why_not(row):
    assert bool(row.staff or row.requester or row.group) != bool(row.silent)


@pytest.mark.parametrize("verb", MOVES)
def test_whatever_a_step_says_it_has_a_row_of_its_verb(verb):
    leaves, enters = MOVES[verb]
    found = set()
    for before in leaves or {State.submitted}:
        for after in enters or (before,):
            for kind in Kind:
                for yes in (True, False):
                    detail = {"granted": yes, "approved": yes, "helper": yes}
                    returns = MOST_RETURNS if yes else 0
                    found.add(row_of(verb, before, after, kind, detail, emergency=yes, returns=returns))
    assert found == {key for key, row in ROWS.items() if row.verb == verb}


@pytest.mark.parametrize("words", WORDS)
def test_a_sentence_knows_the_number_the_service_and_the_unit_only(words):
    named = set(re.findall(r"\{(\w*)\}", WORDS[words]))
    assert named <= ({"title", "when"} if words in APART else {"number", "service", "unit"})
    assert len(words) <= Notice.__table__.c.words.type.length


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.requester])
def test_a_requester_reads_plain_words(key):
    office = ["工单", "派单", "挂账", "办结率", "整改", "督办", "承办", "支部负责人", "{"]
    assert not [word for word in office if word in ROWS[key].requester]


def test_every_part_hears_of_something():
    assert {who for row in ROWS.values() for who in row.staff} == set(Who)


def test_the_page_shows_the_table_as_it_is():
    page = TREE / "docs" / "notices.md"
    assert page.read_text(encoding="utf-8") == notices.page(), "python -m scripts.notices writes it anew"
