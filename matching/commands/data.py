"""Commands on an installation's data. Each takes the settings and the parsed words and returns an exit code."""

import argparse
import sys
from functools import partial
from pathlib import Path

from matching import clock, migrations, printed
from matching.activities import engaging
from matching.asks import calibrating, counts
from matching.commands.opening import CANNOT_START, WELL, WRONG, ready, run, say
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
from matching.settings import Settings
from matching.units.model import Unit
from matching.units.queries import hospital


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

    async def copied(database: Database, _work: Work) -> int:
        source = Database(url)
        try:
            return await copy(source, database, Secrets(settings.pepper, Sealer(settings.keys)), say)
        finally:
            await source.close()

    try:
        rows = run(settings, copied)
    except CannotCopy as error:
        say(f"没有复制任何内容 (nothing was copied)：{error}", sys.stderr)
        return WRONG
    say(f"已复制 {rows} 行，逐表核对一致 (copied and compared)。照片文件夹请另行复制：files")
    return verify(settings, asked)


def demo(settings: Settings, _asked: argparse.Namespace) -> int:
    """Load the demo hospital into an empty database."""
    from matching.demo.setting_up import set_up

    async def load(_database: Database, work: Work) -> None:
        await set_up(settings, work, now=clock.now(), progress=lambda line: say(f"  {line}"))

    ready(settings)
    run(settings, load)
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
    ready(settings)
    report = run(
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

    async def compare(database: Database, _work: Work) -> int:
        count = 0
        points, figures = partial(recognition.differences, at=clock.now()), checking.differences
        looks = (differences, counts.differences, calibrating.differences, engaging.differences, points, figures)
        for look in looks:
            async with database.reading() as session:
                async for line in look(session):
                    say(line)
                    count += 1
        return count

    ready(settings)
    count = run(settings, compare)
    say(f"发现 {count} 处不一致 ({count} differences)" if count else "全部一致 (all is as the Steps say)")
    return WRONG if count else WELL


def reseal(settings: Settings, _asked: argparse.Namespace) -> int:
    """Seal everything with the newest key; afterwards the older ones are needed for two days of kept answers only."""
    from matching.upkeep.resealing import reseal as run_all

    sealer = Sealer(settings.keys)
    photos = Photos(settings.files, sealer)
    ready(settings)
    unreadable = run(settings, lambda _database, work: run_all(work, sealer, photos, say))
    for one in unreadable:
        say(f"打不开 (no key opens): {one}", sys.stderr)
    return WRONG if unreadable else WELL


def admin(settings: Settings, asked: argparse.Namespace) -> int:
    """The first administrator: whoever may run this on the server may appoint one."""

    async def appoint(database: Database, work: Work) -> str:
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

    ready(settings)
    password = run(settings, appoint)
    say(f"账号 {asked.member_no}   一次性密码 {password}   登录后请马上修改 (one-time password)")
    return WELL


def _operator(root: Unit) -> Actor:
    scope = Scope(Role.administrator, root.id or 0, root.path)
    return Actor(Kind.system, root.id or 0, scopes=(scope,))


def _tools(settings: Settings) -> Tools:
    return Tools(Sealer(settings.keys), settings.pepper)
