"""Finding full names in folded text: a surname with one or two characters that parents choose, where a name is likely.

There is no end to names, so places count as much as characters: after 我叫, before 收, beside a bed or a number, or
alone between two marks (vocabulary/names.toml). Surname with title (罗师傅) and nicknames are nobody's full name.
"""

import re
from collections.abc import Iterator

from matching.privacy.hints import Words
from matching.privacy.masking import COMPOUND_SURNAMES
from matching.privacy.texts import pattern, vocabulary, written_out

Found = tuple[int, int]

_WORDS = vocabulary("names")
_SURNAMES = "".join(_WORDS["surnames"])
_GIVEN = frozenset("".join(_WORDS["given"]))
_TITLES = frozenset("".join(_WORDS["titles"]))
_BARE_SURNAMES = frozenset(_SURNAMES) - frozenset("".join(_WORDS["rarely_names"]))
_NO_NAMES = frozenset(_WORDS["no_names"])
_SURNAME = "|".join((*sorted(COMPOUND_SURNAMES), f"[{_SURNAMES}]"))
_KIN = {"kin": f"(?:我?(?:{pattern(_WORDS['kin'])}))"}
_STRONG = Words({"strong": [written_out(rf"(?:{text})\s?", _KIN) for text in _WORDS["strong"]]})
_WEAK = re.compile(rf"(?:{pattern(_WORDS['weak'], _KIN)})$")
_AFTER = re.compile(rf"\s?(?:{pattern(_WORDS['after'])})")
_NAME_TALK = re.compile(r"名[字子]|改名|写错|打错|姓名")
_CANDIDATE = re.compile(rf"(?P<surname>{_SURNAME})(?P<given>[一-龥]{{1,2}})")
_LEFT = re.compile(r"(?:^|[,。;:!?、\s()（）“”\"'\-—/\d])$")
_RIGHT = re.compile(r"[,。;:!?、\s()（）“”\"'\-—/\d~…+]|$")
_STOP = frozenset(
    "嘅过住在的是有我你他她们今要想来跟和与就也说不没了吗呢请帮能这那收代本已正还很人家妈爸名叫写给到去从把被让用点个位床号"
)
_WEST = re.compile(
    r"(?:(?:[Mm]y|[Hh]er|[Hh]is|[Ff]ull|[Pp]atient) name(?: is|:|'s)?|[Nn]ame(?: is|:)?|[Ii] am|I'm|[Tt]his is|Mr\.?|Mrs\.?|Ms\.?|Miss|[Pp]atient:?|[Cc]ontact:?|[Aa]sk for|"
    r"[Cc]alled|[Nn]amed|(?:husband|wife|son|daughter|father|mother|dad|mom|mum|brother|sister|friend),?(?: is)?)"
    r"\s+([A-Z][a-z]+(?:[-'][A-Z]?[a-z]+)?(?:\s[A-Z]\.?)?(?:\s[A-Z][a-z]+(?:[-'][A-Z]?[a-z]+)?){1,2})\b"
)
_DOTTED = re.compile(r"(?:(?<=[叫是名找给])|(?<![一-龥]))[一-龥]{2,6}[·•・‧][一-龥]{2,10}")
_CALLED = re.compile(
    r"(?:我叫|名叫|名字[叫是:]{1,2}|姓名[是:]{0,2}|收[件货]人[是写:]{0,2}|叫做)\s?([一-龥]{3,6})(?=[,。;!?、\s(]|$)"
)
_BESIDE_BED = re.compile(r"床[,:\s]{1,2}([一-龥]{3})(?=[,。;!?、\s]|$)")
_WEST_LOWER = re.compile(r"(?:my name is|name:|i am called|named)\s+([a-z]{2,12}\s[a-z]{2,12})(?=[,.;!?\n]|$)")
_LATIN = re.compile("[A-Za-z]{2}")
_NOT_WEST = re.compile(r"^(?:Chinese|English|American|British|French|German|Indian|In|On|At|From|Here|Not|Very|The)\b")


def full_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield surname + given name of private persons in folded text (case kept), as (start, end)."""
    name_talk = bool(_NAME_TALK.search(text))
    strong = {match.end() for regex in _STRONG.possible(text).get("strong", ()) for match in regex.finditer(text)}
    at = 0
    while match := _CANDIDATE.search(text, at):
        end = _end_of_name(text, match, match.start() in strong, name_talk)
        if end:
            yield match.start(), end
        at = end or match.start() + 1
    for match in _DOTTED.finditer(text):
        yield match.span()
    for match in _CALLED.finditer(text):
        if not _STOP & set(match[1]) and not _TITLES & set(match[1]):
            yield match.span(1)
    for match in _BESIDE_BED.finditer(text):
        if _GIVEN.issuperset(match[1][1:]) and match[1] not in _NO_NAMES:
            yield match.span(1)
    if _LATIN.search(text):
        for match in _WEST.finditer(text):
            if not _NOT_WEST.match(match[1]):
                yield match.span(1)
        for match in _WEST_LOWER.finditer(text):
            yield match.span(1)


def _end_of_name(text: str, match: re.Match[str], strong: bool, name_talk: bool) -> int:
    """Return where the name ends, 0 when `match` (surname and 1–2 characters) is none."""
    start, given_at = match.start(), match.end("surname")
    given = match["given"]
    if not strong and given[0] not in _GIVEN:
        return 0
    if given[0] in _TITLES and (given[0] not in _GIVEN or len(given) == 1):
        return 0
    fits = 0
    for character in given:
        if character not in _GIVEN:
            break
        fits += 1
    left = bool(_LEFT.search(text, max(0, start - 1), start)) or start == 0
    for size in (2, 1):
        end = given_at + size
        if size > len(given) or text[start:end] in _NO_NAMES:
            continue
        right = bool(_RIGHT.match(text, end))
        after = right or bool(_AFTER.match(text, end))
        stops = any(c in _STOP for c in given[:size])
        if strong:
            if (after and not stops) or (fits >= size and given[size - 1] not in _STOP):
                return end
            continue
        if (
            fits < size
            or given[size - 1] == "一"
            or (size == 1 and match["surname"] not in COMPOUND_SURNAMES and not after and text[end] not in _STOP)
        ):
            continue
        weak = bool(_WEAK.search(text, max(0, start - 8), start)) or (size == 2 and text[start - 1] in "叫喊请让")
        bare = left and right and text[start] in _BARE_SURNAMES
        if bare or (
            weak and (after or (not stops and (size == 2 or (text[end] in _STOP and text[start - 1] != "床"))))
        ):
            return end
        if size == 2 and ((left and after) or (_AFTER.match(text, end) and not right)):
            return end
        if name_talk and (after or size == 2) and text[start - 1 : start] in {"是", "成", "为"}:
            return end
    if name_talk and text[start - 1 : start] in {"是", "成"} and _RIGHT.match(text, match.end()):
        return match.end()
    return 0
