"""Administration."""

import base64
import re
from io import BytesIO
from urllib.parse import unquote

import pytest
from sqlmodel import select

from matching.people.model import AuditEntry
from matching.requests.policy import MAY
from matching.services.model import Service
from matching.units.model import OldSlug, Spot, Unit
from tests.cast import Doors, field_value

PAGES = ("/admin", "/admin/people/M0006", "/admin/units", "/admin/units/DW", "/admin/spots", "/admin/spots/new",
         "/admin/spots/S1", "/admin/spots/S1/poster", "/admin/spots/posters", "/admin/services",
         "/admin/services/books")  # fmt: skip


async def first(session, model, **where):
    return (await session.exec(select(model).filter_by(**where))).first()


async def acts(session):
    return list(await session.exec(select(AuditEntry.act).where(AuditEntry.act.not_like("sign%"))))


@pytest.mark.parametrize("path", [*PAGES, "/admin/policy", "/admin/audit"])
def test_an_administrator_reads_every_page_in_both_languages(doors: Doors, path):
    visitor = doors.of("root")
    assert visitor.get(path).status_code == 200
    assert visitor.get(f"{path}?lang=en").status_code == 200


def test_nobody_else_enters(doors: Doors):
    for login in ("wei", "di", "lead", "lin", "audit"):
        visitor = doors.of(login)
        assert {visitor.get(path).status_code for path in PAGES} == {403}, login
    assert doors.anybody().get("/admin", follow_redirects=False).headers["location"] == "/login?next=/admin"


def test_an_administrator_sees_no_requests(doors: Doors):
    menu = doors.of("root").get("/admin").text
    assert "/board" not in menu
    assert "/tasks" not in menu


def test_people_are_found_by_name_number_and_role(doors: Doors):
    visitor = doors.of("root")
    assert "林晓云" in visitor.get("/admin?q=晓云").text
    assert "林晓云" in visitor.get("/admin?q=M0006").text
    dispatchers = visitor.get("/admin?role=dispatcher").text
    assert "狄小满" in dispatchers
    assert "林晓云" not in dispatchers
    assert "没有找到" in visitor.get("/admin?q=%25").text


def test_people_are_paged_both_ways(doors: Doors, monkeypatch):
    monkeypatch.setattr("matching.api.pages.admin.people.PAGE", 4)
    visitor, pages, address = doors.of("root"), [], "/admin"
    while address:
        page = visitor.get(address).text
        pages.append(re.findall(r"/admin/people/(M\d+)", page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older and older[1].replace("&amp;", "&")
    assert [len(page) for page in pages] == [4, 4, 1]
    newer = re.search(r'rel="prev" href="([^"]+)"', page)[1]
    assert re.findall(r"/admin/people/(M\d+)", visitor.get(newer).text) == pages[1]
    assert visitor.get("/admin?at=nonsense").status_code == 200


def test_a_role_is_granted_and_revoked(doors: Doors):
    visitor = doors.of("root")
    answer = visitor.submit("/admin/people/M0006/grants", role="unit_lead", unit="ZB1")
    assert answer.headers["location"] == "/admin/people/M0006"
    page = visitor.get("/admin/people/M0006").text
    assert "角色已授予" in page
    assert "/board" in doors.of("lin").get("/me").text
    last = re.findall(r"/grants/(\d+)/revoke", page)[-1]
    visitor.submit(f"/admin/people/M0006/grants/{last}/revoke")
    assert "/board" not in doors.of("lin").get("/me").text


def test_a_refused_grant_keeps_what_was_chosen(doors: Doors):
    visitor = doors.of("root")
    page = visitor.submit("/admin/people/M0006/grants", role="unit_lead", unit="")
    assert page.status_code == 422
    assert 'value="unit_lead" selected' in page.text
    assert 'id="unit-wrong"' in page.text
    assert visitor.submit("/admin/people/M0006/grants", role="king", unit="ZB1").status_code == 422
    assert visitor.submit("/admin/people/M0001/grants", role="auditor", unit="DW").status_code == 403


def test_the_last_administrator_is_told_why_they_stay(doors: Doors):
    visitor = doors.of("root")
    held = re.search(r"/grants/(\d+)/revoke", visitor.get("/admin/people/M0001").text)[1]
    refused = visitor.submit(f"/admin/people/M0001/grants/{held}/revoke")
    assert refused.status_code == 409
    assert "最后一位管理员" in refused.text


def test_a_one_time_password_is_shown_once_and_opens(doors: Doors):
    visitor = doors.of("root")
    made = visitor.submit("/admin/people/M0006/password", login="lin")
    password = re.search(r'class="code">([\w-]+)<', made.text)[1]
    assert password not in visitor.get("/admin/people/M0006").text
    entered = doors.anybody().post("/login", data={"account": "lin", "password": password}, follow_redirects=False)
    assert entered.status_code == 303
    taken = visitor.submit("/admin/people/M0006/password", login="zhao")
    assert taken.status_code == 422
    assert field_value(taken.text, "login") == "zhao"


def test_somebodys_sign_ins_are_ended(doors: Doors):
    lin = doors.of("lin")
    doors.of("root").submit("/admin/people/M0006/end")
    assert lin.get("/me", follow_redirects=False).status_code == 303


def test_an_administrator_of_a_part_sees_that_part_only(doors: Doors):
    doors.of("root").submit("/admin/people/M0004/grants", role="administrator", unit="ZZ1")
    visitor = doors.of("lead")
    people = visitor.get("/admin").text
    assert "林晓云" in people
    assert "狄小满" not in people
    assert "行政支部" not in visitor.get("/admin/units").text
    assert "旧楼" not in visitor.get("/admin/spots").text
    for path in ("/admin/people/M0003", "/admin/units/DW", "/admin/spots/S3"):
        assert visitor.get(path).status_code == 404
    for path in ("/admin/services", "/admin/audit"):
        assert visitor.get(path).status_code == 403
    assert visitor.submit("/admin/spots/S3/open").status_code == 404


def test_units_are_added_below_and_renamed(doors: Doors):
    visitor = doors.of("root")
    added = visitor.submit("/admin/units/ZZ1/units", new_code="ZB9", new_name="门诊九支部", kind="branch")
    assert added.headers["location"] == "/admin/units"
    unit, above = doors.read(first, Unit, code="ZB9"), doors.cast.units["ZZ1"]
    assert (unit.path, unit.parent_id) == (f"{above.path}{unit.id}/", above.id)
    visitor.submit("/admin/units/ZB9", name="门诊玖支部")
    assert "门诊玖支部" in visitor.get("/admin/units").text
    visitor.submit("/admin/units/DW", name="仁爱医院党委", desk_phone="0755-1")
    login = doors.anybody().get("/login").text
    assert "仁爱医院" in login
    assert "仁爱医院党委" not in login  # patients read the hospital's name


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"new_code": "ZB2", "new_name": "又一个", "kind": "branch"}, "new_code"),
        ({"new_code": "a b", "new_name": "又一个", "kind": "branch"}, "new_code"),
        ({"new_code": "ZB9", "new_name": "又一个", "kind": "committee"}, "kind"),
        ({"new_code": "ZB9", "new_name": "", "kind": "branch"}, "new_name"),
    ],
)
def test_a_unit_that_cannot_be_added_is_explained(doors: Doors, typed, field):
    page = doors.of("root").submit("/admin/units/ZZ1/units", **typed)
    assert page.status_code == 422
    assert f'id="{field}-wrong"' in page.text
    assert field_value(page.text, "new_code") == typed["new_code"]


def test_a_place_is_added_changed_closed_and_opened(doors: Doors):
    visitor = doors.of("root")
    typed = {"name": "儿科候诊区", "building": "门诊楼", "floor": "3", "unit": "ZB1"}
    assert visitor.submit("/admin/spots/new", code="ped-3f", **typed).headers["location"] == "/admin/spots/ped-3f"
    spot = doors.read(first, Spot, code="ped-3f")
    assert re.fullmatch(r"ped-3f-[2-9a-z]{4}", spot.slug)
    visitor.submit("/admin/spots/ped-3f", **typed | {"name": "儿科门口", "floor": "-1"})
    changed = doors.read(first, Spot, code="ped-3f")
    assert (changed.name, changed.floor, changed.slug) == ("儿科门口", -1, spot.slug)
    visitor.submit("/admin/spots/ped-3f/close")
    assert doors.anybody().get(f"/q/{spot.slug}").status_code == 410
    assert visitor.get("/admin/spots/ped-3f/poster").status_code == 404
    visitor.submit("/admin/spots/ped-3f/open")
    assert doors.read(first, Spot, code="ped-3f").open
    assert doors.read(acts) == ["add_spot", "change_spot", "close_spot", "open_spot"]


def test_a_rotated_poster_leads_to_the_new_one(doors: Doors):
    visitor = doors.of("root")
    visitor.submit("/admin/spots/S1/rotate")
    spot = doors.read(first, Spot, code="S1")
    assert spot.slug != "menzhen-dating"
    assert doors.read(first, OldSlug, slug="menzhen-dating").spot_id == spot.id
    old = doors.anybody().get("/q/menzhen-dating")
    assert old.status_code == 410
    assert spot.slug in old.text
    assert visitor.submit("/admin/spots/S3/rotate").status_code == 409


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"floor": "三"}, "floor"), ({"floor": "200"}, "floor"), ({"unit": "X"}, "unit"), ({"code": "S2"}, "code"),
     ({"code": "new"}, "code"), ({"name": ""}, "name")],
)  # fmt: skip
def test_a_place_that_cannot_be_added_is_explained(doors: Doors, typed, field):
    given = {"name": "儿科", "building": "门诊楼", "floor": "3", "unit": "ZB1", "code": "S9"} | typed
    page = doors.of("root").submit("/admin/spots/new", **given)
    assert page.status_code == 422
    assert f'id="{field}-wrong"' in page.text
    assert field_value(page.text, "building") == "门诊楼"


def test_posters_are_read_by_a_scanner_and_say_how_else(doors: Doors):
    zxing, image = pytest.importorskip("zxingcpp"), pytest.importorskip("PIL.Image")
    page = doors.of("root").get("/admin/spots/S1/poster").text
    for words in ("无需注册 不收费", "门诊大厅", "0755-12345678", "/q/menzhen-dating", "120"):
        assert words in page
    svg = re.search(r'src="(data:image/svg\+xml[^"]+)"', page)[1].replace("&#39;", "'")
    drawn = drawing(svg, image)
    read = zxing.read_barcode(drawn)
    assert read.text == f"{doors.app.state.parts.settings.base_url}/q/menzhen-dating"
    assert read.ec_level == "M"


def drawing(svg_uri: str, image):
    """The picture of segno's SVG: runs of dark modules in one path of lines."""
    head, _, data = svg_uri.partition(",")
    svg = base64.b64decode(data).decode() if "base64" in head else unquote(data)
    side = int(re.search(r"viewBox=['\"]0 0 (\d+)|width=['\"](\d+)", svg)[2] or re.search(r"0 0 (\d+)", svg)[1])
    canvas, x, y = image.new("L", (side, side), 255), 0.0, 0.0
    for verb, numbers in re.findall(r"([MmhH])([-\d. ]+)", re.search(r"class=\W*qrline\W*.*?d=['\"]([^'\"]+)", svg)[1]):
        values = [float(number) for number in numbers.split()]
        if verb == "M":
            x, y = values
        elif verb == "m":
            x, y = x + values[0], y + values[1]
        else:
            for step in range(int(values[0])):
                canvas.putpixel((int(x) + step, int(y)), 0)
            x += values[0]
    big = canvas.resize((side * 8, side * 8), 0)
    kept = BytesIO()
    big.save(kept, "PNG")
    dark = [canvas.getpixel((at, 4)) for at in range(4)], canvas.getpixel((4, 4))
    assert dark == ([255] * 4, 0)  # four light modules, then the finder
    return image.open(kept)


def test_all_posters_print_at_once_without_the_closed_ones(doors: Doors):
    visitor = doors.of("root")
    page = visitor.get("/admin/spots/posters").text
    assert page.count('class="poster"') == 2
    assert "旧楼" not in page
    assert visitor.get("/admin/spots/posters?building=none").text.count('class="poster"') == 0


SERVICE = {"name": "轮椅", "group": "就医帮助", "audience": "both", "tier": "T2", "slots": "2", "dispatch_limit": "1h",
           "claim_limit": "1wd", "handle_limit": "3d", "needs_phone": "1"}  # fmt: skip


def test_a_service_is_changed_and_its_catalogue_entry_follows(doors: Doors):
    visitor = doors.of("root")
    assert visitor.submit("/admin/services/wheelchair", **SERVICE).headers["location"] == "/admin/services"
    service = doors.read(first, Service, code="wheelchair")
    assert (service.name, service.tier, service.slots, service.handle_limit) == ("轮椅", "T2", 2, "3d")
    assert service.needs_phone
    visitor.submit("/admin/services/wheelchair/close")
    assert not doors.read(first, Service, code="wheelchair").open
    visitor.submit("/admin/services/wheelchair/open")
    assert doors.read(acts) == ["change_service", "close_service", "open_service"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"handle_limit": "soon"}, "handle_limit"), ({"slots": "0"}, "slots"), ({"tier": "T9"}, "tier"),
     ({"item_cap_yuan": "501"}, "item_cap_yuan"), ({"name": "长" * 61}, "name")],
)  # fmt: skip
def test_a_service_that_cannot_be_is_explained(doors: Doors, typed, field):
    page = doors.of("root").submit("/admin/services/books", **SERVICE | typed)
    assert page.status_code == 422
    assert f'id="{field}-wrong"' in page.text


def test_the_policy_page_is_the_table_itself_and_open_to_everybody_signed_in(doors: Doors):
    page = doors.of("lin").get("/admin/policy").text
    rows = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.S))
    assert len(rows) >= len(MAY)
    columns = re.findall(r'<th scope="col">([^<]+)</th>', page)[1:]
    allowed = [
        who for who, cell in zip(columns, re.findall("<td>(.*?)</td>", rows["终审"], re.S), strict=True) if "●" in cell
    ]
    assert allowed == ["党委办公室"]


def test_the_audit_log_is_read_by_auditors_and_administrators_only(doors: Doors):
    doors.of("root").submit("/admin/people/M0006/grants", role="unit_lead", unit="ZB1")
    for login, status in [("audit", 200), ("root", 200), ("wei", 403), ("di", 403), ("lin", 403)]:
        assert doors.of(login).get("/admin/audit").status_code == status
    page = doors.of("audit").get("/admin/audit?act=grant").text
    assert "M0006 unit_lead ZB1" in page
    assert "管方正" in page
    assert "还没有这样的记录" in doors.of("audit").get("/admin/audit?act=revoke").text


def test_the_audit_log_is_paged(doors: Doors, monkeypatch):
    monkeypatch.setattr("matching.api.pages.admin.audit.PAGE", 2)
    for _again in range(3):
        visitor = doors.of("root")
    page = visitor.get("/admin/audit").text
    assert page.count("<tr><td>") == 2
    older = re.search(r'rel="next" href="([^"]+)"', page)[1]
    assert visitor.get(older).text.count("<tr><td>") == 1


def test_every_deed_needs_the_browsers_key(doors: Doors):
    visitor = doors.of("root")
    visitor.form_key = "forged"
    for path in ("/admin/people/M0006/grants", "/admin/people/M0006/password", "/admin/units/DW", "/admin/spots/new",
                 "/admin/spots/S1/rotate", "/admin/services/books/close"):  # fmt: skip
        assert visitor.submit(path, role="administrator", unit="DW").status_code == 403
    assert doors.read(acts) == []
