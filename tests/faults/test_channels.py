"""Channels that refuse, ask for a pause, or fall silent in the middle: a message arrives once, or is told as unsure."""

from pathlib import Path

from sqlmodel import col, select

from matching import clock
from matching.notices.model import Delivery, Endpoint, Fate, Way
from tests.faults.channels import channel, told
from tests.faults.hospital import Hospital
from tests.faults.running import Clock, until
from tests.notices.standins import DIE, HANG, Answers


def fates(hospital: Hospital) -> dict[str, list[str]]:
    """What became of each message, by the address of its channel, in their order."""
    found: dict[str, list[str]] = {}
    rows = select(Endpoint.name, Delivery.fate).join(Endpoint, col(Endpoint.id) == col(Delivery.endpoint_id))
    for name, fate in hospital.rows(rows.order_by(col(Delivery.id))):
        found.setdefault(name, []).append(fate)
    return found


def test_no_channel_is_told_twice_or_holds_up_another(hospital: Hospital, tmp_path: Path):
    ahead = Clock(tmp_path)
    busy = Answers(429, {}, {"Retry-After": "30"})
    with (
        channel(answers=[Answers(500, {})]) as broken,
        channel(answers=[busy]) as asks_for_a_pause,
        channel(answers=[HANG]) as silent,
        channel(answers=[DIE]) as program,
    ):
        hospital.group(broken.url, Way.wecom_robot, "broken")
        hospital.group(asks_for_a_pause.url, Way.feishu, "asks for a pause")
        hospital.group(silent.url, Way.dingtalk, "silent")
        hospital.group(program.url, Way.webhook, "program")
        first = hospital.filed(1, clock.now())
        hospital.worker(clock=ahead)
        names = ["broken", "asks for a pause", "silent", "program"]
        until(lambda: len(fates(hospital)) == 4, lambda: "all are called")
        until(lambda: fates(hospital)["silent"] == [Fate.unsure], lambda: f"silence ends, found {fates(hospital)}")
        second = hospital.filed(1, clock.now())
        ahead.jump(600)  # nobody has a reason to wait any more, and nothing is late yet
        both: dict[str, list[str]] = {name: [Fate.sent, Fate.sent] for name in names} | {
            "silent": [Fate.unsure, Fate.sent]
        }
        until(lambda: fates(hospital) == both, lambda: f"{both}, found {fates(hospital)}")
        one, two = map(hospital.number_of, (*first, *second))
        assert told(broken) == told(asks_for_a_pause) == told(program) == {one: 2, two: 1}  # the first was refused
        assert told(silent) == {one: 1, two: 1}
        keys = [call.headers["idempotency-key"] for call in program.calls]
        assert len(keys) == 3
        assert len(set(keys)) == 2
    hospital.wait_announced()
    hospital.check([*first, *second])
