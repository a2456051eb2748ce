"""What a notice says to whoever reads it, and where it leads; the same for pages and programs."""

from functools import partial

from matching.api import i18n
from matching.api.places import service_name
from matching.notices.apart import AGREEMENT_PAGES, APART, Subject
from matching.notices.audience import ANY, GROUP, TO_ANSWER, WORDS
from matching.notices.composing import OTHER
from matching.notices.queries import Heard

SOMETHING = f"{ANY}.{GROUP}"  # for words that an older version wrote


def sentence(heard: Heard, lang: str, subject: Subject | None = None) -> str:
    """One sentence in their language; of a post its title, of an activity or a declaration with `subject`. Nothing of a
    requester is in it."""
    if heard.post is not None:
        return heard.post.title
    if subject is not None:
        said = subject.params(partial(i18n.translate, lang), heard.notice.at)
        return i18n.translate(lang, APART[heard.notice.words].said if heard.notice.words in APART else OTHER, said)
    said = {
        "number": heard.request.number if heard.request else "",
        "service": service_name(heard.request.service, lang) if heard.request else "",
        "unit": heard.unit.name if heard.unit else "",
    }
    return i18n.translate(lang, WORDS.get(heard.notice.words, WORDS[SOMETHING]), said)


def about(heard: Heard) -> str:
    """The page of what it is about, or of one's tasks; '' where it does not open for them."""
    if not heard.opens:
        return ""
    if heard.notice.words in TO_ANSWER:
        return "/tasks"
    if heard.notice.agreement_id is not None:
        return AGREEMENT_PAGES[heard.notice.words]
    if heard.notice.declared_id is not None:
        return "/points#declared"
    if heard.notice.activity_id is not None:
        return f"/activities/{heard.notice.activity_id}"
    if heard.post is not None:
        return f"/notices/posts/{heard.post.id}"
    return f"/requests/{heard.request.number}" if heard.request else ""
