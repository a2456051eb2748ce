"""What pages read from forms: checked, kept as typed, and wrong in the visitor's words."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import pytest
from pydantic import AwareDatetime, BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from matching.api import forms
from matching.errors import Invalid, NotAllowed


class Ask(BaseModel):
    """A form of every kind of field."""

    need: Annotated[str, Field(min_length=5, max_length=10)]
    people: list[str] = []
    slots: int | None = None
    until: AwareDatetime | None = None


async def ask(request: Request) -> Response:
    checked, form, errors = await forms.read(request, Ask)
    return JSONResponse({"checked": checked and checked.model_dump(mode="json"), "form": form, "errors": errors})


@pytest.fixture
def post():
    client = TestClient(Starlette(routes=[Route("/ask", ask, methods=["POST"])]))
    return lambda body, **headers: client.post(
        "/ask",
        content=quote(body, safe="=&+%"),
        headers={"content-type": "application/x-www-form-urlencoded", **headers},
    ).json()


def test_a_good_form_is_checked_and_blank_fields_take_their_defaults(post):
    answer = post("need=要一辆轮椅&people=M1&people=&people=M2&slots=&csrf=secret")
    assert answer["errors"] == {}
    assert answer["checked"] == {"need": "要一辆轮椅", "people": ["M1", "M2"], "slots": None, "until": None}
    assert answer["form"] == {"need": "要一辆轮椅", "people": ["M1", "", "M2"], "slots": ""}


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(post):
    answer = post("need=轮椅&slots=many&once=abc")
    assert answer["checked"] is None
    assert set(answer["errors"]) == {"need", "slots"}
    assert "5" in answer["errors"]["need"]
    assert answer["form"] == {"need": "轮椅", "slots": "many", "once": "abc"}


def test_a_blank_field_that_is_needed_says_so_in_the_visitors_language(post):
    assert post("need=+++")["errors"]["need"] == "请填写这一项。"
    assert "请" not in post("need=", **{"accept-language": "en"})["errors"]["need"]


@pytest.mark.parametrize("bytes_sent", ["need=%C2%D6%D2%CE", "need=%ff%fe%d2%ce%d2%ce"])
def test_another_encoding_than_utf_8_is_named(post, bytes_sent):
    assert "UTF-8" in post(bytes_sent)["errors"]["need"]


def test_control_characters_are_named_and_line_ends_count_once(post):
    assert "字符" in post("need=abc%00def")["errors"]["need"]
    assert post("need=abc%0D%0Adef")["checked"]["need"] == "abc\ndef"


def test_what_cannot_be_seen_counts_as_nothing(post):
    assert post("need=%E2%80%8B%E2%81%A0%EF%BB%BF%E2%80%8D%F3%A0%81%81")["errors"]["need"] == "请填写这一项。"


def test_a_time_without_a_zone_is_the_hospitals(post):
    until = post("need=要一辆轮椅&until=2026-03-02T10:00")["checked"]["until"]
    assert datetime.fromisoformat(until) == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_an_actions_refusal_is_shown_beside_its_field_or_over_the_page():
    request = Request({"type": "http", "query_string": b"", "headers": []})
    assert list(forms.shown(request, Invalid.field_is("unit", "unknown_unit"))) == ["unit"]
    assert list(forms.shown(request, NotAllowed(field="person"))) == ["person"]
    assert list(forms.shown(request, NotAllowed())) == [forms.WHOLE_PAGE]
