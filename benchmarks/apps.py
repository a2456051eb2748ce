"""What is measured and what it is measured against, each a factory for uvicorn."""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from limits import parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from matching.api import limits
from matching.app import create_app
from matching.requests.filing import Filing
from matching.requests.insert import Filed
from matching.serving import settle
from matching.settings import Settings

WISH = """
WITH r AS (
  INSERT INTO service_request (root_id, filing_key, filing_digest, code_hash, channel, filed_at, service_id, spot_id,
    home_unit_id, unit_id, need, reason, requester_label, has_phone, lang, emergency, suspect, for_minor, consents,
    show_publicly, state_since, last_hash, tier, slots, due_at, dispatch_due_at, version, wording, state, last_seq,
    urges, late_urged, returns, ruled, extension, supervisions, result, rated_again)
  VALUES (1, $1, $1, $1, 'qr', now(), 1, 1, 2, 2, $2, '', '张*', true, 'zh-Hans', false, '', false, $3,
    false, now(), $1, 'T1', 1, now(), now(), 1, '', 'submitted', 1, 0, false, 0, false, '', 0, '', false)
  RETURNING id),
s AS (
  INSERT INTO step (root_id, request_id, seq, at, verb, from_state, to_state, by_kind, unit_id, reason, note, detail,
    hash)
  SELECT 1, id, 1, now(), 'file', '', 'submitted', 'requester', 2, '', '', '{}', $1 FROM r)
INSERT INTO request_secret (request_id, root_id, sealed) SELECT id, 1, $4 FROM r
"""


def product() -> FastAPI:
    """The product as it is, but for the limit of filings from one address: the load comes from one."""
    limits.FILINGS = parse("100000000/10minutes")
    app = create_app(Settings())
    settle()
    return app


def without_write() -> FastAPI:
    """The product whose filings reach no database: what a filing costs besides."""
    app = product()

    async def forget(_filing: Filing) -> Filed:
        return Filed(1, new=True)

    app.state.parts.file = forget
    return app


def bare() -> Starlette:
    """The least that could do the same: Starlette, asyncpg, one statement a filing, no rule of any kind."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        address = os.environ["MATCHING_DATABASE_URL"].replace("+asyncpg", "")
        app.state.pool = await asyncpg.create_pool(address, min_size=16, max_size=16)
        yield
        await app.state.pool.close()

    async def file(request: Request) -> Response:
        form = await request.form()
        key = uuid.uuid4().hex + uuid.uuid4().hex
        consents = json.dumps({"notice": form["consent_notice"]})
        sealed = json.dumps([form["name"], form["phone"], form["need"]]).encode()
        await request.app.state.pool.execute(WISH, key, form["need"], consents, sealed)
        return RedirectResponse("/r/x", 303)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    routes = [Route("/q/{spot}", file, methods=["POST"]), Route("/healthz", healthz)]
    return Starlette(routes=routes, lifespan=lifespan)
