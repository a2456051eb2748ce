"""Who assesses branches, and who sees what was given."""

from matching.people.actor import Actor
from matching.people.model import Role


def may_assess(by: Actor, root_path: str) -> bool:
    """Score, sign, open again: the committee office of the whole hospital."""
    return by.holds(Role.committee, path=root_path)


def may_set_scheme(by: Actor, root_path: str) -> bool:
    """The items, the cut-offs and the weights of the rates: the committee office and administrators of the hospital."""
    return by.holds(Role.committee, Role.administrator, path=root_path)


def may_see_assessment(by: Actor, path: str) -> bool:
    """The sheet of a unit with its evidence: who assesses, who audits, and who leads it."""
    return by.holds(Role.committee, Role.auditor, Role.unit_lead, path=path)


def may_see_points(by: Actor, path: str, signed: bool) -> bool:
    """What was given is a draft until it is signed; then the branch sees it, too."""
    return may_see_assessment(by, path) and (signed or by.holds(Role.committee, Role.auditor, path=path))
