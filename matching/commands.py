"""What each command of the command line does. Each takes the settings and the parsed words and returns an exit code."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, TextIO, TypeVar

from uvicorn.loops.auto import auto_loop_factory

from matching import clock, migrations, printed
from matching.activities import engaging
from matching.api.logs import set_up_logging
from matching.asks import calibrating, counts
from matching.db import Database, Work
from matching.errors import Refused
from matching.importing.importer import Tools
from matching.importing.running import import_file
from matching.people.actor import Actor, Kind, Scope
from matching.people.granting import grant, set_one_time_password
from matching.people.model import Role
from matching.privacy.sealed import Sealer
from matching.recognition import verify as recognition
from matching.reports import checking
from matching.requests.photos import Photos
from matching.requests.verify import differences
from matching.serving import PortInUse, listening_at
from matching.serving import serve as serve_app
from matching.settings import Settings
from matching.units.model import Unit
from matching.units.queries import hospital

T = TypeVar("T")
WELL, WRONG, CANNOT_START, INTERRUPTED = 0, 1, 2, 130
FEW_MEMBERS = 250  # of a simulation that somebody waits for


def say(line: str, stream: TextIO | None = None) -> None:
    """A line for whoever sits there, at once also through a pipe."""
    print(line, file=stream or sys.stdout, flush=True)


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

    lines = _run(settings, prepare)
    app = create_app(settings)
    parts = app.state.parts
    all_jobs = jobs(parts.photos, parts.courier)
    beside = embedded.running(parts.database, parts.work, all_jobs, news=parts.news, ran=parts.metrics.ran)
    return _served(app, settings, taken, lines=lines, beside=beside)


def serve(settings: Settings, _asked: argparse.Namespace) -> int:
    """The web process of an installation with servers."""
    from matching.app import create_app

    set_up_logging()
    _run(settings, _refuse_outdated)
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
    _run(settings, _refuse_outdated)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(process.work(settings))
    except PortInUse as error:
        say(f"{settings.host}:{settings.watch_port} 不能用 (address taken)：{error}", sys.stderr)
        return CANNOT_START
    return WELL


def migrate(settings: Settings, asked: argparse.Namespace) -> int:
    """Bring the tables to this release; with --from, fill them with those of a SQLite installation."""
    source = asked.source and sqlite_url(asked.source)
    if source is None:
        say(f"--from 要写成 sqlite:///路径，文件要存在 (no such SQLite database): {asked.source}", sys.stderr)
        return CANNOT_START
    if source and settings.database_url.startswith("sqlite"):
        say("MATCHING_DATABASE_URL 要指向 PostgreSQL (the target must be PostgreSQL)", sys.stderr)
        return CANNOT_START
    migrations.upgrade(settings.database_url)
    say("数据库已是最新 (up to date)")
    return _copied(settings, asked, source) if source else WELL


def sqlite_url(typed: str) -> str | None:
    """The database that `--from` names, as `sqlite:///path` or by its path; None when there is none."""
    path = Path(typed.partition(":///")[2] if typed.startswith("sqlite") else typed)
    return f"sqlite+aiosqlite:///{path.resolve()}" if path.is_file() else None


def _copied(settings: Settings, asked: argparse.Namespace, url: str) -> int:
    from matching.upkeep.copying import CannotCopy, Secrets, copy

    async def run(database: Database, _work: Work) -> int:
        source = Database(url)
        try:
            return await copy(source, database, Secrets(settings.pepper, Sealer(settings.keys)), say)
        finally:
            await source.close()

    try:
        rows = _run(settings, run)
    except CannotCopy as error:
        say(f"没有复制任何内容 (nothing was copied)：{error}", sys.stderr)
        return WRONG
    say(f"已复制 {rows} 行，逐表核对一致 (copied and compared)。照片文件夹请另行复制：files")
    return verify(settings, asked)


def demo(settings: Settings, _asked: argparse.Namespace) -> int:
    """Load the demo hospital into an empty database."""
    from matching.demo.setting_up import set_up

    async def run(_database: Database, work: Work) -> None:
        await set_up(settings, work, now=clock.now(), progress=lambda line: say(f"  {line}"))

    _ready(settings)
    _run(settings, run)
    say("演示医院已载入；matching up 会给出登录密码 (loaded)")
    return WELL


def bring_in(settings: Settings, asked: argparse.Namespace) -> int:
    """Import one file; the report names every bad row. 1 when there was one, whether or not the others were taken."""
    if asked.template is not None:
        from matching.importing.templates import template

        asked.template.write_bytes(template(asked.kind))
        say(f"已写入 (written)：{asked.template}")
        return WELL
    if asked.file is None or not asked.file.is_file():
        say(f"没有找到文件 (no such file): {asked.file}", sys.stderr)
        return CANNOT_START
    _ready(settings)
    report = _run(
        settings,
        lambda _database, work: import_file(
            work, asked.kind, asked.file, _tools(settings), at=clock.now(), partial=asked.partial
        ),
    )
    for line in printed.report(report):
        say(line)
    return WRONG if report.refused else WELL


def verify(settings: Settings, _asked: argparse.Namespace) -> int:
    """Name every request whose state, chain or claims are not what its Steps say, counts that no ask explains,
    weights to which their log does not lead, hours of activities that no list explains, points that nothing was done
    for, and sums that no request makes up."""

    async def run(database: Database, _work: Work) -> int:
        count = 0
        points, figures = partial(recognition.differences, at=clock.now()), checking.differences
        looks = (differences, counts.differences, calibrating.differences, engaging.differences, points, figures)
        for look in looks:
            async with database.reading() as session:
                async for line in look(session):
                    say(line)
                    count += 1
        return count

    _ready(settings)
    count = _run(settings, run)
    say(f"发现 {count} 处不一致 ({count} differences)" if count else "全部一致 (all is as the Steps say)")
    return WRONG if count else WELL


def reseal(settings: Settings, _asked: argparse.Namespace) -> int:
    """Seal everything with the newest key; afterwards the older ones are needed for two days of kept answers only."""
    from matching.upkeep.resealing import reseal as run_all

    sealer = Sealer(settings.keys)
    photos = Photos(settings.files, sealer)
    _ready(settings)
    unreadable = _run(settings, lambda _database, work: run_all(work, sealer, photos, say))
    for one in unreadable:
        say(f"打不开 (no key opens): {one}", sys.stderr)
    return WRONG if unreadable else WELL


def assign(_settings: Settings, asked: argparse.Namespace) -> int:
    """The best assignment of a batch in the format match-instance/1, as one JSON object."""
    from matching.engine.assigning import assign as solve
    from matching.engine.assigning import printed as answered
    from matching.engine.instance import BadInstance
    from matching.engine.reading import read

    try:
        if str(asked.file) == "-":
            found = read(sys.stdin)
        else:
            with asked.file.open(encoding="utf-8-sig") as source:
                found = read(source)
    except FileNotFoundError:
        say(f"没有找到文件 (no such file): {asked.file}", sys.stderr)
        return CANNOT_START
    except BadInstance as error:
        say(f"文件有误 (not a batch): {error}", sys.stderr)
        return CANNOT_START
    for piece in answered(found, solve(found.instance, asked.seconds)):
        sys.stdout.write(piece)
    sys.stdout.flush()
    return WELL


def admin(settings: Settings, asked: argparse.Namespace) -> int:
    """The first administrator: whoever may run this on the server may appoint one."""

    async def run(database: Database, work: Work) -> str:
        async with database.reading() as session:
            root = await hospital(session)
        if root is None:
            raise Refused("no_hospital")
        by, at = _operator(root), clock.now()
        try:
            await work(grant, asked.member_no, Role.administrator, root.code, by=by, at=at)
        except Refused as refused:
            if refused.code != "already_granted":
                raise
        return await set_one_time_password(work, asked.member_no, asked.member_no, by=by, at=at)

    _ready(settings)
    password = _run(settings, run)
    say(f"账号 {asked.member_no}   一次性密码 {password}   登录后请马上修改 (one-time password)")
    return WELL


def simulate(_settings: Settings, asked: argparse.Namespace) -> int:
    """Compare ways of asking on made-up hospitals; needs no database. The tables are printed and saved."""
    from matching.simulation.comparing import compare, trials
    from matching.simulation.reporting import standings, table, worlds_of
    from matching.simulation.study import worlds, write
    from matching.simulation.world import WrongWorld

    def progress(done: int, all_: int) -> None:
        if done % max(1, all_ // 10) == 0:
            say(f"  {done} / {all_}")

    if asked.held_out:
        say("正在抽取医院，跳过全知方式也补不足的 (drawing worlds; those where even the oracle fails are skipped)…")
    members = asked.members or (None if asked.world else FEW_MEMBERS)
    try:
        chosen = worlds(asked.world, asked.held_out, members)
    except WrongWorld as error:
        say(f"参数文件有误 (wrong world file)：{error}", sys.stderr)
        return CANNOT_START
    planned = trials(chosen, asked.policies, asked.seeds, asked.days)
    people = f"{chosen[0].of('size.members'):g} members"
    about = f"{len(chosen)} world(s) × {asked.seeds} seed(s) × {asked.days} days × {people}"
    say(f"{about}，共 {len(planned)} 次模拟 (runs)…")
    results = compare(planned, told=progress)
    for name in worlds_of(results):
        say(f"\n{name}")
        for line in printed.aligned(table(results, name)):
            say(f"  {line}")
        stands = [("", one.words, one.target, one.reached, "达到 met" if one.met else "未达到 missed")
                  for one in standings(results, name)]  # fmt: skip
        for line in printed.aligned(stands) if stands else ():
            say(line)
    say("")
    for path in write(results, asked.out, about):
        say(f"已保存 (saved)：{path}")
    return WELL


def _operator(root: Unit) -> Actor:
    scope = Scope(Role.administrator, root.id or 0, root.path)
    return Actor(Kind.system, root.id or 0, scopes=(scope,))


def _tools(settings: Settings) -> Tools:
    return Tools(Sealer(settings.keys), settings.pepper)


def _ready(settings: Settings) -> None:
    """One machine brings its tables up to date by itself; in production somebody decides when."""
    if settings.mode == "embedded":
        migrations.upgrade(settings.database_url)
    else:
        _run(settings, _refuse_outdated)


async def _refuse_outdated(database: Database, _work: Work) -> None:
    async with database.reading() as session:
        if not await migrations.is_current(session):
            raise Refused("not_migrated")


def _run(settings: Settings, use: Callable[[Database, Work], Coroutine[Any, Any, T]]) -> T:
    """Open the database, use it, close it."""

    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await use(database, Work(database))
        finally:
            await database.close()

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(run())


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
