"""Who hears of which news: both become sets of keys, and a listener hears what shares a key with it.

Nothing about the request itself is in a key, so that they may travel through Redis and be counted without care.
"""

from collections.abc import Iterable

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import News
from matching.people.actor import Actor
from matching.people.model import Role
from matching.requests.queries import LEADING
from matching.requests.states import MOVES, State
from matching.units.queries import units_under

Keys = frozenset[str]

S = State
BEFORE_DISPATCH = {S.submitted, S.needs_info, S.accepted, S.rejected}
UNSEEN = {  # what members see nothing of: nothing is dispatched before, during and after
    verb for verb, move in MOVES.items() if (move.leaves | set(move.enters)) <= BEFORE_DISPATCH
}
DISPATCHED: Keys = frozenset({"dispatched"})  # whoever looks after all that members can see, in any hospital
ON_THE_SCREEN = {"file", "approve_wording", "complete", "rate", "close"}


def keys_of(news: Iterable[News]) -> set[str]:
    """The keys of everybody whom these concern."""
    keys = set[str]()
    alike = {(one.root_id, one.verb, one.unit_ids, one.person_ids) for one in news}  # a rush at one place is one thing
    for root_id, verb, unit_ids, person_ids in alike:
        keys |= {f"unit {id_}" for id_ in unit_ids} | {f"person {id_}" for id_ in person_ids}
        if unit_ids:
            keys |= hospital_key(root_id)
        if unit_ids and verb in ON_THE_SCREEN:
            keys |= screen_key(root_id)
        if verb not in UNSEEN:
            keys |= {f"member {id_}" for id_ in unit_ids}
            if unit_ids:
                keys |= DISPATCHED
    return keys


async def keys_for(session: AsyncSession, by: Actor) -> Keys:
    """What this person hears of: what their roles cover (docs/domain.md §6) and what reaches themselves.

    As `requests.queries.visible`: leaders and auditors their subtrees, members what was dispatched to their units.
    """
    keys = {f"person {by.id}"}
    paths = by.paths(*LEADING)
    if f"/{by.root_id}/" in paths:
        keys |= hospital_key(by.root_id)
    elif paths:
        keys |= {f"unit {unit.id}" for unit in await units_under(session, by.root_id, paths)}
    if by.holds(Role.member):
        keys |= {f"member {part}" for part in by.unit_path.split("/") if part}
    return frozenset(keys)


def hospital_key(root_id: int) -> Keys:
    """What somebody hears of who sees the whole hospital."""
    return frozenset({f"hospital {root_id}"})


def screen_key(root_id: int) -> Keys:
    """What the lobby screen of a hospital hears of."""
    return frozenset({f"screen {root_id}"})
