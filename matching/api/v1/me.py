"""Who a token stands for, and the tokens that person holds."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, Parts, SignedIn, TheParts
from matching.api.fields import Readable
from matching.api.idempotency import once
from matching.api.paging import Id
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, RoleOut, Utc
from matching.people.actions import make_token, revoke_token, tokens_of
from matching.people.actor import Actor
from matching.people.model import ApiToken
from matching.privacy.codes import token_hash
from matching.units.model import Unit

router = private("me", prefix="/me")


class MeOut(BaseModel):
    """The person behind the token."""

    name: str
    unit: Named
    roles: list[RoleOut]


class TokenBody(Body):
    """What the token is for, so that it can be told from others."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Readable]


class TokenOut(BaseModel):
    """A token that works; itself it is told once, when it is made."""

    id: int
    name: str
    made_at: Utc
    used_at: Utc | None

    @classmethod
    def of(cls, token: ApiToken) -> "TokenOut":
        """One token."""
        return cls(id=token.id or 0, name=token.name, made_at=token.made_at, used_at=token.used_at)


class NewToken(TokenOut):
    """Told once."""

    token: str


class Tokens(BaseModel):
    """The newest first."""

    items: list[TokenOut]


@router.get("", operation_id="get_me")
async def me(parts: TheParts, by: SignedIn, lang: Lang) -> MeOut:
    """Name, unit and roles."""
    async with parts.database.reading() as session:
        ids = {by.unit_id, *(scope.unit_id for scope in by.scopes)}
        units = {unit.id: unit for unit in await session.exec(select(Unit).where(col(Unit.id).in_(ids)))}
    home = units[by.unit_id]
    roles = [RoleOut.of(scope.role, units[scope.unit_id], lang) for scope in by.scopes]
    return MeOut(name=by.name, unit=Named(code=home.code, name=home.name), roles=roles)


@router.get("/tokens", operation_id="list_tokens")
async def tokens(parts: TheParts, by: SignedIn) -> Tokens:
    """The caller's tokens that still work."""
    async with parts.database.reading() as session:
        return Tokens(items=[TokenOut.of(token) for token in await tokens_of(session, by)])


@router.post("/tokens", operation_id="make_token", status_code=201, responses=may_refuse(409, 413, 415))
async def new_token(body: TokenBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> NewToken:
    """Make a token that acts as the caller. Keep it well: it is told here only."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 201, await _made(session, parts, body.name, by, at)

    _status, answer = await parts.work(once, key, by, at, work)
    token = parts.sealer.open(bytes.fromhex(answer["sealed"]), _context(by))
    return NewToken(**{name: answer[name] for name in TokenOut.model_fields}, token=token)


@router.delete("/tokens/{token_id}", operation_id="revoke_token", status_code=204, responses=may_refuse(404))
async def revoke(token_id: Id, parts: TheParts, by: SignedIn, at: At) -> None:
    """The program that holds it is refused from now on."""
    await parts.work(revoke_token, token_id, by=by, at=at)


async def _made(session: AsyncSession, parts: Parts, name: str, by: Actor, at: datetime) -> dict[str, Any]:
    """The answer to keep: a repeat must give the same token, and nobody may read it from the table."""
    token = await make_token(session, name, by=by, at=at)
    row = (await session.exec(select(ApiToken).where(ApiToken.token_hash == token_hash(token)))).one()
    told = TokenOut.of(row).model_dump(mode="json")
    return told | {"sealed": parts.sealer.seal(token, _context(by)).hex()}


def _context(by: Actor) -> str:
    return f"api-token-{by.id}"
