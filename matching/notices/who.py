"""The shape of a row of the table in `audience.py`: who is told, and which sentence each reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from matching.words import _


class Who(StrEnum):
    """Whom a row tells; the order decides which sentence somebody hears who is meant twice."""

    chosen = "chosen"  # the person the Step names: who was assigned, moved up, or was taken off
    asked = "asked"  # the people the Step names: who is asked or thanked, or has nobody left to help
    claimers = "claimers"  # who holds it, helps with it, did it, or lost it by this very Step
    leads = "leads"  # of the unit it stands in, or else of the nearest one above
    members = "members"  # of the unit it stands in, where nobody leads it
    in_charge = "in_charge"  # the leads, or else the dispatchers
    leads_before = "leads_before"  # of the unit it was taken from
    dispatchers = "dispatchers"  # covering the home unit and the one it stands in, or else the committee
    committee = "committee"  # the committee office over the unit it stands in


WHO = {
    Who.chosen: _("被点名的人"),
    Who.asked: _("被邀请的人"),
    Who.claimers: _("接单人"),
    Who.leads: _("承办单位负责人"),
    Who.members: _("承办单位的党员（没有负责人时）"),
    Who.in_charge: _("承办单位负责人，没有时是派单员"),
    Who.leads_before: _("原承办单位负责人"),
    Who.dispatchers: _("派单员，没有时是党委办公室"),
    Who.committee: _("党委办公室"),
}


@dataclass(frozen=True)
class Row:
    """`staff`: who reads which sentence; `requester`: what followers without an account read, and the liaisons of the
    partner that asks; `group`: what robots say.

    A row that tells nobody says why in `silent`. `when` tells rows of one verb apart.
    """

    verb: str
    staff: Mapping[Who, str] = field(default_factory=dict)
    requester: str = ""
    group: str = ""
    when: str = ""
    silent: str = ""

    @cached_property
    def order(self) -> tuple[Who, ...]:
        """Whom it tells, in the order of Who."""
        return tuple(who for who in Who if who in self.staff)
