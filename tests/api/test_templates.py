"""Pages come in the visitor's language and size, are never stored, and hold no script or style of their own."""

import re
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from matching.api import assets, spoken
from matching.api.templates import House, environment, language, render
from matching.requests import states

TEMPLATES = sorted((assets.WEB / "templates").rglob("*.html"))


@pytest.fixture
def visit():
    app = FastAPI()
    app.state.house = House("示例医院", "0739-555-0100", "一楼")
    app.include_router(assets.router)

    @app.get("/unknown")
    def unknown(request: Request):
        request.state.csrf_token = '"><b>'
        return render(request, "spots/unknown.html", 404)

    @app.get("/login")
    def login(request: Request):
        request.state.csrf_token = '"><b>'
        return render(request, "login.html", next="", form={"account": "<i>"}, errors={"account": "不对"})

    return TestClient(app)


def test_a_page_is_never_stored_and_says_its_language(visit):
    answer = visit.get("/unknown", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert '<html lang="en"' in answer.text
    assert answer.headers["content-language"] == "en"


def test_a_chosen_language_is_remembered(visit):
    assert visit.get("/unknown?lang=en").cookies["lang"] == "en"
    assert '<html lang="en"' in visit.get("/unknown").text
    assert "set-cookie" not in visit.get("/unknown?lang=xx").headers


def test_elder_mode_is_a_class_on_the_page(visit):
    assert 'class="elder"' not in visit.get("/unknown").text
    visit.cookies["elder"] = "1"
    assert 'class="elder"' in visit.get("/unknown").text


def test_the_language_link_keeps_what_was_asked(visit):
    assert "/unknown?q=%22&amp;lang=en" in visit.get("/unknown?q=%22").text


def test_what_was_typed_comes_back_escaped_beside_its_error(visit):
    page = visit.get("/login").text
    assert 'value="&lt;i&gt;"' in page
    assert 'aria-describedby="account-hint account-wrong" aria-invalid="true"' in page
    assert '<a href="#account">不对</a>' in page
    assert 'name="csrf" value="&#34;&gt;&lt;b&gt;"' in page


def test_assets_are_packed_and_kept_for_a_year(visit):
    address = re.search(r"/static/\w+/app\.css", visit.get("/unknown").text)[0]
    answer = visit.get(address)
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert "content-encoding" not in visit.get(address, headers={"Accept-Encoding": "identity"}).headers
    assert visit.get("/static/0000000000/app.css").headers["cache-control"] == "no-cache"


def test_states_and_verbs_are_short_for_staff_and_plain_for_patients():
    said = environment("zh-Hans").from_string("{{ 'accepted' | state_word }}/{{ 'accepted' | state_word(true) }}")
    assert said.render() == "待派单/正在为您安排人员"
    assert environment("zh-Hans").from_string("{{ 'supervise' | verb_word(true) }}").render() == ""


def test_every_state_has_its_words_and_lights():
    assert set(spoken.STATES_PLAIN) == set(spoken.LIGHTS) == set(states.State)
    assert set(spoken.VERBS_PLAIN) <= set(states.VERBS)


def test_times_carry_the_exact_moment():
    at = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    said = environment("zh-Hans").from_string("{{ at | by_when }}").render(at=at, now=at)
    assert said == '<time datetime="2026-03-02T06:30+00:00" title="2026-03-02 14:30">今天 14:30 前</time>'


def test_a_name_that_is_missing_is_an_error():
    with pytest.raises(Exception, match="undefined"):
        environment("zh-Hans").from_string("{{ nobody }}").render()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_script_no_style_and_says_what_it_needs(template):
    text = template.read_text()
    assert text.startswith("{#"), "its contract stands at the top"
    markup = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", markup)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", markup))


@pytest.mark.parametrize("lang", ["zh-Hans", "en"])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_compiles(template, lang):
    environment(lang).get_template(template.relative_to(assets.WEB / "templates").as_posix())


def test_language_falls_back_to_chinese():
    assert language(Request({"type": "http", "headers": [], "query_string": b"lang=%FF"})) == "zh-Hans"
