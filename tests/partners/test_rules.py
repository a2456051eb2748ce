"""Rules of partners that need no database: terms and standing, nothing for sale, seven days, who may do what."""

from datetime import date, timedelta
from typing import Any

import pytest

from matching.partners.commerce import is_commercial
from matching.partners.model import ITEM_MOVES, Agreement, ItemState, ListItem, Partner
from matching.partners.orders import earliest, problems
from matching.partners.policy import MAY, PARTNER_ACTS, may
from matching.partners.standing import Standing, newest, standing, term_problem
from matching.people.actor import Actor, Kind, Scope
from matching.people.model import Role
from tests.cast import AT
from tests.partners.conftest import asked
from tests.requests.scene import refused

TODAY = date(2026, 3, 2)
TABLE = """
act                 administrator committee dispatcher lead other_lead member auditor liaison other_liaison
see_partners        x             x         x          x    x          .      x       .       .
see_own_partner     .             .         .          .    .          .      .       x       .
change_partner      x             x         .          .    .          .      .       .       .
set_liaisons        x             x         .          .    .          .      .       .       .
see_liaison_phones  x             x         .          x    .          .      .       .       .
set_agreements      x             x         .          .    .          .      .       .       .
read_agreements     x             x         .          x    .          .      x       x       .
set_pairings        x             x         .          x    .          .      .       .       .
see_paired_people   .             x         .          x    .          .      .       .       .
set_items           .             x         .          x    .          .      .       x       .
link_items          .             x         x          x    .          .      .       .       .
order               .             .         .          .    .          .      .       x       .
confirm             .             .         .          .    .          .      .       x       .
"""
ROLES = {"lead": Role.unit_lead, "other_lead": Role.unit_lead, "other_liaison": Role.liaison}


def somebody(who: str) -> Actor:
    """In a hospital whose branches are 2, paired with the partner 7, and 3."""
    path = {"lead": "/1/2/", "other_lead": "/1/3/"}.get(who, "/1/")
    partner = {"liaison": 7, "other_liaison": 8}.get(who)
    scope = Scope(ROLES.get(who) or Role(who), 1, path)
    return Actor(Kind.person, 1, 5, who, 2, "/1/2/", (scope,), partner_id=partner)


def test_the_table_of_partners_is_what_stands_here():
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    partner = Partner(id=7, root_id=1, code="P01", name="厂", kind="enterprise", unit_id=2, made_at=AT)
    told = {row[0]: {who for who, mark in zip(head[1:], row[1:], strict=True) if mark == "x"} for row in rows}
    found = {act: {who for who in head[1:] if may(act, somebody(who), partner, "/1/2/")} for act in MAY}
    assert found == told
    assert set(PARTNER_ACTS) == set(MAY)
    partner.root_id = 9
    assert not [act for act in MAY for who in head[1:] if may(act, somebody(who), partner, "/1/2/")]


def agreement(first: str, last: str, **other: Any) -> Agreement:
    days = {"first_on": date.fromisoformat(first), "last_on": date.fromisoformat(last)}
    return Agreement(root_id=1, partner_id=7, no=first, made_at=AT, **days | other)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], Standing.none),
        ([("2025-05-02", "2026-05-01")], Standing.ending),  # 60 days left
        ([("2025-05-03", "2026-05-02")], Standing.running),  # 61
        ([("2025-03-03", "2026-03-02")], Standing.ending),  # its last day
        ([("2025-03-02", "2026-03-01")], Standing.over),
        ([("2026-03-03", "2027-03-02")], Standing.coming),
        ([("2025-03-15", "2026-03-14"), ("2026-03-15", "2028-03-14")], Standing.running),  # renewed
        ([("2025-03-15", "2026-03-14"), ("2026-03-20", "2028-03-14")], Standing.ending),  # with a gap
        ([("2023-01-01", "2023-12-31"), ("2026-01-01", "2026-12-31")], Standing.running),
    ],
)  # fmt: skip
def test_where_agreements_stand(terms, expected):
    held = [agreement(*term) for term in terms]
    assert standing(held, TODAY) is expected
    assert standing(reversed(held), TODAY) is expected


def test_what_was_called_off_counts_no_more():
    off = agreement("2025-06-01", "2027-05-31", ended_at=AT)
    assert standing([off], TODAY) is Standing.none
    assert newest([off], TODAY) is None
    old, coming = agreement("2023-01-01", "2024-12-31"), agreement("2026-04-01", "2027-03-31")
    assert newest([old, coming, off], TODAY) is coming


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [("2026-01-01", "2026-12-31", None), ("2026-01-01", "2026-12-30", "agreement_term"),
     ("2026-01-01", "2028-12-31", None), ("2026-01-01", "2029-01-01", "agreement_term"),
     ("2024-02-29", "2025-02-28", None), ("2026-01-01", "2026-01-01", "day_order"),
     ("9998-01-01", "9999-12-31", "bad_day"), ("0001-01-01", "0001-12-31", "bad_day")],
)  # fmt: skip
def test_a_term_is_one_to_three_years(first, last, wrong):
    assert term_problem(date.fromisoformat(first), date.fromisoformat(last)) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "能不能带药去卖？农户想买",
        "现场推销保健品",
        "顺便卖点米",
        "听课要收费十元",
        "义诊后发优惠券",
        "想摆摊卖山货",
        "介绍客户有返利",
    ],
)
def test_what_wants_to_sell_is_seen(text):
    assert is_commercial("给老人做义诊", text)


@pytest.mark.parametrize(
    "text",
    ["严禁推销", "听力计、试戴机，只试戴不卖", "土特产义卖点", "不得销售药品", "公司销售部员工急救培训",
     "收费窗口人员心理疏导", "我们要讲买卖公平", "免收费", "不收费不推销", "高速收费站职工体检", "小卖部旁边集合",
     "无任何付费环节"],
)  # fmt: skip
def test_what_refuses_to_sell_is_none(text):
    assert not is_commercial(text)


def test_seven_days_ahead_count_by_the_days_of_the_calendar():
    assert earliest(AT) == date(2026, 3, 9)
    late = AT + timedelta(hours=14, minutes=1)  # 00:01 in Shanghai, the day after
    assert problems(asked(day=date(2026, 3, 9)), AT) == {}
    assert problems(asked(day=date(2026, 3, 9)), late)["day"].code == "too_soon"
    assert problems(asked(day=date(2026, 3, 8)), AT)["day"].params["day"] == "2026-03-09"
    assert problems(asked(day=date(2028, 3, 8)), AT)["day"].code == "time_too_far"
    assert problems(asked(ends=asked().begins), AT)["ends"].code == "time_order"
    assert problems(asked(note="顺便卖点米"), AT)["note"].code == "commercial"
    assert problems(asked(need="帮我们单位的人插队加个号行吗"), AT)["need"].code == "refused_ask"


def test_an_entry_ends_and_is_taken_up_again():
    item = ListItem(root_id=1, partner_id=7, kind="need", title="讲座", made_at=AT)
    for before, moves in ITEM_MOVES.items():
        for after in ItemState:
            item._move(before)
            if after in moves:
                item.become(after, AT)
                assert item.state == after
                assert (item.ended_at is not None) == (after in {ItemState.done, ItemState.dropped})
            else:
                with refused("item_state"):
                    item.become(after, AT)
