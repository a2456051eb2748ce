"""The wall shows reviewed wording of those who agreed, page by page; the front door and the notice."""

import re
from datetime import timedelta

import pytest

from matching import clock
from matching.errors import Refused
from matching.privacy import consent
from matching.requests import desk_actions
from matching.requests.model import ServiceRequest
from matching.requests.queries import id_of, on_the_wall
from tests.api.pages.filing_form import NAME, NEED, PHONE, filed
from tests.api.pages.test_tracking import the_request


def shown(doors, number_of_wishes):
    """File wishes and approve a wording for each, one a second."""
    visitor, di, at = doors.anybody(), doors.cast["di"], clock.now()
    for _number in range(number_of_wishes):
        filed(visitor, consent_public_display="1")
    for number in range(number_of_wishes):
        moment = at + timedelta(seconds=number)
        request = doors.read(_by_id, number + 1)
        doors.work(desk_actions.accept, request.number, by=di, at=moment)
        doors.work(desk_actions.approve_wording, request.number, f"第{number}个心愿想推轮椅", by=di, at=moment)


async def _by_id(session, id_):
    return await session.get_one(ServiceRequest, id_)


def test_an_empty_wall_invites(doors):
    assert "墙上还没有心愿" in doors.anybody().get("/wall").text


def test_only_reviewed_wording_of_those_who_agreed_is_shown(doors):
    filed(doors.anybody())
    page = doors.anybody().get("/wall").text
    assert NEED not in page
    number = doors.read(the_request).number
    with pytest.raises(Refused, match="no_public_consent"):
        doors.work(_approve, number, doors.cast["di"])
    assert "墙上还没有心愿" in doors.anybody().get("/wall").text


async def _approve(session, number, by):
    await desk_actions.accept(session, number, by=by, at=clock.now())
    return await desk_actions.approve_wording(session, number, "想推轮椅的心愿", by=by, at=clock.now())


def test_the_wall_goes_back_page_by_page_without_gaps(doors):
    shown(doors, 23)
    seen, path = [], "/wall"
    while path:
        page = doors.anybody().get(path).text
        assert NAME not in page
        assert PHONE not in page
        seen += [int(found) for found in re.findall(r"第(\d+)个心愿", page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == list(range(22, -1, -1))
    assert doors.anybody().get("/wall?at=nonsense").status_code == 422
    assert id_of(doors.read(_first_on_wall, doors.cast.root_id)) == 23


async def _first_on_wall(session, root_id):
    return (await on_the_wall(session, root_id, size=1)).rows[0].number


def test_the_front_door_and_the_notice_open(doors):
    visitor = doors.anybody()
    assert "查进度" in visitor.get("/").text
    assert consent.NOTICE[0].heading in visitor.get("/privacy").text
    assert str(consent.ERASE_AFTER_DAYS) in visitor.get("/privacy").text
