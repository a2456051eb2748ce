"""The catalogue and the places."""

import pytest

from matching.errors import Invalid
from matching.services.model import Service
from matching.units.model import Spot
from tests.importing.conftest import DATA, counts, said

UNITS = "code,name,level,parent\nDW,党委,党委,\nB1,甲支部,党支部,DW\n"
SPOTS = "code,name_zh,building,floor,department,default_branch\n"
SERVICES = (
    "code,name_zh,audience,kind,default_slots,urgency_tier,dispatch_limit,claim_limit,handle_limit,required_skills\n"
)


async def test_the_examples_are_whole_and_the_second_time_nothing_changes(bring, rows):
    await bring("units", DATA / "branches.csv")
    assert counts(await bring("services", DATA / "services.csv")) == (27, 0, 0, 0)
    assert counts(await bring("services", DATA / "services.csv")) == (0, 0, 27, 0)
    assert counts(await bring("spots", DATA / "spots.csv")) == (42, 0, 0, 0)
    assert counts(await bring("spots", DATA / "spots.csv")) == (0, 0, 42, 0)
    interpreting = next(one for one in await rows(Service) if one.code == "interpreting")
    assert interpreting.skills == ["方言-邵阳话", "方言-粤语", "手语", "英语"]
    assert [one.position for one in await rows(Service)] == list(range(1, 28))


async def test_bad_limits_tiers_and_slots_are_named(bring):
    await bring("units", UNITS)
    report = await bring(
        "services", SERVICES + "a,甲,patient,service,0,T9,1hour,1wd,7d,\nb,乙,all,thing,x,T1,1h,1h,1h,\n"
    )
    assert said(report) == [
        (2, "default_slots", "out_of_range"),
        (2, "urgency_tier", "not_one_of"),
        (2, "dispatch_limit", "bad_limit"),
        (3, "audience", "not_one_of"),
        (3, "kind", "not_one_of"),
        (3, "default_slots", "not_a_number"),
    ]


async def test_a_spot_keeps_its_address_when_it_is_renamed_and_codes_that_look_alike_get_different_ones(bring, rows):
    await bring("units", UNITS)
    await bring("spots", SPOTS + "A-1,大厅,门诊楼,1,门诊部,B1\nA 1,走廊,门诊楼,1,,B1\n")
    assert [spot.slug for spot in await rows(Spot)] == ["a-1", "a-1-2"]
    assert counts(await bring("spots", SPOTS + "A-1,新大厅,门诊楼,1,门诊部,B1\n")) == (0, 1, 0, 0)
    assert [(spot.slug, spot.name) for spot in await rows(Spot)] == [("a-1", "新大厅"), ("a-1-2", "走廊")]


async def test_a_spot_of_an_unknown_branch_is_refused(bring):
    await bring("units", UNITS)
    assert said(await bring("spots", SPOTS + "A,大厅,,1,,B7\n")) == [(2, "default_branch", "unit_not_listed")]


async def test_without_a_hospital_there_is_nothing_to_hang_them_on(bring):
    with pytest.raises(Invalid) as refused:
        await bring("services", DATA / "services.csv")
    assert refused.value.fields["file"].code == "no_hospital"


async def test_names_of_several_lines_or_with_what_cannot_be_seen_are_refused(bring):
    await bring("units", UNITS)
    rows = 'a,"甲\n乙",,1,,B1\nb,甲\u202e乙,,1,,B1\nc,\u200b\u2060,,1,,B1\n'
    report = await bring("spots", SPOTS + rows)
    assert said(report) == [
        (2, "name_zh", "line_breaks"),
        (3, "name_zh", "control_characters"),
        (4, "name_zh", "required"),
    ]


async def test_places_whose_codes_have_no_letter_are_told_apart_by_a_number(bring, rows):
    await bring("units", UNITS)
    await bring("spots", SPOTS + "厅,大厅,甲楼,1,,B1\n")
    assert counts(await bring("spots", SPOTS + "室,诊室,甲楼,1,,B1\nSpot-2,药房,甲楼,1,,B1\n廊,走廊,甲楼,1,,B1\n")) == (
        3,
        0,
        0,
        0,
    )
    assert [one.slug for one in await rows(Spot)] == ["spot", "spot-2", "spot-2-2", "spot-3"]
