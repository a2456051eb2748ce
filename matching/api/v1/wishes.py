"""How the caller is told beyond the application: one's own mail address, quiet hours, a digest."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import told
from matching.api.clocks import OfDay, clock
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import first, once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.notices import confirming, preferences
from matching.notices.composing import OPEN

router = private("channels", prefix="/me/notices")
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=confirming.LONGEST)]
Clock = Annotated[str | None, Field(description="HH:MM in Shanghai", examples=["22:00"])]


class WishOut(BaseModel):
    """How the caller is told beyond the application."""

    mail: str | None = Field(description="The confirmed address")
    by_mail: bool
    wecom: bool = Field(description="Whether an administrator gave the caller's WeCom id")
    by_wecom: bool
    quiet_from: Clock
    quiet_to: Clock
    digest_at: Clock

    @classmethod
    def of(cls, wish: preferences.Wish) -> "WishOut":
        """One's own."""
        return cls(
            mail=wish.mail or None, by_mail=wish.by_mail, wecom=wish.wecom, by_wecom=wish.by_wecom,
            quiet_from=clock(wish.quiet_from) or None, quiet_to=clock(wish.quiet_to) or None,
            digest_at=clock(wish.digest_at) or None,
        )  # fmt: skip


class WishBody(Body):
    """All of it; what is left out is off."""

    by_mail: bool = False
    by_wecom: bool = False
    quiet_from: OfDay = None
    quiet_to: OfDay = None
    digest_at: OfDay = None


class MailBody(Body):
    """An address to send six digits to."""

    mail: Address


class ConfirmBody(MailBody):
    """The digits that came there."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


@router.get("", operation_id="get_my_wishes")
async def wishes(parts: TheParts, by: SignedIn) -> WishOut:
    """How the caller is told beyond the application."""
    async with parts.database.reading() as session:
        return WishOut.of(await preferences.wish_of(session, sealer=parts.sealer, by=by))


@router.put("", operation_id="set_my_wishes", responses=may_refuse(409, 413, 415))
async def set_wishes(body: WishBody, parts: TheParts, by: SignedIn, at: At) -> WishOut:
    """Set it."""
    await parts.work(preferences.set_wish, **dict(body), by=by, at=at)
    return await wishes(parts, by)


@router.post("/mail", operation_id="ask_mail_code", status_code=204, responses=may_refuse(409, 413, 415, 429))
async def ask_code(body: MailBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> None:
    """Send six digits to an address; a repeat with the same key sends none."""
    if await first(parts.work, key, by, at):
        await told.send_code(parts, preferences.who(by), body.mail, lang, "/me/notices", OPEN, at)


@router.post("/mail/confirm", operation_id="confirm_mail", responses=may_refuse(409, 413, 415, 429))
async def confirm(body: ConfirmBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> WishOut:
    """With the right digits the address is used from now on."""
    await told.guess(parts, preferences.who(by))
    mail, pepper = confirming.checked_address(body.mail), parts.settings.pepper

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await preferences.confirm_mail(session, mail, body.code, sealer=parts.sealer, pepper=pepper, by=by, at=at)
        return 200, {}

    await parts.work(once, key, by, at, work)
    return await wishes(parts, by)


@router.delete("/mail", operation_id="forget_mail", status_code=204)
async def forget(parts: TheParts, by: SignedIn) -> None:
    """Drop the address."""
    await parts.work(preferences.forget_mail, by=by)
