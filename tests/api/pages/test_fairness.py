"""The fairness page: whose it is, and what it says of few and of nothing."""

import re

import pytest

from tests.cast import Doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_who_leads_sees_their_units_and_others_are_refused(doors: Doors):
    whole = doors.of("wei").get("/fairness").text
    for words in ("门诊一支部", "急诊支部", "合计", "人数少", "—"):
        assert words in whole
    own = doors.of("lead").get("/fairness?days=14").text
    assert "林晓云" in own
    assert "从没问过" in own
    assert "急诊支部" not in own
    assert "林晓云" in doors.of("audit").get("/fairness?unit=ZB1").text
    assert doors.of("lead").get("/fairness?unit=ZB2").status_code == 403
    for login in ("lin", "root"):
        page = doors.of(login)
        assert page.get("/fairness").status_code == 403
        assert 'href="/fairness"' not in page.get("/notices").text


@pytest.mark.parametrize("login", ["wei", "lead"])
def test_every_figure_names_its_column_for_phones_where_no_heads_stand_above(doors: Doors, login: str):
    page = doors.of(login).get("/fairness").text
    _first, *heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)
    assert rows
    for row in rows:
        named = re.findall(r"<td [^>]*data-kind=\"([^\"]*)\"", row)
        assert named == heads[: len(named)]
        assert len(named) >= len(heads) - 1  # what somebody is at now needs no name
