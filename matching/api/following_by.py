"""What a requester's page offers for hearing news: which ways there are, and who is told already."""

from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import Parts
from matching.notices.followers import followers_of
from matching.notices.model import Follower, Way
from matching.privacy.masking import masked_mail
from matching.privacy.sealed import Sealer
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.rights.queries import copy_of


class Telling(NamedTuple):
    """`mine`: each follower with what may be shown of the address; `key`: the browsers' half of the push key, or ''."""

    mail: bool
    key: str
    mine: list[tuple[Follower, str]]

    @property
    def offered(self) -> bool:
        """Whether there is anything to show."""
        return self.mail or bool(self.key) or bool(self.mine)


async def telling(session: AsyncSession, parts: Parts, mine: ServiceRequest) -> Telling:
    """Nothing is offered once the contacts are gone, and nothing new once everything has ended for good."""
    ways = parts.courier.ways
    there = await followers_of(session, mine, parts.sealer)
    if there is None:
        return Telling(False, "", [])
    shown = [(one, masked_mail(address) if one.way == Way.mail else address) for one, address in there]
    lives = mine.state != State.archived
    return Telling(lives and ways.mail is not None, ways.push.public if lives and ways.push else "", shown)


async def whole_copy(session: AsyncSession, mine: ServiceRequest, sealer: Sealer) -> dict[str, Any]:
    """All that is held about a requester, with where they asked to be told (PIPL art. 45)."""
    told = [
        {"way": one.way, "address": address, "since": one.at.isoformat()}
        for one, address in await followers_of(session, mine, sealer) or []
    ]
    return await copy_of(session, mine, sealer) | {"told": told}
