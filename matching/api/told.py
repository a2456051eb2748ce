"""What both doors say of a channel: whether a test message went, and what a confirmation mail needs."""

from datetime import datetime

from matching.api import i18n
from matching.api.deps import Parts
from matching.api.limits import MAIL_CODES, TESTS
from matching.errors import Refused
from matching.notices import composing, confirming
from matching.notices.endpoints import Kept, address_of, note_test
from matching.notices.model import Way
from matching.notices.troubles import words_of
from matching.notices.ways.answer import Answer, Outcome
from matching.people.actor import Actor
from matching.words import _

OUTCOMES = {
    Outcome.sent: _("测试消息已经发出，请去看看收到没有。"),
    Outcome.later: _("这一次没有发出去：{why}。请核对后再试。"),
    Outcome.never: _("对方拒绝了：{why}。请核对地址和密钥。"),
    Outcome.unsure: _("不确定对方收到没有：{why}。请去看看。"),
}


def said(answer: Answer, lang: str) -> str:
    """What became of a test message."""
    return i18n.translate(lang, OUTCOMES[answer.outcome], {"why": i18n.translate(lang, words_of(answer.why))})


async def try_endpoint(parts: Parts, kept: Kept, by: Actor, at: datetime) -> Answer:
    """Send a test message to a group, and note it. Raises TooMany, Unreadable."""
    await parts.limiter.hit(TESTS, "too_many_tests", f"tests {by.id}")
    courier, endpoint = parts.courier, kept.endpoint
    message = composing.test_message(courier.base_url, f"test:{endpoint.id}:{at.timestamp()}", courier.say, at)
    answer = await courier.ways.to_group(Way(endpoint.way), address_of(endpoint, parts.sealer), message)
    await parts.work(note_test, endpoint, answer.outcome.value, by=by, at=at)
    return answer


async def try_person(parts: Parts, way: Way, receiver: str, by: Actor, at: datetime) -> Answer:
    """Send oneself a test message. Raises TooMany."""
    await parts.limiter.hit(TESTS, "too_many_tests", f"tests {by.id}")
    courier = parts.courier
    message = composing.test_message(courier.base_url, f"test:{by.id}:{at.timestamp()}", courier.say, at)
    return await courier.ways.to_one(way, receiver, message)


async def send_code(parts: Parts, who: str, typed: str, lang: str, path: str, words: str, at: datetime) -> str:
    """Mail the six digits to an address that somebody typed; return the address as it is used.

    Raises Invalid on `mail`, Refused("channel_off"), TooMany, Refused("mail_not_taken") on `mail`.
    """
    if parts.courier.ways.mail is None:
        raise Refused("channel_off")
    address = confirming.checked_address(typed)
    await parts.limiter.hit(MAIL_CODES, "too_many_mails", f"mail code {who}")
    await parts.limiter.hit(MAIL_CODES, "too_many_mails", f"mail code to {address.lower()}")
    code = confirming.code_for(parts.settings.pepper, who, address, at)
    link = f"{parts.courier.base_url}{path}"
    letter = confirming.letter(code, who, lang, link, words, parts.courier.say, at)
    answer = await parts.courier.ways.mail.carry(address, letter)
    if answer.outcome not in {Outcome.sent, Outcome.unsure}:
        raise Refused("mail_not_taken", field="mail")
    return address


async def guess(parts: Parts, who: str) -> None:
    """Count a guess at the digits. Raises TooMany."""
    await parts.limiter.hit(MAIL_CODES, "too_many_tries", f"mail guess {who}")
