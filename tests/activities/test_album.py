"""Several people at one album, and at one signed file: what was acknowledged is there, with its file, and no more."""

import asyncio
from datetime import date

import pytest

from matching import clock
from matching.activities import actions, album
from matching.db import Database, Work
from matching.errors import WrongState
from matching.partners import agreements, keeping
from matching.partners.model import PartnerKind
from matching.requests.drawing import Photo
from matching.requests.photos import Photos
from tests.activities.scene import planned, sealer_of
from tests.api.pages.test_activities import plan
from tests.cast import AT
from tests.requests.test_photos import image


def picture(letter: str) -> Photo:
    return Photo(letter * 64, b"jpeg")


@pytest.fixture
def photos(tmp_path, cast):
    return Photos(tmp_path / "files", sealer_of(cast))


async def names(work, activity):
    async with work.database.reading() as session:
        return sorted(await album.photo_names(session, activity.id))


async def test_of_photos_handed_in_at_once_as_many_are_kept_as_there_is_room_for(work, cast, photos):
    activity, other = await planned(work, cast, "lin"), Database(cast.settings.database_url)
    by = {"photos": photos, "by": cast["lead"], "at": AT}
    for letter in "0123456789":
        await work(album.keep_photo, activity.id, picture(letter), **by)
    units = (work, Work(other)) * 3
    said = await asyncio.gather(
        *(unit(album.keep_photo, activity.id, picture(one), **by) for unit, one in zip(units, "abcdee", strict=True)),
        return_exceptions=True,
    )
    await other.close()
    refused = [one for one in said if isinstance(one, Exception)]
    assert {(type(one), one.code) for one in refused} == {(WrongState, "too_many_photos")}
    there = await names(work, activity)
    assert len(there) == album.MOST
    assert await photos.all() == [(album.folder(activity.id), digest) for digest in there]


async def test_a_photo_put_back_while_it_is_taken_out_keeps_its_file(work, cast, photos):
    activity, lead = await planned(work, cast, "lin"), {"by": cast["lead"], "at": AT}
    for _again in range(2):
        await work(album.keep_photo, activity.id, picture("a"), photos=photos, **lead)
        await work(album.remove_photo, activity.id, "a" * 64, **lead)
        await work(album.keep_photo, activity.id, picture("a"), photos=photos, **lead)  # by somebody else, just then
        await work(album.erase_removed, activity.id, "a" * 64, photos=photos)
        assert photos.holds(album.folder(activity.id), *await names(work, activity))
    await work(album.remove_photo, activity.id, "a" * 64, **lead)
    await work(album.erase_removed, activity.id, "a" * 64, photos=photos)
    assert await photos.all() == []


async def test_a_signed_file_handed_in_again_while_it_is_replaced_is_there(work, cast, photos):
    wei = {"by": cast["wei"], "at": AT}
    await work(keeping.add_partner, "P01", keeping.Known("铸造厂", PartnerKind.enterprise, "ZB1"), **wei)
    term = (date(2025, 4, 1), date(2027, 3, 31))
    made = await work(agreements.add_agreement, "P01", "GJ-1", *term, **wei)

    async def hand_in(letter: str) -> str:
        keep = work(agreements.keep_signed, "P01", made.id, picture(letter), "a.pdf", photos=photos, **wei)
        return (await keep)[1]

    assert [await hand_in(letter) for letter in "aba"] == ["", "a" * 64, "b" * 64]
    for before in "ab":  # who replaced a comes to erase it only now
        await work(agreements.erase_replaced, made.id, before * 64, photos=photos)
    assert await photos.all() == [(agreements.folder(made), "a" * 64)]


async def test_where_the_disk_is_full_no_row_names_what_is_not_there(work, cast, photos, monkeypatch):
    activity = await planned(work, cast, "lin")

    def full(_file):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Exception, match="unavailable"):
        await work(album.keep_photo, activity.id, picture("a"), photos=photos, by=cast["lead"], at=AT)
    assert await names(work, activity) == []
    assert not [path for path in photos.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_photo_for_what_was_just_cancelled_is_told_so_and_a_damaged_one_is_no_fault_of_whoever_looks(doors, caplog):
    activity, lead, program = plan(doors, "lin"), doors.of("lead"), doors.program("lead")
    path, files = f"/activities/{activity.id}/photos", {"photo": ("a.pdf", image())}
    assert lead.post(path, data={"csrf": lead.form_key}, files=files, follow_redirects=False).status_code == 303
    (file,) = (kept for kept in doors.cast.settings.files.rglob("*") if kept.is_file())
    file.write_bytes(file.read_bytes()[:-1])
    answer = lead.get(f"{path}/{file.name}")
    assert (answer.status_code, "损坏" in answer.text, file.name in caplog.text) == (404, True, True)
    doors.work(actions.cancel, activity.id, "下雨", by=doors.cast["lead"], at=clock.now())
    late = lead.post(path, data={"csrf": lead.form_key}, files={"photo": ("b.jpg", image(size=(20, 20)))})
    assert (late.status_code, "这场活动现在是“已取消”" in late.text) == (409, True)
    sent = program.post(f"/api/v1{path}", content=image(size=(20, 20)), headers={"content-type": "image/jpeg"})
    assert (sent.status_code, sent.json()["code"]) == (409, "activity_wrong_state")
    assert [kept for kept in doors.cast.settings.files.rglob("*") if kept.is_file()] == [file]
