"""A message from the Deliveries it is to carry: number, service, unit and what happened, of an activity or a
declaration its title and time; never a word of a requester's.

A sentence's parameters are picked by name (docs/domain.md §9), so that nothing else leaves the building whoever put it
there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from matching.notices.apart import APART, Subject
from matching.notices.audience import TO_ANSWER, WORDS
from matching.notices.model import Delivery, PostKind
from matching.notices.ways.answer import Message
from matching.words import _

Say = Callable[[str, str, Mapping[str, Any]], str]
"""Language, sentence, its parameters: the sentence as it is read."""
LEAVES = ("number", "service", "unit")
LEAVES_FOR_PROGRAMS = (*LEAVES, "verb", "state")
CHINESE = "zh-Hans"
TITLE = _("点亮：{number} 有新进展")
TITLE_OF_MANY = _("点亮：{count} 条新消息")
TITLE_OF_ASK = _("点亮：想请您帮个忙")
TITLE_OF_POST = _("点亮：有新的通知或微党课")
TITLES_APART = {
    "agreement": _("点亮：共建协议快到期了"),
    "declared": _("点亮：您申报的服务有了结果"),
    "activity": _("点亮：您的活动有新安排"),
}
OF_POSTS = {
    f"post.{PostKind.announcement}": _("{unit}有一条新通知，请登录阅读。"),
    f"post.{PostKind.lesson}": _("{unit}有一个新的微党课，请登录学习。"),
}
OTHER = _("有一条新消息，请登录查看。")
SENTENCES = {**WORDS, **OF_POSTS}
TITLE_FOR_REQUESTER = _("您提的事有新进展")
END_FOR_REQUESTER = _("请在“查进度”页面输入您的查询码查看。不想再收到这样的消息，在那一页上就可以停止。")
OPEN, ANSWER, FIND = _("登录后查看"), _("点开答复"), _("查进度")
TEST_TITLE, TEST_TEXT = _("点亮：测试消息"), _("这是一条测试消息。收到就说明这个渠道已经接通，不用回复。")


def for_staff(deliveries: Sequence[Delivery], base_url: str, say: Say, at: datetime, answer: str = "") -> Message:
    """For somebody who signs in, or a group of them: one Delivery, or all that goes out together.

    `answer` is the path where one person answers without signing in; '' where they do so among their tasks.
    """
    first, words = deliveries[0], OPEN
    said = _leaving(first)
    sentences = [
        say(CHINESE, SENTENCES.get(one.words, OTHER), _apart(one, say) if one.words in APART else _leaving(one))
        for one in deliveries
    ]
    if len(deliveries) > 1:
        title, link = say(CHINESE, TITLE_OF_MANY, {"count": len(deliveries)}), f"{base_url}/notices"
    elif first.post_id is not None:
        title, link = say(CHINESE, TITLE_OF_POST, {}), f"{base_url}/notices/posts/{first.post_id}"
    elif first.words in APART:
        title, link = say(CHINESE, TITLES_APART[first.words.partition(".")[0]], {}), f"{base_url}{first.said['page']}"
    elif first.words in TO_ANSWER:
        title, link = say(CHINESE, TITLE_OF_ASK, {}), f"{base_url}{answer or '/tasks'}"
        words = ANSWER if answer else OPEN
    else:
        title, link = say(CHINESE, TITLE, said), f"{base_url}/requests/{said['number']}"
    text = "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(sentences, 1)) if sentences[1:] else sentences[0]
    event = first.words.partition(".")[0]
    codes = {name: str(first.said.get(name, "")) for name in LEAVES_FOR_PROGRAMS}
    data = {"event": event, **codes, "at": first.at.isoformat(timespec="seconds")}
    return Message(title, text, link, say(CHINESE, words, {}), first.key, at, data)


def for_requester(delivery: Delivery, lang: str, base_url: str, say: Say, at: datetime) -> Message:
    """For a requester without an account: plain words, and the way to the page where their code is typed."""
    sentence = say(lang, WORDS.get(delivery.words, TITLE_FOR_REQUESTER), _leaving(delivery, lang))
    text = f"{sentence}\n\n{say(lang, END_FOR_REQUESTER, {})}"
    return Message(say(lang, TITLE_FOR_REQUESTER, {}), text, f"{base_url}/r", say(lang, FIND, {}), delivery.key, at)


def test_message(base_url: str, key: str, say: Say, at: datetime) -> Message:
    """What somebody sends to see whether a channel works."""
    title, text = say(CHINESE, TEST_TITLE, {}), say(CHINESE, TEST_TEXT, {})
    data = {"event": "test", "at": at.isoformat(timespec="seconds")}
    return Message(title, text, f"{base_url}/notices", say(CHINESE, OPEN, {}), key, at, data)


def _apart(delivery: Delivery, say: Say) -> dict[str, str]:
    """Title and time of what hangs on no Step, which goes to the people concerned and to no group; an agreement that
    ends is not named."""
    if "title" not in delivery.said:
        return {}
    return Subject.of(delivery.said).params(partial(say, CHINESE), delivery.at)


def _leaving(delivery: Delivery, lang: str = CHINESE) -> dict[str, str]:
    said = {name: str(delivery.said.get(name, "")) for name in LEAVES}
    if lang != CHINESE:
        said["service"] = str(delivery.said.get("service_en") or said["service"])
    return said
