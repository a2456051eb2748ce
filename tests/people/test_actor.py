"""Roles are held on a unit and cover what lies below it."""

from matching.people.actor import Actor
from matching.people.model import Role
from tests.cast import Cast, Doors


def test_a_role_covers_its_unit_and_everything_below(cast: Cast):
    di, lead = cast["di"], cast["lead"]
    assert di.holds(Role.dispatcher, path=cast.units["ZB2"].path)
    assert lead.holds(Role.unit_lead, path=cast.units["ZB1"].path)
    assert not lead.holds(Role.unit_lead, path=cast.units["ZB2"].path)
    assert not lead.holds(Role.unit_lead, path=cast.units["ZZ1"].path)
    assert not lead.holds(Role.dispatcher)


def test_a_requester_and_a_job_hold_no_role(cast: Cast):
    assert not Actor.requester(cast.root_id, 1).holds(*Role)
    assert not Actor.system(cast.root_id).holds(*Role)


def test_the_cast_can_sign_in_and_hold_tokens(doors: Doors):
    assert doors.of("lin").cookies["session"] != doors.of("zhao").cookies["session"]
    assert doors.program("lin").get("/api/v1/nothing-here").status_code == 404
