"""A migration is killed half-way and run again: all of it happens, or nothing."""

import pytest

from matching import migrations
from tests.cast import AT
from tests.faults.hospital import Hospital
from tests.faults.running import PATIENCE


@pytest.mark.parametrize("begun", ["base", "-1"], ids=["empty database", "release before"])
def test_a_migration_that_was_killed_is_run_again_and_loses_nothing(hospital: Hospital, begun: str):
    codes = [] if begun == "base" else hospital.filed(3, AT)
    migrations.downgrade(hospital.url, begun)
    for point in ("in the middle of a migration", "before the commit of a migration"):
        hospital.start("migrate", kill_at=point, armed=True).wait_killed()
    again = hospital.start("migrate")
    assert again.popen.wait(PATIENCE) == 0, again.said()
    migrations.check(hospital.url)
    hospital.check(codes)
