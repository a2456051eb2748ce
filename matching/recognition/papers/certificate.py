"""The certificate with its four groups (民发〔2015〕149号): person; hours and content; issuer; number, date, seal."""

from datetime import date

import segno

from matching.clock import SHANGHAI
from matching.documents.typesetting import pdf
from matching.recognition.model import Certificate
from matching.recognition.papers import HERE
from matching.recognition.points import hours

SOURCE = (HERE / "certificate.typ").read_text(encoding="utf-8")
LONGEST = 28  # characters of a title that stand on one line
GENDERS = {"f": "女", "m": "男"}


def certificate_pdf(certificate: Certificate, link: str) -> bytes:
    """One page A4 unless words are very long, as it was issued; a revoked one says so across the page. `link` is where
    it can be verified."""
    return pdf(SOURCE, told(certificate, link), at=certificate.issued_at)


def told(certificate: Certificate, link: str) -> dict[str, object]:
    """What the source is given."""
    said = certificate.content
    between = f"{_day(certificate.first_on)}至{_day(certificate.last_on)}"
    served = f"{hours(certificate.minutes)} 小时"
    times = sum(line[1] for line in said["lines"])
    person = [["姓　　名", said["name"]], ["志愿者编号", said["volunteer_no"]], ["所在组织", said["unit"]]]
    if said["gender"] in GENDERS:
        person.insert(1, ["性　　别", GENDERS[said["gender"]]])
    issued_on = _day(certificate.issued_at.astimezone(SHANGHAI).date())
    return {
        "title": f"志愿服务证明 {certificate.no}",
        "heading": "志愿服务证明",
        "issuer": said["issuer"],
        "sentence": f"兹证明{said['name']}于{between}期间参加志愿服务 {times} 次，"
        f"累计服务时间 {served}（不含路途时间）。",
        "groups": ["志愿者信息", "服务时间和内容", "出具单位", "证明信息"],
        "person": person,
        "service": [["服务时间", served], ["服务次数", f"{times} 次"]],
        "between": ["起止日期", between],
        "columns": ["服务内容", "次数", "时间（小时）"],
        "lines": [
            [_short(title) or "其他志愿服务", str(count), hours(minutes)] for title, count, minutes in said["lines"]
        ],
        "issued_by": [
            ["单位名称", said["issuer"]], ["负 责 人", said["in_charge"]], ["经 办 人", said["handler"]],
            ["联系电话", said["phone"]],
        ],
        "papers": [["证明编号", certificate.no], ["校 验 码", certificate.check], ["出具日期", issued_on]],
        "notes_label": "备　　注",
        "notes": said["notes"],
        "seal": "（盖章处）",
        "issued_on": issued_on,
        "void": "已作废" if certificate.revoked_at else "",
        "code": _code(link) if link else "",
        "how": f"扫码或打开 {link.partition('?')[0]} 输入校验码，可核对本证明的真伪。本证明免费出具，涂改无效。",
    }  # fmt: skip


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _code(link: str) -> str:
    return segno.make_qr(link, error="m").svg_inline(border=1, dark="#211c18")
