"""Where a call may go: to no address of this machine or of the hospital's network, whatever anybody types."""

import asyncio
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from matching.notices.ways import wecom_robot
from matching.notices.ways.answer import Outcome
from matching.notices.ways.calling import Caller, public
from tests.notices.standins import HERE, MESSAGE, ok, standing_in


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/", "https://10.1.2.3/", "https://192.168.1.1/", "https://172.16.0.1/", "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://224.0.0.1/", "http://8.8.8.8/",
        "https://user:password@8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "https://", "nonsense", "",
        "https://127.1/", "https://0177.0.0.1/", "http://[::1",
    ],
)  # fmt: skip
async def test_nothing_an_administrator_types_reaches_this_machine_or_the_hospitals_network(url):
    answer = await Caller().post(url, json={})
    assert (answer.outcome, answer.why) in {(Outcome.never, "address_refused"), (Outcome.never, "bad_address")}


async def test_the_settings_open_a_network_and_no_other():
    async with standing_in() as server:
        assert (await HERE.post(server.url, json={})).status_code == 200
        assert (await Caller([ip_network("10.0.0.0/8")]).post(server.url, json={})).outcome is Outcome.never
    assert len(server.calls) == 1


async def test_a_name_that_leads_inside_is_refused_though_it_looks_public(monkeypatch):
    async def inside(*_args: Any, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inside, raising=False)
    answer = await Caller().post("https://hooks.example.com/x", json={})
    assert answer.why == "address_refused"


async def test_the_call_goes_to_the_address_that_was_looked_at_under_the_name_that_was_asked_for(monkeypatch):
    async with standing_in() as server:
        port = int(server.url.rpartition(":")[2])

        async def found(_host: str, _port: int, **_more: Any) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)
        assert (await HERE.post(f"http://hooks.example.com:{port}/x", json={})).status_code == 200
    assert server.calls[0].headers["host"] == f"hooks.example.com:{port}"


async def test_a_second_address_of_a_name_is_tried_when_the_first_cannot_be_reached(monkeypatch):
    async with standing_in() as server:
        port = int(server.url.rpartition(":")[2])

        async def found(_host: str, _port: int, **_more: Any) -> list[Any]:
            return [(10, 1, 6, "", ("::1", port, 0, 0)), (2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)
        caller = Caller([*HERE.private, ip_network("::1/128")])
        assert (await caller.post(f"http://hooks.example.com:{port}/x", json={})).status_code == 200
    assert len(server.calls) == 1


@pytest.mark.parametrize(("address", "is_public"), [("8.8.8.8", True), ("2400:3200::1", True), ("198.18.0.1", False)])
def test_what_counts_as_public(address, is_public):
    assert public(ip_address(address)) is is_public


async def test_an_endless_answer_is_not_read_to_its_end():
    async with standing_in(answers=[ok({"errcode": 0, "pad": "x" * 300_000})]) as server:
        assert (await wecom_robot.carry(HERE, {"url": server.url}, MESSAGE)).outcome is Outcome.unsure
