"""The photo of what was done, by a program: uploaded, named by `complete`, told by the Step, erased with it all."""

import pytest

from matching.api.guarding import MIB
from tests.api.v1.conftest import Api, refusal
from tests.api.v1.test_verbs import CLAIM, COMPLETE, CONTACT, DISPATCH
from tests.requests.test_photos import image

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BODY = COMPLETE[2]


@pytest.fixture
def held(api: Api) -> Api:
    api.file()
    api.tell(DISPATCH, CLAIM, CONTACT)
    return api


def upload(api: Api, who: str = "lin", raw: bytes | None = None, **headers: str):
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "image/jpeg"}
    content = image() if raw is None else raw
    return api.of(who).post(f"/api/v1/requests/{api.number}/photo", content=content, headers=sent)


def test_it_is_uploaded_and_then_named(held: Api):
    photo = upload(held).json()["photo"]
    assert upload(held).json()["photo"] == photo
    held.tell(("lin", "complete", BODY | {"photo": photo}))
    last = held.get("audit", f"/requests/{held.number}/steps").json()["items"][-1]
    assert last["detail"]["photo"] == photo


def test_an_upload_is_answered_once_for_a_key(held: Api):
    first = upload(held, Idempotency_Key="one")
    held.tell(("lin", "complete", BODY))
    assert upload(held, Idempotency_Key="one").json() == first.json()
    refusal(upload(held, raw=image(size=(9, 9)), Idempotency_Key="one"), 409, "key_reused")


def test_only_who_may_complete_it_now_uploads(held: Api):
    refusal(upload(held, "lead2"), 404, "not_seen")
    refusal(upload(held, "audit"), 403, "not_allowed")
    held.tell(("lin", "complete", BODY))
    refusal(upload(held, "lead"), 409, "wrong_state")


def test_what_is_no_photo_or_too_large_is_refused(held: Api):
    wrong = refusal(upload(held, raw=b"GIF89a"), 422, "invalid")
    assert wrong["fields"]["photo"]["code"] == "photo_format"
    refusal(upload(held, raw=image() + bytes(8 * MIB)), 413, "too_large")
    refusal(upload(held, raw=bytes(33 * MIB)), 413, "too_large")


@pytest.mark.parametrize("photo", ["0" * 64, "../../secrets.json"])
def test_a_photo_that_was_not_uploaded_for_it_is_refused(held: Api, photo: str):
    wrong = refusal(held.do("lin", "complete", BODY | {"photo": photo}), 422, "invalid")
    assert wrong["fields"]["photo"]["code"] == "photo_missing"


def test_it_goes_with_the_contact(held: Api):
    held.tell(("lin", "complete", BODY | {"photo": upload(held).json()["photo"]}))
    files = held.doors.cast.settings.files
    assert [path for path in files.rglob("*") if path.is_file()]
    erased = held.of("anybody").delete("/api/v1/followup/contact", headers={"Query-Code": held.code})
    assert erased.status_code == 204
    assert not [path for path in files.rglob("*") if path.is_file()]
