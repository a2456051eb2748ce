"""Several workers at the same Steps: each is announced by one of them."""

from collections import Counter

import pytest
from sqlmodel import select

from matching import clock
from matching.notices.model import Notice, Way
from tests.faults.channels import channel, told
from tests.faults.hospital import Hospital
from tests.faults.running import until
from tests.faults.visitors import Rush


@pytest.mark.parametrize("hospital", ["postgresql"], indirect=True)
def test_three_workers_tell_everybody_once(hospital: Hospital):
    web = hospital.web()
    with channel() as program:
        hospital.group(program.url, Way.webhook)
        waiting = hospital.filed(150, clock.now())
        for _ in range(3):
            hospital.worker()
        web.ready()
        with Rush(web) as rush:
            rush.wait_for(30)
        codes = [*waiting, *rush.codes]
        hospital.wait_announced()
        until(lambda: len(program.calls) >= len(codes), lambda: f"{len(codes)} calls, found {len(program.calls)}")
        assert set(told(program).values()) == {1}
    assert set(Counter(hospital.rows(select(Notice.person_id, Notice.step_id))).values()) == {1}
    hospital.check(codes)
