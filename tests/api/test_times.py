"""Times are spoken as people say them, by the clock in Shanghai."""

from datetime import UTC, datetime, timedelta

import pytest

from matching.api import times
from matching.api.i18n import Translator

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)  # Monday 14:30 in Shanghai
ZH = Translator("zh-Hans")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "刚刚"),
        (-0.1, "6 分钟前"),
        (-3, "今天 11:30"),
        (-15, "昨天 23:30"),
        (-40, "前天 22:30"),
        (-24 * 10, "2月20日 14:30"),
        (-24 * 365, "2025年3月2日"),
        (20, "明天 10:30"),
        (24 * 4, "周五 14:30"),
        (24 * 7, "3月9日 14:30"),
    ],
)
def test_a_moment_is_as_near_as_a_person_needs_it(hours, words):
    assert times.spoken(NOW + timedelta(hours=hours), NOW, ZH) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "今天 15:30 前"),
        (-0.5, "已超时 30 分钟"),
        (-5, "已超时 5 小时"),
        (-50, "已超时 2 天"),
        (-0.001, "已超时 1 分钟"),
    ],
)
def test_a_deadline_says_until_when_or_how_late(hours, words):
    assert times.spoken_due(NOW + timedelta(hours=hours), NOW, ZH) == words


def test_the_exact_moment_is_the_hospitals():
    assert times.exact(NOW) == "2026-03-02 14:30"


def test_beside_its_day_a_moment_is_the_clock_alone_and_on_another_day_says_which():
    assert times.beside(NOW - timedelta(minutes=5), NOW, NOW, ZH) == "14:25"
    assert times.beside(NOW - timedelta(hours=15), NOW, NOW, ZH) == "昨天 23:30"
