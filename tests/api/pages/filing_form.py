"""Filing as a browser does it: fetch the form, fill it, send it."""

import re
from typing import Any

from matching.privacy.consent import NOTICE_VERSION
from tests.cast import Visitor, field_value

HALL = "/q/menzhen-dating"
NEED = "请帮我妈妈推一下轮椅去做检查"
NAME, PHONE = "张小明", "13800001111"


def filled(visitor: Visitor, /, path: str = HALL, **changed: Any) -> dict[str, str]:
    """A form as it is sent, with a key of its own; a value of None leaves the field out."""
    form = {
        "filing_key": field_value(visitor.get(path).text, "filing_key"),
        "notice_version": NOTICE_VERSION,
        "service": "wheelchair",
        "need": NEED,
        "reason": "",
        "wanted": "soon",
        "wanted_from": "",
        "wanted_to": "",
        "name": NAME,
        "phone": PHONE,
        "consent_notice": "1",
        "consent_health": "1",
    }
    return {name: value for name, value in (form | changed).items() if value is not None}


def send(visitor: Visitor, form: dict[str, str], path: str = HALL) -> Any:
    """The answer to a sent form, not followed."""
    return visitor.post(path, data=form, follow_redirects=False)


def filed(visitor: Visitor, **changed: Any) -> str:
    """File and return the query code."""
    answer = send(visitor, filled(visitor, **changed))
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/r/([2-9A-HJ-NP-Z]{10})\?new=1", answer.headers["location"])
    assert found, answer.headers["location"]
    return found[1]


def typed_area(html: str, name: str) -> str:
    """What a textarea of a page holds."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', html, re.S)
    assert found, f"no area {name}"
    return found[1]
