"""Who acts: a signed-in person with the roles they hold, a requester with a query code, or the system's own jobs."""

from dataclasses import dataclass, field
from enum import StrEnum

from matching.people.model import Role


class Kind(StrEnum):
    """How an actor came in; Steps carry it."""

    person = "person"
    requester = "requester"
    system = "system"


@dataclass(frozen=True)
class Scope:
    """One role on one unit; `path` is the unit's, so that the subtree is a prefix."""

    role: Role
    unit_id: int
    path: str


@dataclass(frozen=True)
class Actor:
    """Passed as `by` into every action. A requester holds one request (`request_id`) and nothing else."""

    kind: Kind
    root_id: int
    id: int | None = None
    name: str = ""
    unit_id: int | None = None
    unit_path: str = ""
    scopes: tuple[Scope, ...] = field(default=())
    request_id: int | None = None
    partner_id: int | None = None  # whose liaison it is

    def holds(self, *roles: Role, path: str | None = None) -> bool:
        """Whether one of the roles is held, on a unit that covers `path` where one is named."""
        return any(scope.role in roles and (path is None or path.startswith(scope.path)) for scope in self.scopes)

    def paths(self, *roles: Role) -> tuple[str, ...]:
        """The subtrees in which one of the roles is held."""
        return tuple(scope.path for scope in self.scopes if scope.role in roles)

    @classmethod
    def requester(cls, root_id: int, request_id: int) -> "Actor":
        """Whoever holds the query code of that request."""
        return cls(kind=Kind.requester, root_id=root_id, request_id=request_id)

    @classmethod
    def system(cls, root_id: int) -> "Actor":
        """The jobs that run by themselves."""
        return cls(kind=Kind.system, root_id=root_id)
