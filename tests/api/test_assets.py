"""One stylesheet, named by its content, small on the wire."""

import gzip
import re

from matching.api.assets import WEB, assets
from matching.api.stylesheet import bundle


def test_the_stylesheet_leaves_room_on_the_wire_for_the_filing_page():
    assert len(assets.by_name["app.css"].packed) < 11_000


def test_our_own_rules_are_at_most_400_lines():
    assert len((WEB / "static/app.css").read_text().splitlines()) <= 400


def test_the_bundle_keeps_what_pages_use_and_leaves_the_rest():
    css = gzip.decompress(assets.by_name["app.css"].packed).decode()
    assert "select{" in css.replace(",textarea{", "{")
    assert "[type=checkbox]" in css
    assert ".lamp" in css
    spoken_of = re.sub(r":not\([^()]*\)", "", css)
    assert not re.search(
        r"prefers-color-scheme|data-theme=dark|role=switch|type=range|@import|url\([\"']?http", spoken_of
    )
    assert css.count("{") == css.count("}")


def test_a_bundle_is_pure_text_in_and_out():
    pico = '/*! licence */@media print{a{b:c}}[data-theme=dark]{a:b}input:not([type=range]),dialog{x:"};"}'
    assert bundle(pico, "a > b { c: d; }\n/* why */") == (
        '/*! licence */@media print{a{b:c}}input:not([type=range]){x:"};"}a>b{c:d}'
    )


def test_an_address_changes_with_the_content():
    digest = assets.by_name["app.css"].digest
    assert assets.url("app.css") == f"/static/{digest}/app.css"
    assert re.fullmatch(r"[0-9a-f]{10}", digest)


def test_each_vendored_thing_has_its_licence_beside_it():
    for folder in (WEB / "static/vendor").iterdir():
        assert list(folder.glob("LICENSE*")), folder.name
