"""What is promised where one files: shown with the service, kept with the request, repeated on the receipt."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from matching import clock
from matching.deadlines.model import Promise
from matching.deadlines.promises import DAY, HOUR
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from tests.api.pages.filing_form import filled
from tests.cast import Doors

PLACE = "/q/menzhen-dating"
USUALLY = "通常 2 小时内有人接单，1 天内办完"


@pytest.fixture
def known(doors: Doors) -> None:
    """Twelve were done at this unit's places, four of five within these times."""

    async def write(session: Any) -> None:
        cast = doors.cast
        session.add(
            Promise(
                root_id=cast.root_id, service_id=cast.services["wheelchair"].id, unit_id=cast.units["ZB1"].id, n=12,
                taken_seconds=100 * 60, done_seconds=20 * HOUR, counted_at=clock.now(),
            )
        )  # fmt: skip

    doors.work(write)


async def newest(session: Any) -> tuple[ServiceRequest, Step]:
    request = (await session.exec(select(ServiceRequest))).one()
    return request, (await session.exec(select(Step))).one()


@pytest.mark.usefixtures("known")
def test_it_stands_with_the_service_and_is_kept_with_the_request_and_its_step(doors: Doors):
    visitor = doors.anybody()
    assert USUALLY in visitor.get(PLACE).text
    assert "usually taken within 2 hours, done within 1 day" in doors.anybody().get(f"{PLACE}?lang=en").text
    answer = visitor.post(PLACE, data=filled(visitor), follow_redirects=False)
    assert answer.status_code == 303
    request, step = doors.read(newest)
    assert request.promised_taken_at == request.filed_at + timedelta(hours=2)
    assert request.promised_done_at == request.filed_at + timedelta(days=1)
    assert step.detail["promised"] == [2 * HOUR, DAY]
    assert step.detail["limits"] == {"dispatch": "1h"}
    assert f"这类事情{USUALLY}。" in visitor.get(answer.headers["location"]).text
    assert USUALLY in visitor.get(answer.headers["location"].partition("?")[0]).text


def test_where_too_little_is_known_the_limits_are_told_and_nothing_is_promised(doors: Doors):
    visitor = doors.anybody()
    assert "最迟 1 小时内安排人，再过 2 小时内办完" in visitor.get(PLACE).text
    answer = visitor.post(PLACE, data=filled(visitor), follow_redirects=False)
    request, step = doors.read(newest)
    assert (request.promised_taken_at, request.promised_done_at) == (None, None)
    assert "promised" not in step.detail
    assert "这类事情最迟 1 小时内安排人" in visitor.get(answer.headers["location"]).text


@pytest.mark.usefixtures("known")
def test_programs_are_told_it_too(doors: Doors):
    place = doors.anybody().get("/api/v1/places/menzhen-dating").json()
    assert place["promises"] == {"wheelchair": {"taken_seconds": 2 * HOUR, "done_seconds": DAY}}
