"""Notices in the application, posts, and what is on its way through a channel that leaves the building.

A Step is its own outbox entry (`requests/steps.py`): announcing it writes, in one transaction, a Notice for each person
concerned and a Delivery for each channel they use. No table here holds a word of personal data that is not sealed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _


class PostKind(StrEnum):
    """What a lead or the committee publishes."""

    announcement = "announcement"
    lesson = "lesson"


POST_KINDS = {PostKind.announcement: _("通知"), PostKind.lesson: _("微党课")}
LONGEST_READING = 15  # minutes of a lesson, see docs/domain.md §1: minutes to spare


class Post(SQLModel, table=True):
    """An announcement or a short lesson for everybody below a unit. Withdrawn, never deleted."""

    __tablename__ = "post"
    __table_args__ = (
        one_of("kind", PostKind),
        CheckConstraint(f"minutes BETWEEN 0 AND {LONGEST_READING}", name="minutes_sensible"),
        Index("posts_by_time", "root_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    by_id: int = Field(foreign_key="person.id", sa_type=BIG)
    kind: str = Field(max_length=12)
    title: str = Field(max_length=60)
    text: str = Field(default="", max_length=4000)
    link: str = Field(default="", max_length=300)
    minutes: int = 0
    at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Notice(SQLModel, table=True):
    """One person is told of one Step, one post, one agreement that ends soon, one declaration of theirs or one activity
    they are to come to, once by the same words; reading it is measured here. `words` names the sentence."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "step_id"),
        UniqueConstraint("person_id", "post_id"),
        CheckConstraint(
            "CASE WHEN step_id IS NULL THEN 0 ELSE 1 END + CASE WHEN post_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END + CASE WHEN declared_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN activity_id IS NULL THEN 0 ELSE 1 END = 1",
            name="about_one_thing",
        ),
        Index("told_of_agreement", "person_id", "agreement_id", unique=True,
              sqlite_where=text("agreement_id IS NOT NULL"), postgresql_where=text("agreement_id IS NOT NULL")),
        Index("told_of_declared", "person_id", "declared_id", "words", unique=True,
              sqlite_where=text("declared_id IS NOT NULL"), postgresql_where=text("declared_id IS NOT NULL")),
        Index("told_of_activity", "person_id", "activity_id", "words", unique=True,
              sqlite_where=text("activity_id IS NOT NULL"), postgresql_where=text("activity_id IS NOT NULL")),
        Index("notices_of_person", "person_id", "at", "id"),
        Index("unread_of_person", "person_id", sqlite_where=text("read_at IS NULL"),
              postgresql_where=text("read_at IS NULL")),
        Index("notices_of_step", "step_id"),
        Index("notices_of_post", "post_id", "at"),  # and those of none by their age
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    step_id: int | None = Field(default=None, foreign_key="step.id", sa_type=BIG)
    request_id: int | None = Field(default=None, foreign_key="service_request.id", sa_type=BIG)
    post_id: int | None = Field(default=None, foreign_key="post.id", sa_type=BIG)
    agreement_id: int | None = Field(default=None, sa_type=BIG)  # of a partner, which is told of in `partners`
    declared_id: int | None = Field(default=None, sa_type=BIG)  # which is decided in `recognition`
    activity_id: int | None = Field(default=None, sa_type=BIG)  # which is arranged in `activities`
    words: str = Field(max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    repeats: int = 0
    repeated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Way(StrEnum):
    """The channels that leave the building. None of them may carry personal data (docs/domain.md §9)."""

    mail = "mail"
    wecom_app = "wecom_app"
    wecom_robot = "wecom_robot"
    feishu = "feishu"
    dingtalk = "dingtalk"
    webhook = "webhook"
    push = "push"


WAYS = {
    Way.mail: _("邮件"),
    Way.wecom_app: _("企业微信应用消息"),
    Way.wecom_robot: _("企业微信群机器人"),
    Way.feishu: _("飞书群机器人"),
    Way.dingtalk: _("钉钉群机器人"),
    Way.webhook: _("网络回调"),
    Way.push: _("浏览器推送"),
}


class Endpoint(SQLModel, table=True):
    """A group robot or a webhook that hears of the Steps below a unit. Its address is a secret and kept sealed."""

    __tablename__ = "endpoint"
    __table_args__ = (one_of("way", Way),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    way: str = Field(max_length=12)
    name: str = Field(max_length=60)
    sealed: bytes  # JSON: url, secret
    verbs: list[str] = Field(default_factory=list, sa_type=JSON)  # which Steps; empty: those of the table
    added_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    added_at: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    window_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when the last one went
    window_sent: int = 0  # how many went without a minute's pause between them


class Preference(SQLModel, table=True):
    """How one person wants to be told beyond the application. No row: nothing leaves the building for them."""

    __tablename__ = "preference"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    sealed_mail: bytes | None = None
    by_mail: bool = False
    by_wecom: bool = False
    quiet_from: int | None = None  # minutes after midnight in Shanghai; None: never quiet
    quiet_to: int | None = None
    digest_at: int | None = None  # minutes after midnight: everything of the day in one message; None: at once


class Follower(SQLModel, table=True):
    """A requester without an account who asked to hear news of one request. The database drops it with the contacts."""

    __tablename__ = "follower"
    __table_args__ = (
        Index("followers_of_request", "request_id"),
        UniqueConstraint("request_id", "way", "address_hash"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int = Field(foreign_key="request_secret.request_id", ondelete="CASCADE", sa_type=BIG)
    way: str = Field(max_length=12)  # mail or push
    sealed: bytes  # the mail address, or the browser's push subscription as JSON
    address_hash: str = Field(max_length=64)
    lang: str = Field(default="zh-Hans", max_length=10)
    at: datetime = Field(sa_type=UtcDateTime)


class Fate(StrEnum):
    """Where a Delivery stands. `unsure`: the channel fell silent in the middle, and nobody is told twice on a guess."""

    waiting = "waiting"
    sending = "sending"
    sent = "sent"
    unsure = "unsure"
    dead = "dead"


FATES = {
    Fate.waiting: _("等待发送"),
    Fate.sending: _("正在发送"),
    Fate.sent: _("已发送"),
    Fate.unsure: _("不确定是否送达"),
    Fate.dead: _("发送失败"),
}


class Delivery(SQLModel, table=True):
    """One message through one channel to one receiver. `key` makes it one: a second announcement adds nothing.

    Taken by a guarded update (`fate`, `tries`), tried again at `next_try_at` with growing pauses, dead in the end.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("root_id", "key"),
        one_of("way", Way),
        one_of("fate", Fate),
        Index("deliveries_due", "next_try_at", "id", sqlite_where=text("next_try_at IS NOT NULL"),
              postgresql_where=text("next_try_at IS NOT NULL")),
        Index("deliveries_to_follower", "follower_id", sqlite_where=text("follower_id IS NOT NULL"),
              postgresql_where=text("follower_id IS NOT NULL")),
        Index("deliveries_by_fate", "root_id", "fate", "id", sqlite_where=text("fate IN ('unsure', 'dead')"),
              postgresql_where=text("fate IN ('unsure', 'dead')")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    key: str = Field(max_length=80)  # 'step:123/person:45/mail', 'post:7/person:45/mail/2' (the second reminder)
    way: str = Field(max_length=12)
    endpoint_id: int | None = Field(default=None, foreign_key="endpoint.id", sa_type=BIG)
    person_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    follower_id: int | None = Field(default=None, foreign_key="follower.id", ondelete="SET NULL", sa_type=BIG)
    step_id: int | None = Field(default=None, foreign_key="step.id", sa_type=BIG)
    post_id: int | None = Field(default=None, foreign_key="post.id", sa_type=BIG)
    words: str = Field(max_length=40)  # names the sentence
    said: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # its parameters: number, service, unit, state
    at: datetime = Field(sa_type=UtcDateTime)
    fate: str = Field(default=Fate.waiting, max_length=8)
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    trouble: str = Field(default="", max_length=200)
