"""Drawing a photo anew from its pixels, so that place, time and device do not come along. Pure; takes up to seconds."""

import hashlib
import io
import re
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from matching.errors import Invalid

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST = 1600  # pixels of a side
QUALITY = 82
MOST_PIXELS = 64_000_000  # before it is made smaller: one at a time, that bounds the memory
MOST_SCANS = 64  # over a JPEG's pixels: cameras and programs make 1 to 14, and each of 64 million takes 0.15 s
MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
SCAN, END = 0xDA, 0xD9
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


class Photo(NamedTuple):
    """A JPEG that holds nothing but its pixels, and the sha256 of it in hexadecimal."""

    digest: str
    jpeg: bytes


def draw(raw: bytes) -> Photo:
    """Upright, at most LONGEST a side, on white. What it is, its content says, not its name.

    Raises Invalid at `photo`: photo_format, photo_too_many_pixels, photo_unreadable.
    """
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid.field_is("photo", "photo_too_many_pixels", n=MOST_PIXELS // 10_000)
            if _scans(raw) > MOST_SCANS:
                raise Invalid.field_is("photo", "photo_unreadable")
            image.thumbnail((LONGEST, LONGEST))
            upright = _in_eight_bits(ImageOps.exif_transpose(image)).convert("RGBA")
    except UnidentifiedImageError:
        raise Invalid.field_is("photo", "photo_format") from None
    except Image.DecompressionBombError:
        raise Invalid.field_is("photo", "photo_too_many_pixels", n=MOST_PIXELS // 10_000) from None
    except Invalid:
        raise
    except Exception:  # decoders fed by strangers fail in every way there is
        raise Invalid.field_is("photo", "photo_unreadable") from None
    clean = Image.new("RGB", upright.size, "white")  # a picture of its own: no EXIF, profile or comment to carry over
    clean.paste(upright, mask=upright.getchannel("A"))
    jpeg = io.BytesIO()
    clean.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    return Photo(hashlib.sha256(jpeg.getvalue()).hexdigest(), jpeg.getvalue())


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """A scan in 65,536 greys with as many as a screen shows: converted as it is, all but the darkest become white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")


def _scans(raw: bytes) -> int:
    """How often a JPEG goes over its pixels, counted as its decoder reads it: a few bytes each, and any number of them
    in a file of a few MiB would keep the decoder for hours. 0 for what is no JPEG."""
    if not raw.startswith(b"\xff\xd8"):
        return 0
    scans, at = 0, 2
    while (found := MARKER.search(raw, at)) is not None and found[1][0] != END:
        at = found.end()
        if found[1][0] not in ALONE:
            scans += found[1][0] == SCAN
            at += int.from_bytes(raw[at : at + 2])
    return scans
