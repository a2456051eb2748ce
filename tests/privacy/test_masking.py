"""What everybody but the active claimer sees of a name and a phone."""

import pytest

from matching.privacy.masking import masked_name, masked_phone, normal_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张小明", "张*"),
        ("张明", "张*"),
        ("欧阳振国", "欧阳*"),
        ("歐陽鋒", "歐陽*"),
        ("欧阳", "欧*"),
        ("Ken", "K*"),
        ("阿Ken", "阿*"),
        ("豆豆爷爷", "豆*"),
        ("  李女士 ", "李*"),
        ("", ""),
        ("   ", ""),
        ("王", "王*"),
        ("Mary Thompson", "M*"),
        ("19900002007", "1*"),
    ],
)
def test_a_name_shows_its_surname_only(name, shown):
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("199-0000-2007", "199****2007"),
        ("１９９００００２００７", "199****2007"),
        ("+86 199 0000 2007", "199****2007"),
        ("0731-8888 1234", "073*****1234"),
        ("88881234", "******34"),
        ("", ""),
        ("问护士", "***"),
    ],
)
def test_a_phone_shows_its_ends_only(phone, shown):
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "19900002007",
        "199-0000-2007",
        "199 0000 2007",
        "１９９－００００－２００７",
        "+86 199-0000-2007",
        "0086 19900002007",
        "8619900002007",
        " 199.0000.2007 ",
    ],
)
def test_a_mobile_is_understood_however_it_is_typed(typed):
    assert normal_phone(typed) == "19900002007"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("0731-8888 1234", "073188881234"),
        ("(010)8888-1234", "01088881234"),
        ("0746 888 1234", "07468881234"),
        ("400-000-1234", "4000001234"),
    ],
)
def test_a_landline_with_area_code_is_understood(typed, digits):
    assert normal_phone(typed) == digits


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "120",
        "88881234",
        "1990000200",
        "199000020071",
        "12900002007",
        "电话19900002007",
        "199-0000-200X",
        "010-888-1234",
        "٠١٩٩٠٠٠٠٢٠٠٧",
        "199 0000 2007 转 8",
    ],
)
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(ValueError, match="not a phone"):
        normal_phone(typed)
