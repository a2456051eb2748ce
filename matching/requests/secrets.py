"""What was really typed, sealed: opened for the claimer and for the requester's own copy, erased with the contacts."""

import json
from dataclasses import dataclass, field, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotSeen
from matching.privacy.sealed import Sealer
from matching.requests.model import RequestSecret, ServiceRequest


@dataclass(frozen=True)
class Secret:
    """Name, phone and texts before masking; `added` holds what was supplemented later."""

    name: str = ""
    phone: str = ""
    need: str = ""
    reason: str = ""
    added: list[str] = field(default_factory=list)


def seal(secret: Secret, sealer: Sealer, filing_key: str) -> bytes:
    """Sealed for this one request: the blob opens nowhere else."""
    return sealer.seal(json.dumps(vars(secret), ensure_ascii=False), filing_key)


async def open_secret(session: AsyncSession, request: ServiceRequest, sealer: Sealer) -> Secret:
    """Raises NotSeen("contact_erased") when it is gone."""
    row = await session.get(RequestSecret, request.id)
    if row is None:
        raise NotSeen("contact_erased")
    return Secret(**json.loads(sealer.open(row.sealed, request.filing_key)))


async def change_secret(session: AsyncSession, request: ServiceRequest, sealer: Sealer, **changed: object) -> None:
    """Replace some of it; nothing happens when it was erased."""
    row = await session.get(RequestSecret, request.id)
    if row is not None:
        old = Secret(**json.loads(sealer.open(row.sealed, request.filing_key)))
        row.sealed = seal(replace(old, **changed), sealer, request.filing_key)  # type: ignore[arg-type]
