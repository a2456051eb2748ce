"""A member's copy holds what every room knows of them, and of nobody else what is not theirs."""

import json

from matching.api.member_copies import whole_copy
from matching.partners import pairings
from matching.partners.model import Partner, PartnerKind
from matching.recognition import declaring
from tests.activities.scene import HOUR, planned, sealer_of
from tests.cast import AT


async def test_it_lists_pairings_declarations_with_their_evidence_points_and_activities(work, cast):
    async def partner(session):
        session.add(
            Partner(root_id=cast.root_id, code="P01", name="竹溪社区", kind=PartnerKind.community, made_at=AT,
                    unit_id=cast.units["ZB1"].id)
        )  # fmt: skip

    await work(partner)
    lin, sealer = cast.people["lin"].member_no, sealer_of(cast)
    await work(pairings.pair_person, "P01", lin, "甘秀兰", "13800138000", sealer=sealer, by=cast["lead"], at=AT)
    await planned(work, cast, "lin", "zhao")
    said = {"title": "敬老院理发", "on": AT.date(), "minutes": 90, "organiser": "街道", "said": "", "photo": "a" * 64}
    made = await work(declaring.declare, **said, by=cast["lin"], at=AT)
    await work(declaring.decide, made.id, "accept", by=cast["lead"], at=AT)
    async with work.database.reading() as session:
        held = await whole_copy(session, sealer, by=cast["lin"])
        others = await whole_copy(session, sealer, by=cast["zhao"])
    assert held["pairings"] == [{"partner": "竹溪社区", "with": "甘*", "since": "2026-03-02", "until": None}]
    [declared] = held["declared"]
    assert (declared["state"], declared["evidence"]) == ("accepted", f"/points/declared/{made.id}/photo")
    assert [(line["minutes"], line["centipoints"]) for line in held["points"]] == [(90, 150)]
    assert [one["title"] for one in held["activities"]] == ["竹溪村健康宣教"]
    assert held["engagements"] == [{"starts_at": AT.isoformat(), "ends_at": (AT + 2 * HOUR).isoformat()}]
    assert (held["certificates"], held["person"]["name"], held["asks"]) == ([], "林晓云", [])
    text = json.dumps(held, ensure_ascii=False)
    assert "甘秀兰" not in text
    assert "13800138000" not in text
    assert (others["pairings"], others["declared"], others["points"], len(others["activities"])) == ([], [], [], 1)
