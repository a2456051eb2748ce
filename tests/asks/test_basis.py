"""What a preview of the dials is made from is what the last month was, whatever came into the table when."""

from datetime import timedelta

from matching.asks.basis import basis_of
from matching.requests.requester_actions import file
from tests.asks.scene import Crowd
from tests.cast import AT
from tests.requests.scene import filing_of


async def test_old_requests_that_were_imported_last_hide_none_of_the_last_month(asking: Crowd) -> None:
    for days in (10, 5, 300):  # in the order in which they came into the table
        await asking.work(file, filing_of(asking.cast, "wheelchair", at=AT - timedelta(days=days)))
    async with asking.database.reading() as session:
        found = await basis_of(session, asking.cast.root_id, AT)
    assert found.arrivals == 2 / 10
