"""Where a process may be killed: at the door of a named function, or at a commit that happens inside it."""

import functools
import inspect
import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Point(NamedTuple):
    """`function` is `module:name` or `module:Class.name`; `when` is before, after, before_commit or after_commit."""

    function: str
    when: str


POINTS = {
    "before the commit of a filing": Point("matching.db.group_commit:GroupCommit._commit", "before"),
    "after the commit of a filing, before the answer": Point("matching.db.group_commit:GroupCommit._commit", "after"),
    "between a commit and the nudge": Point("matching.api.news:Wire.tell", "before"),
    "in the transaction of a verb": Point("matching.db:Work._once", "before_commit"),
    "after the commit of a verb, before the answer": Point("matching.db:Work._once", "after"),
    "in the transaction of an announcement": Point("matching.notices.announcing:_batch", "before_commit"),
    "after the commit of an announcement": Point("matching.notices.announcing:_batch", "after_commit"),
    "before the call of a channel": Point("matching.notices.delivering:Courier._carry", "before"),
    "after the call of a channel": Point("matching.notices.delivering:Courier._carry", "after"),
    "in the middle of a job": Point("matching.deadlines.actions:urge_late", "after_commit"),
    "in the transaction of a wave": Point("matching.asks.sending:send", "after"),
    "in the middle of a migration": Point("alembic.operations.base:AbstractOperations.invoke", "after"),
    "before the commit of a migration": Point("alembic.runtime.migration:MigrationContext.run_migrations", "after"),
}

_inside: ContextVar[bool] = ContextVar("inside the function of the point", default=False)


def put_in(name: str, armed_by: Path) -> None:
    """From now on the process dies at that point, once the file is there."""

    def die() -> None:
        try:
            armed_by.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    function, when = POINTS[name]
    module, _, path = function.partition(":")
    owner: Any = import_module(module)
    *classes, last = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    setattr(owner, last, _deadly(getattr(owner, last), when, die))
    if when.endswith("_commit"):
        _watch_commits(when, die)


def _deadly(function: Callable[..., Any], when: str, die: Callable[[], None]) -> Callable[..., Any]:
    def enter() -> None:
        if when == "before":
            die()
        _inside.set(True)

    def leave() -> None:
        _inside.set(False)
        if when == "after":
            die()

    @functools.wraps(function)
    async def waited_for(*args: Any, **kwargs: Any) -> Any:
        enter()
        answer = await function(*args, **kwargs)
        leave()
        return answer

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        enter()
        answer = function(*args, **kwargs)
        leave()
        return answer

    return waited_for if inspect.iscoroutinefunction(function) else called


def _watch_commits(when: str, die: Callable[[], None]) -> None:
    """Both drivers commit through here, and only a transaction that was begun inside the function counts."""
    from sqlalchemy.engine.default import DefaultDialect

    commit = DefaultDialect.do_commit

    def commit_or_die(dialect: Any, connection: Any) -> None:
        if when == "before_commit" and _inside.get():
            die()
        commit(dialect, connection)
        if when == "after_commit" and _inside.get():
            die()

    DefaultDialect.do_commit = commit_or_die
