"""Names and phones as everybody but the active claimer sees them (docs/domain.md §5), and phones in one normal form."""

import re
import unicodedata

_COMPOUND = (
    "欧阳歐陽司马司馬上官诸葛諸葛东方東方皇甫尉迟尉遲公孙公孫慕容令狐宇文长孙長孫司徒司空夏侯端木南宫南宮独孤獨孤西门西門东郭東郭"
    "闻人聞人呼延轩辕軒轅申屠太史钟离鍾離澹台澹臺万俟濮阳濮陽拓跋淳于单于單于公羊赫连赫連完颜完顏第五乐正樂正"
)
COMPOUND_SURNAMES = frozenset(re.findall("..", _COMPOUND))
"""Surnames of two characters, simplified and traditional."""

_PUNCTUATION = re.compile(r"[\s\-‐‑‒–—―.·()_/]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10\d{8}|2\d{9}|[3-9]\d{2}\d{7,8})|400\d{7}")


def masked_name(name: str) -> str:
    """Return the first character and a star: 张*, 欧阳*, K*, 豆*; the length stays hidden too. Empty stays empty."""
    name = name.strip()
    if not name:
        return ""
    if name[:2] in COMPOUND_SURNAMES and len(name) > 2:
        return name[:2] + "*"
    return name[0] + "*"


def masked_phone(phone: str) -> str:
    """Return 199****2007; of a short number only the last two digits. Empty stays empty."""
    try:
        digits = normal_phone(phone)
    except ValueError:
        digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
        if not digits:
            return "*" * min(len(phone), 6)
    if len(digits) >= 10:
        return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]
    return "******" + digits[-2:]


def masked_mail(address: str) -> str:
    """Return z***@example.com. Empty stays empty."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if address else ""


def normal_phone(typed: str) -> str:
    """Return the digits of a mainland mobile (11), a landline with area code or a 400 number, however written.

    Spaces, dashes, brackets, full-width digits and a leading +86 are understood. Raises ValueError for anything else.
    """
    digits = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", typed))
    digits = re.sub(r"^(?:\+|00)86", "", digits)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if digits.isascii() and (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        return digits
    raise ValueError("not a phone number")
