"""What routes depend on: the parts of the running product, who is signed in, which version they saw, which key."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header, Request

from matching import clock
from matching.api import i18n
from matching.api.ask_links import answers
from matching.api.attended import attended
from matching.api.boards import Boards
from matching.api.idempotency import Once
from matching.api.liaisons import may_open
from matching.api.limits import Limiter
from matching.api.lobby import Lobby
from matching.api.metrics import Metrics
from matching.api.news import Wire
from matching.api.places import Places
from matching.api.planner import Planner
from matching.api.previews import Previews
from matching.db import Database, News, Work
from matching.db.group_commit import GroupCommit
from matching.errors import NotAllowed, NotSeen, NotSignedIn, Refused
from matching.notices.delivering import Courier
from matching.notices.queries import unread_count
from matching.notices.ways.carrying import Ways
from matching.people import sign_in
from matching.people.actor import Actor
from matching.privacy.sealed import Sealer
from matching.requests.filing import Filing
from matching.requests.insert import FILINGS, Filed
from matching.requests.photos import Photos
from matching.settings import Settings

COOKIE = "session"
VERSION = re.compile(r"\d{1,9}", re.ASCII)
WITH_ONE_TIME_PASSWORD = {"/me/password", "/logout"}
"""All that a password set by an administrator opens."""


@dataclass
class Parts:
    """One process's parts, made once by `create_app` and closed by its lifespan."""

    settings: Settings
    database: Database
    sealer: Sealer
    limiter: Limiter
    metrics: Metrics = field(default_factory=Metrics)
    news: Wire = field(init=False)
    work: Work = field(init=False)
    filings: GroupCommit[Filing, Filed] = field(init=False)
    places: Places = field(init=False)
    lobby: Lobby = field(init=False)
    boards: Boards = field(init=False)
    photos: Photos = field(init=False)
    courier: Courier = field(init=False)
    planner: Planner = field(init=False)
    previews: Previews = field(default_factory=Previews)

    def __post_init__(self) -> None:
        self.news = Wire(self.settings.redis_url)
        self.work = Work(self.database, self.tell)
        self.filings = GroupCommit(self.database, FILINGS)
        self.places = Places(self.database)
        self.lobby = Lobby(self.database, self.news)
        self.boards = Boards(self.database, self.news)
        self.photos = Photos(self.settings.files, self.sealer)
        self.courier = courier(self.settings, self.sealer)
        self.planner = Planner(self.work)

    def tell(self, news: Sequence[News]) -> None:
        """What was committed is counted, and heard by open pages."""
        self.metrics.count(news)
        self.news.tell(news)

    async def file(self, filing: Filing) -> Filed:
        """Commit it together with what else arrives now, then tell of it. Raises Unavailable."""
        filed = await self.filings(filing)
        if filed.new:
            self.work.tell([filing.news(filed.id)])
        return filed


def courier(settings: Settings, sealer: Sealer) -> Courier:
    """The channels of this installation, for one process. Raises Refused("bad_settings") for what cannot be meant."""
    try:
        ways = Ways(settings)
    except ValueError as error:
        raise Refused("bad_settings", why=str(error)) from error
    return Courier(ways, sealer, i18n.translate, settings.base_url.rstrip("/"), answers(settings.pepper))


# Dependencies are coroutines even where nothing is awaited: FastAPI runs plain functions in a thread, which costs more
# than all they do.


async def parts(request: Request) -> Parts:
    """The parts of this process."""
    found: Parts = request.app.state.parts
    return found


async def moment() -> datetime:
    """Now: the doors look at the clock, the rooms are told."""
    return clock.now()


def address(request: Request) -> str:
    """Where the request came from, for limits by address; behind a proxy the server puts the visitor's here."""
    return request.client.host if request.client else ""


TheParts = Annotated[Parts, Depends(parts)]
At = Annotated[datetime, Depends(moment)]


async def browser_of(parts: Parts, cookie: str, at: datetime, *, by_person: bool = True) -> sign_in.Browser | None:
    """The browser that holds this session cookie; None when nobody is signed in with it."""
    if not cookie:
        return None
    idle = timedelta(minutes=parts.settings.idle_minutes)
    return await sign_in.browser(parts.database, parts.work, cookie, idle, at, attended=by_person)


async def signed_in(request: Request, parts: TheParts, at: At) -> Actor:
    """The person who acts: by the session cookie on pages, by a bearer token on the API, and not the other way round.

    A form sent with the cookie must carry the browser's key, so that no other site can send it.
    Raises NotSignedIn (pages turn sign_in_needed into the way to /login), NotAllowed("form_expired"),
    NotAllowed("password_must_change").
    """
    if request.url.path.startswith("/api/"):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("token_refused")
        return _let_in(await sign_in.bearer(parts.database, parts.work, token.strip(), at), request)
    changes = request.method not in {"GET", "HEAD"}
    # Read first: a form may take minutes to come, and whoever was signed out meanwhile sends nothing any more.
    sent = (await request.form()).get("csrf", "") if changes else ""
    cookie = request.cookies.get(COOKIE, "")
    browser = await browser_of(parts, cookie, at, by_person=attended(request))
    if browser is None:
        closed = bool(cookie) and await sign_in.is_closed(parts.database, cookie)
        raise NotSignedIn("account_closed" if closed else "sign_in_needed")
    request.state.csrf_token = browser.form_key
    request.state.actor = browser.actor
    if changes and not (isinstance(sent, str) and hmac.compare_digest(sent.encode(), browser.form_key.encode())):
        raise NotAllowed("form_expired")
    if browser.must_change and request.url.path not in WITH_ONE_TIME_PASSWORD:
        raise NotAllowed("password_must_change")
    _let_in(browser.actor, request)
    async with parts.database.reading() as session:
        request.state.unread = await unread_count(session, browser.actor)  # the menu of every page says it
    return browser.actor


def _let_in(by: Actor, request: Request) -> Actor:
    """Raises NotSeen for what does not open for a partner's liaison."""
    if not may_open(by, request.method, request.scope["path"]):
        raise NotSeen()
    return by


SignedIn = Annotated[Actor, Depends(signed_in)]


async def if_match(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The version named by If-Match ('"7"'), None without it or for '*'. Raises Refused("stale") for nonsense."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().strip('"')
    if not VERSION.fullmatch(tag):
        raise Refused("stale")
    return int(tag)


IfVersion = Annotated[int | None, Depends(if_match)]


async def idempotency(
    request: Request, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
) -> Once | None:
    """The Idempotency-Key of an API call with what it sends."""
    if idempotency_key is None:
        return None
    sent = (await request.body()).decode(errors="replace")
    return Once(idempotency_key, f"{request.method} {request.url.path} {sent}")


OnceOnly = Annotated[Once | None, Depends(idempotency)]
