"""Who may administer what. Roles on a unit cover its subtree; what may be done to requests is in requests/policy.py."""

from matching.people.actor import Actor
from matching.people.model import Role


def may_administer(by: Actor, path: str) -> bool:
    """Units, spots, services, and the accounts and roles of the people in that subtree."""
    return by.holds(Role.administrator, path=path)


def may_grant(by: Actor, person_id: int, path: str) -> bool:
    """Roles on a unit of that path: an administrator of it, and nobody to themselves (docs/domain.md §6)."""
    return may_administer(by, path) and by.id != person_id


def may_read_audit(by: Actor, path: str) -> bool:
    """The log of the whole hospital, `path` being its root's."""
    return by.holds(Role.administrator, Role.auditor, path=path)
