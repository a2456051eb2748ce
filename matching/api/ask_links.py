"""The path in a personal message where its receiver answers an ask without signing in; robots and groups get none."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.links import token
from matching.asks.model import Ask
from matching.notices.delivering import Answers
from matching.notices.model import Delivery
from matching.requests.queries import id_of


def answers(pepper: bytes) -> Answers:
    """What the courier asks; `pepper` signs (Settings.pepper)."""

    async def path(session: AsyncSession, delivery: Delivery) -> str:
        number = str(delivery.said.get("number", ""))
        theirs = select(Ask).where(Ask.person_id == delivery.person_id, Ask.request_id == id_of(number))
        ask = (await session.exec(theirs.order_by(col(Ask.id).desc()).limit(1))).first()
        return f"/a/{token(ask, pepper)}" if ask else ""

    return path
