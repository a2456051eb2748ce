"""The photo of what was done, on the pages: taken with the form, seen by who sees the request, gone when erased."""

import io
import re

import pytest
from PIL import Image

from matching.api.guarding import MIB
from tests.api.pages.desk import order
from tests.api.pages.filing_form import filed
from tests.cast import field_value
from tests.requests.test_photos import PLACE, image, with_exif

NOTE = "已经推到门诊大厅，老人很满意。"
IN_HAND = ("accept", "dispatch", "claim", "contact")
SHOWN = r'<img src="(/requests/[\w-]+/photos/[0-9a-f]{64})"'


def report(visitor, one, raw=None, once="k", **form):
    """Send the form of complete as the page does."""
    typed = {"result": "solved", "note": NOTE, "minutes": "30", "once": once, "version": one.now().version}
    typed |= {"csrf": visitor.form_key} | form
    photo = ("IMG_1.jpg", raw, "image/jpeg") if raw is not None else ("", b"", "application/octet-stream")
    return visitor.post(f"{one.path}/complete", data=typed, files={"photo": photo}, follow_redirects=False)


def kept(doors):
    return sorted(path for path in doors.cast.settings.files.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", ["", "/tasks?tab=mine"])
def test_both_forms_offer_it_and_need_no_script(doors, path):
    one = order(doors, *IN_HAND)
    page = doors.of("lin").get(path or one.path).text
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.S) if "/complete" in form)
    assert 'enctype="multipart/form-data"' in form
    assert re.search(r'<input id="([\w-]+)" name="photo" type="file"[^>]*aria-describedby="\1-hint"', form)
    assert "现场照片（可不传）" in form
    assert "请不要拍到人脸" in form


def test_it_is_taken_with_the_report_and_shown_without_what_the_file_told(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    assert report(lin, one, with_exif()).status_code == 303
    (link,) = re.findall(SHOWN, lin.get(one.path).text)
    answer = doors.of("lead").get(link)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert PLACE not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (400, 200)
    (path,) = kept(doors)
    assert b"JFIF" not in path.read_bytes()


def test_without_one_it_is_done_as_before(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    assert report(lin, one).status_code == 303
    assert '<img src="/requests' not in lin.get(one.path).text
    assert not kept(doors)


def test_who_does_not_see_the_request_does_not_see_its_photo(doors):
    one, other, lin = order(doors, *IN_HAND), order(doors, *IN_HAND), doors.of("lin")
    report(lin, one, image())
    (link,) = re.findall(SHOWN, lin.get(one.path).text)
    assert doors.of("sun").get(link).status_code == 404
    assert doors.anybody().get(link, follow_redirects=False).status_code == 303
    assert lin.get(link.replace(one.number, other.number)).status_code == 404


@pytest.mark.parametrize("digest", ["0" * 64, "%2e%2e", ".secrets", "..%2f..%2fsecrets.json", "x%00"])
def test_a_digest_that_was_made_up_finds_nothing(doors, digest):
    one = order(doors, *IN_HAND)
    assert doors.of("lin").get(f"{one.path}/photos/{digest}").status_code == 404


@pytest.mark.parametrize(
    ("raw", "words"), [(b"%PDF-1.7", "这不是 JPEG"), (image()[:300], "照片打不开")], ids=["no photo", "broken"]
)
def test_what_is_no_photo_is_said_beside_the_field_and_the_words_stay(doors, raw, words):
    one = order(doors, *IN_HAND)
    answer = report(doors.of("lin"), one, raw)
    assert answer.status_code == 422
    assert re.search(rf'id="complete-photo-wrong">{words}', answer.text)
    assert f"{NOTE}</textarea>" in answer.text
    assert one.now().state == "in_progress"
    assert not kept(doors)


def test_too_large_a_photo_is_said_beside_the_field_and_the_words_stay(doors):
    one = order(doors, *IN_HAND)
    answer = report(doors.of("lin"), one, image() + bytes(8 * MIB))
    assert answer.status_code == 413
    assert re.search(r'id="complete-photo-wrong">[^<]*8 MiB', answer.text)
    assert f"{NOTE}</textarea>" in answer.text
    assert one.now().state == "in_progress"
    assert report(doors.of("lin"), one, image() + bytes(32 * MIB)).status_code == 413


def test_other_forms_still_take_one_mebibyte(doors):
    one = order(doors, *IN_HAND)
    answer = doors.of("lin").submit(f"{one.path}/extend", note="x" * MIB)
    assert answer.status_code == 413
    assert "1 MiB" in answer.text


def test_a_photo_outlives_what_else_was_wrong_with_the_form(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    answer = report(lin, one, image(), note="好了")
    assert answer.status_code == 422
    assert "刚才选的照片还在" in answer.text
    digest = field_value(answer.text, "photo")
    assert report(lin, one, photo=digest).status_code == 303
    assert f"/photos/{digest}" in lin.get(one.path).text


def test_a_photo_that_was_replaced_goes(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    digest = field_value(report(lin, one, image(), note="好了").text, "photo")
    assert report(lin, one, image(size=(30, 30)), photo=digest).status_code == 303
    (path,) = kept(doors)
    assert path.name != digest


def test_a_digest_nobody_uploaded_for_this_request_is_refused(doors):
    one, other, lin = order(doors, *IN_HAND), order(doors, *IN_HAND), doors.of("lin")
    report(lin, other, image())
    (path,) = kept(doors)
    for digest in (path.name, f"../{path.name[:61]}", "0" * 64):
        answer = report(lin, one, photo=digest, once=digest[:9])
        assert answer.status_code == 422
        assert "没有找到这张照片" in answer.text


def test_the_same_form_twice_is_done_once_and_another_photo_is_another_form(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    version = one.now().version
    first, again = (report(lin, one, image(), version=version) for _time in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert one.now().last_seq == 6
    assert report(lin, one, image(size=(30, 30)), version=version).status_code == 409
    assert len(kept(doors)) == 1


def test_a_stale_form_is_refused_and_keeps_the_photo(doors):
    one, lin = order(doors, *IN_HAND), doors.of("lin")
    version = one.now().version
    one.do("supervise")
    answer = report(lin, one, image(), version=version)
    assert answer.status_code == 412
    assert report(lin, one, photo=field_value(answer.text, "photo"), once="k2").status_code == 303


def test_who_may_not_complete_it_leaves_no_file(doors):
    one = order(doors, *IN_HAND)
    assert report(doors.of("zhao"), one, image()).status_code == 403
    assert report(doors.of("sun"), one, image()).status_code == 404
    assert not kept(doors)


def test_the_requester_sees_it_and_erases_it(doors):
    visitor = doors.anybody()
    code = filed(visitor)
    number = re.search(r"<dt>编号</dt><dd>([\w-]+)</dd>", visitor.get(f"/r/{code}").text)[1]
    one = order(doors)
    one.number, one.id = number, int(number.split("-")[1])
    for act in IN_HAND:
        one.do(act)
    assert visitor.get(f"/r/{code}/photo").status_code == 404
    assert report(doors.of("lin"), one, image()).status_code == 303
    assert f'<img src="/r/{code}/photo"' in visitor.get(f"/r/{code}").text
    answer = visitor.get(f"/r/{code}/photo")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert visitor.get("/r/ABCDEFGH23/photo").status_code == 404
    once = field_value(visitor.get(f"/r/{code}/copy").text, "once")
    erased = visitor.post(f"/r/{code}/erase_contact", data={"once": once}, follow_redirects=False)
    assert erased.status_code == 303
    assert not kept(doors)
    assert visitor.get(f"/r/{code}/photo").status_code == 404
    assert "/photo" not in visitor.get(f"/r/{code}").text
    assert not re.search(SHOWN, doors.of("lead").get(one.path).text)


def strange(doors, one, charset="", **fields):
    """A form as no browser writes it."""
    lin, line = doors.of("lin"), "\r\n"
    said = {"csrf": lin.form_key, "note": "好了"} | fields
    heads = {name: f'--x{line}Content-Disposition: form-data; name="{name}"{line}{line}' for name in said}
    body = "".join(f"{heads[name]}{text}{line}" for name, text in said.items()) + f"--x--{line}"
    kind = f"multipart/form-data; boundary=x{charset}"
    return lin.post(f"{one.path}/complete", content=body.encode(), headers={"content-type": kind})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_that_no_browser_writes_is_refused_and_says_what_is_wrong_with_it(doors):
    one = order(doors, *IN_HAND)
    for charset in ("punycode", "undefined", "raw_unicode_escape", "utf-16", '"utf-7"', "a\0b"):
        answer = strange(doors, one, f"; charset={charset}", csrf="\\ud800")
        assert (answer.status_code, "文字编码不对" in answer.text) == (422, True), charset
    assert "文字编码不对" not in strange(doors, one, "; charset=UTF-8").text
    too_long = strange(doors, one, note="x" * (MIB + 1))
    assert (too_long.status_code, "1 MiB" in too_long.text) == (413, True)
    too_many = strange(doors, one, **{f"x{n}": "" for n in range(1001)})
    assert (too_many.status_code, "表单没有完整传到" in too_many.text) == (400, True)
