"""Finding numbers, accounts, beds and addresses in folded text. Spans are (start, end) in the text that was folded.

Which is which: docs/domain.md §5. Phones, ID numbers and accounts prefer finding too much; what is masked is still
readable by the active claimer.
"""

import re
from collections.abc import Iterator

from matching.privacy.texts import numerals

Found = tuple[int, int]

_SEP = r"[\s.\-·•_/~*()—–―:\u200b-\u200d\u2060\ufeff\ufe0f\u20e3]{0,3}"
_MOBILE = re.compile(rf"(?:\+?(?:00)?86{_SEP})?(?:\((?=.{{3}}\)))?1{_SEP}[3-9](?:{_SEP}\d){{9}}")
_MOBILE_WITH_COMMAS = re.compile(r"1[3-9]\d[,、\s]{1,2}\d{4}[,、\s]{1,2}\d{4}")
_LANDLINE = re.compile(
    r"(?<![\d+])\(?0(?:10|2\d|[3-9]\d\d)\)?[-\s]?[2-8]\d{2,3}[-\s]?\d{4}(?!\d)"
    r"|\+\d(?:[\s\-()]{0,2}\d){7,14}"
)
_NAMED_NUMBER = re.compile(
    r"(?:电话|手机|座机|tel|phone|call|whatsapp|呼我|打我)[号码:是为no. ]{0,6}(\d{3,4}[-\s]?\d{4})(?![\d-])"
)
_SPOKEN = re.compile(
    r"(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)[\s,-]*){8,}(?<![\s,-])"
)
_LABELLED = re.compile(r"(?:单|卡|编|订|条|流水|取件|码|票)[号码][码是为:\s]{0,3}[a-z]{0,4}$|码\s?[a-z]{1,4}$")
_DIGITS18 = re.compile(rf"\d(?:{_SEP}\d){{16}}{_SEP}[\dx×]")
_ID_WORD = re.compile(r"(?:身份证|证件|证号|idcard|id card|id no|id number)[号码是为:.\s]{0,5}$")
_OTHER_PAPER = re.compile(
    r"(?:护照|通行证|passport|台胞证|回乡证)[号码是为nois:.\s]{0,6}([a-z]{1,2}\d{7,9})"
    r"|(?:身份证|证件|证号)[号码是为:\s]{0,5}(\d{15})(?!\d)"
    r"|(?<![a-z0-9])([a-z]{1,2}\d{6}\s?\(?[0-9a]\)?)(?![a-z0-9])"
)
_ANY_DIGIT = re.compile("[0-9零〇○洞幺一二三四五六七八九壹贰叁肆伍陆柒捌玖]")
_ANY_LETTER = re.compile("[a-z_]")
_ANY_NUMBER = re.compile(r"[\d零〇一二三四五六七八九十百]")
_RUN = re.compile(r"\d{19,}")
_CARD = re.compile(r"(?<!\d)(?:62|4\d|5[1-5])\d{2}(?:[\s-]?\d{4}){3}(?:[\s-]?\d{1,3})?(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_APP = r"(?:[微薇威徽][信星]|卫星|v信|[vw]x|we ?chat|weixin|whats ?app|telegram|line id|抖音|小红书|快手)"
_NAMED_ACCOUNT = re.compile(
    rf"{_APP}[^a-z0-9_\n]{{0,8}}(?:(?:id|no)\b[^a-z0-9_\n]{{0,4}}(?:is )?)?([a-z_][-\w]{{5,19}})(?![-\w@]|\.\w)",
    re.ASCII,
)
_ADDED_ACCOUNT = re.compile(
    r"(?:加|搜|add |找我|联系)[我:\s]{0,3}([a-z_](?=[-\w]*[\d_])[-\w]{5,19})(?![-\w@])", re.ASCII
)
_ACCOUNT_BEFORE = re.compile(
    rf"(?<![-\w@])([a-z_](?=[-\w]*[\d_])[-\w]{{5,19}})\s?[,是(]{{0,2}}(?:my |我|本人)?的?{_APP}", re.ASCII
)
_LONE_ACCOUNT = re.compile(r"(?<![-\w@.])([a-z]+_\w*\d{2}\w*|[a-z]\w*\d{2}\w*_[a-z]\w*)(?![-\w@])", re.ASCII)
_QQ = re.compile(r"(?:qq|扣扣|企鹅)[号是为:\s]{0,4}(\d{5,11})(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_NOT_ACCOUNTS = frozenset(
    {"please", "friend", "number", "account", "wechat", "weixin", "scanning", "payment", "whatsapp"}
)

_NUM = r"(?:\d{1,3}|[零〇一二三四五六七八九十百廿壹贰叁肆伍陆柒捌玖拾]{1,4})"
_BED = re.compile(
    rf"(?<![\d.:点米百千])(?:(?:加|抢救|监护|留观|观察|vip|icu|[a-z])\s?-?)?{_NUM}\s?[号#]?\s?(?:病床|床)"
    r"(?![上新厚薄大小旧干净的]{0,3}[被褥毯垫席棉单铺]|难求|以上|左右|位[吗么])"
    rf"|床[位号头]{{1,2}}[号码是为:#\s]{{0,3}}(?:加|vip)?\s?-?(?!一[般些个直样定共起]){_NUM}(?![\d.]|[个张点米天楼])(?:\s?号?床)?"
    r"|\bbed\s?(?:no\.?|number|#)?\s?[a-z]?\d{1,3}[a-z]?\b(?!\s?(?:days?|hours?|weeks?|nights?|sheets?|pillows?|m\b))"
    r"|(?<!\d)\d{1,3}\s?(?:号|#)\s?(?:bed|床)"
)
_COUNTED = re.compile(r"[一二三四五六七八九十]床")
_BED_COMES = re.compile(r"(?:^|[,。;:!?、\s(]|[科区室房内外]|[住在是到找])$")

_DIGIT = r"[0-9零〇一二三四五六七八九十百]"
_ROAD = rf"(?:路|街|大道|巷|弄|胡同|道|里|坊|段|湾|冲|坳|墟){_DIGIT}{{1,5}}(?:-\d+)?[号弄]"
_VILLAGE = rf"(?:村|屯|寨|社区|庄)(?:第)?{_DIGIT}{{1,3}}[组队社]"
_ESTATE = rf"(?:小区|花园|家园|新村|公寓|家属院|宿舍|苑|邨|城|府|庭|湾|园|大厦|里|品){_DIGIT}{{0,3}}[期区]?{_DIGIT}{{1,4}}(?:栋|幢|座|号楼)"
_TOWER = rf"{_DIGIT}{{1,4}}(?:栋|幢|座|号楼)(?:{_DIGIT}{{1,3}}单元)?(?:\d{{3,4}}(?:室|房|户)?|{_DIGIT}{{1,4}}(?:室|户))"
_BLOCK = r"[邨苑园城庭]\S{1,6}[楼阁]\d{1,4}室"
_CORE = re.compile(f"{_ROAD}|{_VILLAGE}|{_ESTATE}|{_TOWER}|{_BLOCK}")
_WEST = re.compile(
    r"(?:(?:flat|room|unit|apt\.?|apartment)\s?[\w-]{1,6},?\s)?\b\d{1,5}[a-z]?,?\s(?:[a-z]+\s){1,3}(?:road|street|avenue|lane|rd|st|ave|drive|blvd)\b",
    re.ASCII,
)
_BEFORE_ADDRESS = re.compile(
    r".*(?:地址|住址|住在|家住|寄到|寄至|寄往|寄回|送到|送至|邮到|邮至|快递到|发到|位于|回家|[:,。;!?、\s(“\"]|[住寄在到邮是往于址请])"
)
_TAIL = re.compile(
    rf"(?:[\w一-龥]{{0,8}}?{_DIGIT}{{1,4}}(?:栋|幢|座|号楼|单元|室|楼|层|户|号|房|组)|[-\s]?\d{{1,4}}[a-z]?(?!\d|[块元个点月日床:]))*"
)
_PLACE = re.compile(r"[一-龥]{1,3}(?=[,。;!?、\s]|$)")
_AFTER_ADDRESS = frozenset("收电就好谢请麻就可名我寄联人")


def phones(text: str) -> Iterator[Found]:
    """Yield mobiles in any writing, landlines with area code, foreign numbers and short ones that are named as a phone."""
    if len(_ANY_DIGIT.findall(text)) < 5:
        yield from (match.span() for match in _SPOKEN.finditer(text)) if "e" in text else ()
        return
    digits, where = numerals(text)
    at = 0
    while match := _MOBILE.search(digits, at):
        start, end = where(match.start()), where(match.end() - 1) + 1
        at = _next_try(digits, match.start())
        if _digit(text, start - 1) or _digit(text, end) or _LABELLED.search(text, max(0, start - 8), start):
            continue
        groups = [len(group) for group in re.findall(r"\d+", match[0].removeprefix("+"))]
        if len(groups) > 3 and (_digit(text, start - 2) or _digit(text, end + 1)) and max(groups) > 1:
            continue
        yield start, end
        at = match.end()
    for pattern in (_MOBILE_WITH_COMMAS, _LANDLINE, _NAMED_NUMBER, _SPOKEN):
        for match in pattern.finditer(text):
            yield match.span(1) if pattern.groups and match[1] else match.span()


def papers(text: str) -> Iterator[Found]:
    """Yield ID numbers with a good GB 11643 checksum or named as one, old ones of 15 digits, Hong Kong IDs, passports."""
    if len(_ANY_DIGIT.findall(text)) < 5:
        return
    digits, where = numerals(text)
    at = 0
    while match := _DIGITS18.search(digits, at):
        start, end = where(match.start()), where(match.end() - 1) + 1
        at = _next_try(digits, match.start())
        number = re.sub(r"[^\dx]", "", match[0].replace("×", "x"))
        if _digit(text, start - 1) or _digit(text, end) or not _has_birthday(number):
            continue
        if valid_id(number) or _ID_WORD.search(text, max(0, start - 12), start):
            yield start, end
            at = match.end()
    for match in _OTHER_PAPER.finditer(text):
        if match[1] or match[2]:
            yield match.span(1 if match[1] else 2)
        elif _hong_kong_id(match[3]):
            yield match.span(3)


def valid_id(number: str) -> bool:
    """Tell whether 18 characters carry the checksum of GB 11643 (ISO 7064 MOD 11-2)."""
    remainder = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10x98765432"[remainder] == number[-1].lower()


def _has_birthday(number: str) -> bool:
    return 1800 <= int(number[6:10]) <= 2100 and 1 <= int(number[10:12]) <= 12 and 1 <= int(number[12:14]) <= 31


def _hong_kong_id(text: str) -> bool:
    letters = re.sub(r"[\s()]", "", text)
    values = [ord(c) - 87 if c.isalpha() else int(c) for c in letters[:-1]]
    check = 10 if letters[-1] == "a" else int(letters[-1])
    weighted = [36, *values] if len(letters) == 8 else values
    return (sum(v * w for v, w in zip(weighted, range(9, 1, -1), strict=True)) + check) % 11 == 0


def cards(text: str) -> Iterator[Found]:
    """Yield bank cards: 16 to 19 digits of a known issuer that pass the Luhn check."""
    for match in _CARD.finditer(text):
        digits = [int(c) for c in re.sub(r"\D", "", match[0])][::-1]
        if sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0:
            yield match.span()


def wechat_ids(text: str) -> Iterator[Found]:
    """Yield accounts of WeChat and its like: the account only, without the word before it."""
    for pattern in (_NAMED_ACCOUNT, _ADDED_ACCOUNT, _ACCOUNT_BEFORE, _LONE_ACCOUNT) if _ANY_LETTER.search(text) else ():
        for match in pattern.finditer(text):
            if match[1] not in _NOT_ACCOUNTS:
                yield match.span(1)


def accounts(text: str) -> Iterator[Found]:
    """Yield mail addresses and QQ numbers."""
    yield from (match.span() for match in _MAIL.finditer(text)) if "@" in text else ()
    yield from (match.span(1) for match in _QQ.finditer(text))


def beds(text: str) -> Iterator[Found]:
    """Yield beds: 33床, 加2床, 床号05, bed 12. A name always stands near: the filing has one of its own."""
    for match in _BED.finditer(text) if "床" in text or "bed" in text else ():
        if _COUNTED.fullmatch(match[0]) and not _BED_COMES.search(text, 0, match.start()):
            continue
        yield match.span()


def addresses(text: str) -> Iterator[Found]:
    """Yield home and postal addresses that are precise to a number, a group or a building, as one span each."""
    if not _ANY_NUMBER.search(text):
        return
    done = 0
    for match in _CORE.finditer(text):
        if match.start() < done:
            continue
        start = match.start()
        lead = _BEFORE_ADDRESS.match(text, max(done, start - 24), start)
        start = lead.end() if lead else max(done, start - 12)
        tail = _TAIL.match(text, match.end())
        end = tail.end() if tail else match.end()
        place = _PLACE.match(text, end)
        if place and not _AFTER_ADDRESS & set(place[0]):
            end = place.end()
        done = end
        yield start, end
    yield from (match.span() for match in _WEST.finditer(text))


def _next_try(digits: str, start: int) -> int:
    """Return where to look next when what begins at `start` is refused: behind a run too long for any number we know."""
    run = _RUN.match(digits, start)
    return run.end() if run else start + 1


def _digit(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "0" <= text[at] <= "9"
