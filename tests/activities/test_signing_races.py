"""Somebody signs in while the lead confirms. The first holds on until the second waits for it, so that they meet."""

import asyncio
from typing import Any

import pytest
from sqlmodel import col, select

from matching.activities import closing, signing
from matching.activities.closing import Counts
from matching.activities.codes import code_at
from matching.activities.model import Activity, ActivityState, Attendance
from matching.activities.signing import What, key_of
from matching.db import Database, Work
from matching.errors import Refused
from tests.activities.meeting import Meeting
from tests.activities.scene import HOUR, planned, sealer_of
from tests.cast import AT

END = AT + 2 * HOUR


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("first", ["confirm", "sign_in"])
@pytest.mark.parametrize("listed", [True, False], ids=["on the list", "just comes"])
async def test_who_signs_in_while_it_is_confirmed_is_counted_or_told(work, cast, monkeypatch, first, listed):
    activity = await planned(work, cast, "lead", *(["zhao"] if listed else []))
    await work(signing.tick, activity.id, cast.people["lead"].member_no, What.came, by=cast["lead"], at=AT)
    other, meeting = Database(cast.settings.database_url), Meeting(work.database)
    place = {"confirm": (closing, "locked_for"), "sign_in": (signing, "_opened")}[first]
    monkeypatch.setattr(*place, meeting.first(getattr(*place)))
    code = code_at(key_of(activity, sealer_of(cast)), END)

    async def scan(session: Any) -> None:  # as a program does it: both in one transaction
        seen = await signing.scanned(session, activity.id, code, sealer=sealer_of(cast), at=END)
        await signing.sign_in(session, seen.id, AT + HOUR, by=cast["zhao"], at=END)

    async def run(what: str, unit: Work) -> str:
        if what != first:
            await meeting.holds.wait()
        try:
            if what == "confirm":
                await unit(closing.confirm, activity.id, {}, Counts(), by=cast["lead"], at=END)
            else:
                await unit(scan)
        except Refused as refused:
            return refused.code
        finally:
            if what != first:
                meeting.second.set()
        return "done"

    said = await asyncio.gather(run("confirm", work), run("sign_in", Work(other)))
    await other.close()
    rows = select(Attendance).where(Attendance.activity_id == activity.id).order_by(col(Attendance.id))
    async with work.database.reading() as session:
        state = (await session.get_one(Activity, activity.id)).state
        minutes = {one.person_id: (one.signed_at is not None, one.minutes) for one in await session.exec(rows)}
    assert state == ActivityState.confirmed
    zhao = cast.people["zhao"].id
    if first == "sign_in":  # the lead's form did not know of them, and they have their minutes all the same
        assert said == ["done", "done"]
        assert minutes[zhao] == (True, 60)
    else:  # they are told that it is over, and may ask for a correction
        assert said == ["done", "activity_wrong_state"]
        assert minutes.get(zhao) == ((False, 0) if listed else None)
