"""Commands that run until they are stopped. Each takes the settings and the parsed words and returns an exit code."""

import argparse
import asyncio
import logging
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any

from uvicorn.loops.auto import auto_loop_factory

from matching import clock, migrations, printed
from matching.api.logs import set_up_logging
from matching.commands.opening import CANNOT_START, WELL, refuse_outdated, run, say
from matching.db import Database, Work
from matching.serving import PortInUse, listening_at
from matching.serving import serve as serve_app
from matching.settings import Settings
from matching.units.queries import hospital


def up(settings: Settings, _asked: argparse.Namespace) -> int:
    """Everything in one process: tables, demo hospital where there is nothing yet, jobs, pages."""
    from matching.app import create_app
    from matching.demo.setting_up import set_up
    from matching.demo.sign_ins import fresh_sign_ins
    from matching.workers import embedded
    from matching.workers.jobs import jobs

    set_up_logging(logging.WARNING, plain=True)
    try:
        taken = listening_at(settings.host, settings.port)
    except PortInUse as error:
        return _port_in_use(settings, error)
    say("正在准备数据库…")
    migrations.upgrade(settings.database_url)

    async def prepare(database: Database, work: Work) -> list[str]:
        async with database.reading() as session:
            empty = await hospital(session) is None
        if empty and settings.demo:
            say("正在载入演示医院（约半分钟，只有这一次）…")
            await set_up(settings, work, now=clock.now(), progress=lambda line: say(f"  {line}"))
        sign_ins = await fresh_sign_ins(work, clock.now())
        async with database.reading() as session:
            return await printed.addresses(session, settings.base_url, sign_ins)

    lines = run(settings, prepare)
    app = create_app(settings)
    parts = app.state.parts
    all_jobs = jobs(parts.photos, parts.courier)
    beside = embedded.running(parts.database, parts.work, all_jobs, news=parts.news, ran=parts.metrics.ran)
    return _served(app, settings, taken, lines=lines, beside=beside)


def serve(settings: Settings, _asked: argparse.Namespace) -> int:
    """The web process of an installation with servers."""
    from matching.app import create_app

    set_up_logging()
    run(settings, refuse_outdated)
    try:
        taken = listening_at(settings.host, settings.port)
    except PortInUse as error:
        return _port_in_use(settings, error)
    return _served(create_app(settings), settings, taken, lines=[settings.base_url])


def work(settings: Settings, _asked: argparse.Namespace) -> int:
    """The jobs of an installation with servers."""
    if not settings.redis_url:
        say("需要设置 MATCHING_REDIS_URL；只有一台机器时请用 matching up (Redis is needed)", sys.stderr)
        return CANNOT_START
    from matching.workers import process

    set_up_logging()
    run(settings, refuse_outdated)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(process.work(settings))
    except PortInUse as error:
        say(f"{settings.host}:{settings.watch_port} 不能用 (address taken)：{error}", sys.stderr)
        return CANNOT_START
    return WELL


def _served(
    app: Any, settings: Settings, taken: Any, *, lines: list[str],
    beside: AbstractAsyncContextManager[None] | None = None,
) -> int:  # fmt: skip
    def ready() -> None:
        for line in lines:
            say(line)

    started = serve_app(app, settings, taken, ready=ready, beside=beside)
    if started:
        say("已停止，数据都在 (stopped)")
    return WELL if started else CANNOT_START


def _port_in_use(settings: Settings, error: PortInUse) -> int:
    say(f"{settings.host}:{settings.port} 不能用 (address taken)：{error}", sys.stderr)
    say(f"可以换一个端口：PORT={settings.port + 1} make run", sys.stderr)
    return CANNOT_START
