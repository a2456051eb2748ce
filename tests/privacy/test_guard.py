"""What the guard finds, where exactly, and what it leaves alone."""

import itertools
import random

import pytest

from matching.privacy.consent import BANNED
from matching.privacy.guard import MARKS, Findings, Span, inspect, inspect_filing, mask, masked
from matching.privacy.personal import valid_id
from matching.privacy.texts import fold

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(body: str) -> str:
    """Return 17 digits with their check character, worked out as GB 11643 writes it down."""
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def found(text: str, kind: str) -> list[str]:
    return [text[s.start : s.end] for s in inspect(text).spans if s.type == kind]


@pytest.mark.parametrize(
    "written",
    [
        "19900009001",
        "199-0000-9001",
        "199 0000 9001",
        "１９９００００９００１",
        "199.0000.9001",
        "1 9 9 0 0 0 0 9 0 0 1",
        "幺九九零零零零九零零幺",
        "一九九〇〇〇〇九〇〇一",
        "一九九四个零九零零一",
        "199四个零9001",
        "199OOOO9001",
        "①⑨⑨0000⑨00①",
        "+86 199 0000 9001",
        "86-19900009001",
        "(199)0000-9001",
        "199\u200b0000\u200b9001",
        "one nine nine zero zero zero zero nine zero zero one",
    ],
)
def test_a_mobile_is_found_in_any_writing_and_exactly(written):
    text = f"麻烦打{written}，谢谢"
    assert found(text, "phone") == [written]
    assert masked(text) == "麻烦打〔电话〕，谢谢"


@pytest.mark.parametrize("written", ["0731-88881234", "010 8888 1234", "+44 7700 900123", "(0746)8881234"])
def test_a_landline_or_foreign_number_is_found(written):
    assert found(f"座机{written}，", "phone") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "打12345没人接，114也打不通，急救是120",
        "快递单号SF1990000765432还没到",
        "订单号19900007654321000",
        "就诊卡号20260311045",
        "条码号19900009001扫不出来",
        "2026-03-18 09:30 在三楼等",
        "血糖5.6，血压138/90，体重62.5",
    ],
)
def test_other_numbers_are_no_phone(text):
    assert found(text, "phone") == []


def test_a_number_ending_where_a_chinese_numeral_follows_is_still_found():
    assert found("手机19900009001一直关机", "phone") == ["19900009001"]


@pytest.mark.parametrize("body", ["00000018500312021", "00000018501105118", "00000018500909007"])
def test_an_id_number_is_known_by_its_checksum(body):
    number = id_number(body)
    assert valid_id(number)
    for written in (number, f"{number[:6]} {number[6:14]} {number[14:]}", number.lower()):
        assert found(f"给您，{written}，对吧", "id_number") == [written]
    others = [number[:-1] + c for c in "0123456789X" if c != number[-1]]
    assert not any(valid_id(other) for other in others)
    for other in others:
        assert found(f"收据编号{other}，", "id_number") == []
        assert found(f"收据编号{other}，", "phone") == []


def test_an_id_number_with_x_is_found_in_either_case():
    number = next(n for i in range(100) if (n := id_number(f"00000018500420{i:03}")).endswith("X"))
    for written in (number, number.lower(), number[:-1] + "×"):
        assert found(f"号码{written}", "id_number") == [written]


def test_a_number_called_an_id_number_is_hidden_even_when_mistyped():
    number = id_number("00000018500312021")
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert found(f"身份证号：{wrong}", "id_number") == [wrong]


def test_a_right_checksum_without_a_birthday_is_no_id_number():
    assert found(f"流水{id_number('20260314999912345')}", "id_number") == []


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("微信号 lin0000abc", "lin0000abc"),
        ("加我微信：lin-0000_abc 谢谢", "lin-0000_abc"),
        ("vx lin0000abc", "lin0000abc"),
        ("Wechat: Lin0000abc", "Lin0000abc"),
        ("薇❤信 lin0000abc", None),
        ("打不通就加 lin_0000", "lin_0000"),
        ("lin0000abc是我微信", "lin0000abc"),
    ],
)
def test_a_wechat_account_is_found_without_its_label(text, account):
    assert found(text, "wechat_id") == ([account] if account else [])


@pytest.mark.parametrize(
    "text",
    [
        "微信支付用不了",
        "WeChat Pay please",
        "微信公众号打不开",
        "连不上hospital_wifi",
    ],
)
def test_the_word_alone_is_no_account(text):
    assert found(text, "wechat_id") == []


@pytest.mark.parametrize("bed", ["33床", "加2床", "床号05", "壹拾肆床", "十六床", "28号床", "bed 12", "Bed No. 7"])
def test_a_bed_is_found(bed):
    assert found(f"在{bed}，" if not bed.lower().startswith("bed") else f"at {bed}, please", "bed_no") == [bed]


@pytest.mark.parametrize(
    "text", ["要两床被子", "借一张行军床", "5楼12病房", "换一床干净的被套", "一床难求", "1.2米床", "三张床"]
)
def test_a_quilt_a_floor_or_a_ward_is_no_bed(text):
    assert found(text, "bed_no") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我叫欧阳振国，想理发", "欧阳振国"),
        ("联系我女儿傅晓燕", "傅晓燕"),
        ("姓名：羅美玲", "羅美玲"),
        ("找谢长青就行", "谢长青"),
        ("27床 钟桂芳", "钟桂芳"),
        ("寄给石满堂收", "石满堂"),
        ("My name is Linda Thompson.", "Linda Thompson"),
    ],
)
def test_a_full_name_is_found(text, name):
    assert found(text, "full_name") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "罗师傅修得好",
        "找邬主任",
        "豆豆爷爷",
        "孩子喜欢李宁的鞋",
        "明天上午，平安回家",
        "谢谢大家",
        "白血病",
        "高兴",
        "王阿姨",
    ],
)
def test_titles_nicknames_brands_and_words_are_no_full_name(text):
    assert found(text, "full_name") == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("寄到资水市北湖区柳荫路18号3栋2单元601，谢谢", "资水市北湖区柳荫路18号3栋2单元601"),
        ("家住临溪县白石乡大塘村七组。", "临溪县白石乡大塘村七组"),
        ("Please post it to 12 Willow Road", "12 willow road"),
    ],
)
def test_an_address_is_found_as_one(text, address):
    assert [a.lower() for a in found(text, "address")] == [address]


@pytest.mark.parametrize(
    "text",
    [
        "外科楼九楼3号窗口",
        "门诊一楼药房",
        "从东院到本部坐5路车",
        "在资水市里打工",
    ],
)
def test_places_in_the_hospital_are_no_address(text):
    assert found(text, "address") == []


def test_a_bank_card_a_mail_address_and_a_qq_number_are_hidden_too():
    assert (
        masked("卡号4111 1111 1111 1111 邮箱 a.b@example.com QQ 12345678") == "卡号〔卡号〕 邮箱 〔账号〕 QQ 〔账号〕"
    )


def test_spans_point_into_the_text_as_typed():
    text = "😀ＡＢ📞１９９－００００－９００１，找𠮷田"
    (span,) = inspect(text).spans
    assert text[span.start : span.end] == "１９９－００００－９００１"


def test_masking_leaves_everything_else_as_it_was():
    text = "头 19900009001 中 33床 尾"
    assert masked(text) == "头 〔电话〕 中 〔床号〕 尾"
    assert mask("abcdef", (Span(4, 5, "phone"), Span(0, 2, "address"))) == "〔地址〕cd〔电话〕f"
    assert mask("abc", ()) == "abc"


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "。", "床", "1", "😀" * 300, "1" * 3000, "我叫", "微信", "路1号", "(", "\x00\ud800"]
)
def test_nothing_typed_breaks_the_reading(text):
    findings = inspect(text)
    assert isinstance(findings, Findings)
    assert mask(text, ()) == text


def test_spans_never_overlap_and_folding_keeps_every_place():
    dice = random.Random(17)
    parts = [
        "19900009001",
        "33床",
        "微信lin_0000",
        "我叫张小明",
        "路5号",
        "十",
        "，",
        " ",
        "a1b2c3",
        "身份证",
        "４",
        "①",
        "İ",
        "床",
        "收",
        "爸",
    ]
    for _ in range(500):
        text = "".join(dice.choice(parts) for _ in range(12))
        assert len(fold(text)) == len(fold(text).lower()) == len(text)
        spans = inspect(text).spans
        for one, next_one in itertools.pairwise(spans):
            assert 0 <= one.start < one.end <= next_one.start
        assert all(span.end <= len(text) and span.type in MARKS for span in spans)


def test_an_emergency_is_read_across_the_fields_and_is_never_refused():
    need, reason = inspect_filing("帮我加个号", "我爸突然倒在地上，叫不醒")
    assert need.emergency
    assert reason.emergency
    assert need.banned is None


def test_fields_have_their_own_spans():
    need, reason = inspect_filing("33床", "电话19900009001")
    assert [s.type for s in need.spans] == ["bed_no"]
    assert [(s.type, s.start) for s in reason.spans] == [("phone", 2)]


def test_only_known_kinds_are_refused():
    assert {inspect(t).banned for t in ("能不能折现", "帮我插个队", "包个红包给医生")} <= set(BANNED)
    assert inspect("能不能折现").banned == "cash_gift"
    assert inspect("帮我插个队").banned == "queue_jumping"
    assert inspect("包个红包给医生").banned == "red_envelope"


@pytest.mark.parametrize(
    "text",
    [
        "不插队，就是坐着等",
        "不要加号，教我操作就行",
        "不是要诊断，只想知道缩写的意思",
        "想送面锦旗，不送钱",
        "手术押金怎么退给我",
    ],
)
def test_what_is_denied_or_ordinary_is_not_refused(text):
    assert inspect(text).banned is None


@pytest.mark.parametrize(
    "text", ["他没有昏迷", "去年中过风，现在都好", "无聊得想死", "教教我们噎住了怎么处理", "报告写“胸痛待查”什么意思"]
)
def test_denied_past_taught_written_and_figurative_signs_are_no_emergency(text):
    assert not inspect(text).emergency


@pytest.mark.parametrize(
    "text",
    [
        "去年中过风，刚才又突然嘴歪了",
        "教教我，孩子抽起来了怎么办",
        "昨天出院，今天叫不醒了",
        "我不是开玩笑，我不想活了",
    ],
)
def test_a_danger_now_counts_whatever_else_is_said(text):
    assert inspect(text).emergency


@pytest.mark.parametrize("text", ["给初一新生讲心肺复苏", "和高中生一起上一堂急救课", "请给初中生也讲一次"])
def test_pupils_are_nobodys_name(text):
    assert masked(text) == text
