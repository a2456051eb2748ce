"""Photos: nothing but pixels is kept, sealed, for one request; what is no photo is refused in words."""

import errno
import io
import os
import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from matching.errors import NotSeen
from matching.privacy.sealed import Sealer
from matching.requests.drawing import LONGEST, draw
from matching.requests.photos import Photos
from tests.requests.scene import refused

PLACE = b"somewhere in ward 7"


def image(kind="JPEG", size=(400, 200), mode="RGB", **more):
    """A picture, its left half red, as a file."""
    drawn = Image.new(mode, size, "blue")
    drawn.paste(Image.new(mode, (size[0] // 2, size[1]), "red"), (0, 0))
    file = io.BytesIO()
    drawn.save(file, kind, **more)
    return file.getvalue()


def with_exif(orientation=1):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, PLACE.decode()
    exif.get_ifd(0x8825)[2] = (22.0, 33.0, 44.0)  # GPS latitude
    return image(exif=exif, comment=PLACE)


def huge():
    """A PNG of a few bytes that says it has 10,000 million pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
              for name, data in parts]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def going_over(times):
    """A JPEG whose pixels are gone over so many times more than its six."""
    raw = image(size=(64, 64), progressive=True)
    last = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + last * times + raw[-2:]


@pytest.fixture
def photos(tmp_path):
    return Photos(tmp_path / "files", Sealer({"k1": b"k" * 32}))


def test_place_time_and_words_in_the_file_do_not_come_along():
    raw = with_exif()
    assert PLACE in raw
    photo = draw(raw)
    kept = Image.open(io.BytesIO(photo.jpeg))
    assert PLACE not in photo.jpeg
    assert not kept.getexif()
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(kept.info)


def test_a_photo_taken_upright_stands_upright():
    kept = Image.open(io.BytesIO(draw(with_exif(orientation=6)).jpeg))
    assert kept.size == (200, 400)
    assert kept.getpixel((100, 50))[0] > 200  # what was left is above


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_jpeg_that_is_not_too_long(kind):
    kept = Image.open(io.BytesIO(draw(image(kind, (2000, 500))).jpeg))
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (LONGEST, 400))


def test_what_is_see_through_becomes_white():
    raw = io.BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(raw, "PNG")
    assert Image.open(io.BytesIO(draw(raw.getvalue()).jpeg)).getpixel((4, 4)) == (255, 255, 255)


def test_a_scan_in_many_greys_keeps_them():
    raw = io.BytesIO()
    Image.new("I;16", (9, 9), 100 * 256).save(raw, "PNG")
    assert Image.open(io.BytesIO(draw(raw.getvalue()).jpeg)).getpixel((4, 4)) == (100, 100, 100)


def test_what_only_looks_like_many_scans_is_a_photo():
    assert draw(going_over(10) + b"\xff\xda" * 1000)  # a film behind the photo, as phones keep it
    assert draw(image(comment=b"\xff\xda" * 1000))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "photo_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_format"),
        (image("GIF"), "photo_format"),
        (image("TIFF"), "photo_format"),
        (image()[:400], "photo_unreadable"),
        (image("PNG", (900, 900))[:-40], "photo_unreadable"),
        (huge(), "photo_too_many_pixels"),
        (going_over(100), "photo_unreadable"),
    ],
    ids=["nothing", "svg", "gif", "tiff", "half a jpeg", "half a png", "bomb", "hours of scans"],
)
def test_what_is_no_good_photo_is_refused_by_its_content(raw, code):
    with refused(code):
        draw(raw)


async def test_it_is_kept_sealed_and_comes_back_as_it_was(photos):
    photo = await photos.drawn(image())
    await photos.keep("260302-00001", photo)
    await photos.keep("260302-00001", photo)
    (path,) = (photos.folder / "260302-00001").iterdir()
    assert path.name == photo.digest
    assert path.stat().st_mode & 0o077 == 0
    assert b"JFIF" not in path.read_bytes()
    assert await photos.open("260302-00001", photo.digest) == photo.jpeg


async def test_it_belongs_to_one_request(photos):
    photo = await photos.drawn(image())
    await photos.keep("260302-00001", photo)
    await photos.keep("260302-00002", photo)
    await photos.erase("260302-00001")
    await photos.erase("260302-00001")
    assert not photos.holds("260302-00001", photo.digest)
    with pytest.raises(NotSeen):
        await photos.open("260302-00001", photo.digest)
    assert await photos.open("260302-00002", photo.digest) == photo.jpeg
    moved = photos.folder / "260302-00003"
    (photos.folder / "260302-00002").rename(moved)
    with refused("file_damaged"):
        await photos.open("260302-00003", photo.digest)


@pytest.mark.parametrize("digest", ["", ".", "..", "../secrets.json", "a" * 63, "A" * 64, "/" * 64, "a" * 64 + "\n"])
async def test_a_name_that_is_no_digest_leads_nowhere(photos, digest):
    (photos.folder / "260302-00001").mkdir(parents=True)
    (photos.folder / "secrets.json").write_text("{}")
    with pytest.raises(NotSeen):
        await photos.open("260302-00001", digest)


async def test_erasing_one_spares_what_somebody_is_just_adding_beside_it(photos):
    one, other = await photos.drawn(image()), await photos.drawn(image(size=(20, 20)))
    for photo in (one, other):
        await photos.keep("260302-00001", photo)
    for gone in (one.digest, one.digest, "", "../secrets.json"):
        await photos.erase_one("260302-00001", gone)
    assert not photos.holds("260302-00001", one.digest)
    assert photos.holds("260302-00001", other.digest)


async def test_what_is_kept_once_more_is_young_again(photos):
    photo, day = await photos.drawn(image()), timedelta(days=1)
    await photos.keep("evidence-7", photo)
    path = photos.folder / "evidence-7" / photo.digest
    now = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    os.utime(path, ((now - 3 * day).timestamp(),) * 2)
    assert await photos.older("evidence-", now - day) == [("evidence-7", photo.digest)]
    assert await photos.older("activity-", now - day) == []
    await photos.keep("evidence-7", photo)
    assert await photos.older("evidence-", now - day) == []


async def test_only_what_was_reported_stays(photos):
    one, other = await photos.drawn(image()), await photos.drawn(image(size=(20, 20)))
    for photo in (one, other):
        await photos.keep("260302-00001", photo)
    await photos.erase("260302-00001", but=frozenset({one.digest}))
    assert photos.holds("260302-00001", one.digest)
    assert not photos.holds("260302-00001", other.digest)


async def test_a_full_disk_keeps_nothing_and_what_a_killed_process_left_half_written_goes(photos, monkeypatch):
    photo, now = await photos.drawn(image()), datetime.now(UTC)
    folder = photos.folder / "evidence-7"

    def full(_file):
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            await photos.keep("evidence-7", photo)
    assert not list(folder.iterdir())
    half, young = folder / ".half", folder / ".young"
    for path in (half, young):
        path.write_bytes(b"x")
    os.utime(half, ((now - timedelta(days=3)).timestamp(),) * 2)

    async def nobody(_ids):
        return set()

    await photos.erase_unnamed("evidence-", now - timedelta(days=2), nobody)
    assert list(folder.iterdir()) == [young]


async def test_what_is_kept_once_more_while_names_are_looked_up_stays(photos):
    photo, now = await photos.drawn(image()), datetime.now(UTC)
    await photos.keep("evidence-7", photo)
    os.utime(photos.folder / "evidence-7" / photo.digest, ((now - timedelta(days=3)).timestamp(),) * 2)

    async def nobody_yet(_ids):
        await photos.keep("evidence-7", photo)
        return set()

    assert await photos.erase_unnamed("evidence-", now - timedelta(days=2), nobody_yet) == 0
    assert photos.holds("evidence-7", photo.digest)
