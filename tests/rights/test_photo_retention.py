"""Photos and signed files go when their time is over, and nothing goes that something still names."""

import os
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from matching.activities import actions, album
from matching.activities.model import ActivityPhoto
from matching.partners import agreements, keeping
from matching.partners.model import PartnerKind
from matching.recognition import declaring
from matching.recognition.keeping import AFTER_ACCEPTANCE, AFTER_REFUSAL, erase_evidence
from matching.recognition.model import Declared
from matching.requests.drawing import Photo
from matching.requests.photos import Photos
from tests.activities.scene import HOUR, planned, sealer_of
from tests.cast import AT

DAY = timedelta(days=1)


@pytest.fixture
def photos(tmp_path, cast):
    return Photos(tmp_path, sealer_of(cast))


async def kept(photos: Photos, place: str, letter: str, at=AT) -> str:
    digest = letter * 64
    await photos.keep(place, Photo(digest, b"jpeg"))
    os.utime(photos.folder / place / digest, (at.timestamp(), at.timestamp()))
    return digest


async def test_evidence_goes_when_what_it_proves_is_settled_and_one_photo_may_prove_two_things(work, cast, photos):
    place, lin = declaring.folder(cast.people["lin"].id), cast["lin"]

    async def declared(letter):
        said = {"title": letter, "on": AT.date(), "minutes": 60, "organiser": "", "said": ""}
        return await work(declaring.declare, **said, photo=await kept(photos, place, letter), by=lin, at=AT)

    async def run(at):
        done = await erase_evidence(photos, work.database, work, at)
        async with work.database.reading() as session:
            named = list(await session.exec(select(Declared.evidence).order_by(col(Declared.id))))
        there = "".join(letter for letter in "abcdef" if photos.holds(place, letter * 64))
        return done, "".join(one[:1] or "-" for one in named), there

    rows = {letter: await declared(letter) for letter in "abcd"}
    again = await declared("c")  # the same photo once more, which waits
    await kept(photos, place, "e")  # never declared
    await kept(photos, place, "f", AT + 8 * DAY)  # just uploaded
    await work(declaring.withdraw, rows["a"].id, by=lin)
    for letter, verb in (("b", "refuse"), ("c", "refuse"), ("d", "accept")):
        await work(declaring.decide, rows[letter].id, verb, "看不清", by=cast["lead"], at=AT)
    assert await run(AT + 9 * DAY) == (1, "-bcdc", "bcdf")
    assert await run(AT + AFTER_REFUSAL - HOUR) == (0, "-bcdc", "bcd")
    assert await run(AT + AFTER_REFUSAL) == (2, "---dc", "cd")
    assert await run(AT + AFTER_ACCEPTANCE) == (1, "----c", "c")
    assert (await work(declaring.withdraw, again.id, by=lin)).evidence == "c" * 64
    assert [await run(AT + AFTER_ACCEPTANCE) for _twice in range(2)] == [(1, "-----", ""), (0, "-----", "")]


async def test_photos_of_an_activity_go_years_after_it_and_sooner_where_it_was_cancelled(work, cast, photos):
    held, off = await planned(work, cast, "lin"), await planned(work, cast, "lin")
    for activity, letter in ((held, "a"), (off, "b")):
        digest = await kept(photos, album.folder(activity.id), letter)
        await work(album.add_photo, activity.id, digest, by=cast["lead"], at=AT)
    await kept(photos, album.folder(held.id), "c")  # no row names it: somebody's upload broke off
    await work(actions.cancel, off.id, "下雨", by=cast["lead"], at=AT - HOUR)

    async def run(at):
        done = await album.erase_old(photos, work.database, work, at)
        async with work.database.reading() as session:
            rows = len((await session.exec(select(ActivityPhoto.id))).all())
        return done, rows, len(await photos.all())

    end = held.ends_at
    assert await run(AT + DAY) == (0, 2, 3)
    assert await run(AT + 3 * DAY) == (0, 2, 2)
    assert await run(end + album.KEPT_CANCELLED) == (1, 1, 1)
    assert photos.holds(album.folder(held.id), "a" * 64)
    assert await run(end + album.KEPT - HOUR) == (0, 1, 1)
    assert [await run(end + album.KEPT) for _twice in range(2)] == [(1, 0, 0), (0, 0, 0)]


async def test_files_that_no_agreement_names_go_and_those_that_are_just_handed_in_stay(work, cast, photos):
    wei = {"by": cast["wei"], "at": AT}
    await work(keeping.add_partner, "P01", keeping.Known("铸造厂", PartnerKind.enterprise, "ZB1"), **wei)
    term = (date(2025, 4, 1), date(2026, 3, 31))
    signed, blank = [await work(agreements.add_agreement, "P01", no, *term, **wei) for no in ("GJ-1", "GJ-2")]
    for letter in "ab":  # b took the place of a, and who handed it in died before a could be erased
        digest = await kept(photos, agreements.folder(signed), letter)
        await work(agreements.hand_in, "P01", signed.id, digest, "协议.pdf", **wei)
    await kept(photos, agreements.folder(blank), "b")  # the same file, never saved
    await kept(photos, agreements.folder(blank), "c", AT + 3 * DAY)  # about to be saved
    await kept(photos, "activity-1", "d")  # of another room

    async def run(at):
        return await agreements.erase_unnamed(photos, work.database, work, at)

    assert await run(AT + DAY) == 0
    assert await run(AT + 3 * DAY) == 2
    assert photos.holds(agreements.folder(signed), "b" * 64)
    assert photos.holds(agreements.folder(blank), "c" * 64)
    assert [await run(AT + 6 * DAY) for _twice in range(2)] == [1, 0]
    assert photos.holds("activity-1", "d" * 64)
