"""The command line: `matching up` for one machine; `migrate`, `serve` and `work` for an installation with servers."""

import gc

gc.disable()  # what is imported stays: to look through it again and again would take a fifth of every start

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from matching.commands import computing, data, servers, taking_away
from matching.commands.opening import CANNOT_START, INTERRUPTED, WRONG, say
from matching.db import away
from matching.errors import Invalid, Refused
from matching.importing.running import KINDS
from matching.reports.ledgers.writing import LEDGERS
from matching.reports.written.making import FORMATS
from matching.reports.written.material import About
from matching.settings import Settings
from matching.simulation.names import POLICY_WORDS

gc.freeze()
gc.enable()


def parser() -> argparse.ArgumentParser:
    """The commands, in Chinese with a word of English."""
    top = argparse.ArgumentParser(
        prog="matching",
        description="点亮：群众点单、党组织派单、党员接单、评价反馈。 Service requests for hospitals.",
        epilog="设置来自环境变量 MATCHING_… (environment)。退出码 (exit code)：0 成功，1 有问题，2 没有启动。",
    )
    subs = top.add_subparsers(required=True, metavar="命令 command")

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        made = subs.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    add("up", servers.up, "一条命令启动：数据库、演示医院、网页、定时任务 (everything in one process)")
    add("serve", servers.serve, "只启动网页 (the web process only)")
    add("work", servers.work, "只启动定时任务，需要 Redis (an arq worker)")
    moving = add("migrate", data.migrate, "建立或升级数据库 (bring the database up to date)")
    moving.add_argument(
        "--from", dest="source", default="", metavar="sqlite:///PATH",
        help="再把一个 SQLite 安装的全部数据搬进来 (then copy a SQLite installation into it)",
    )  # fmt: skip
    add("demo", data.demo, "在空数据库里载入演示医院 (load the demo hospital)")
    bringing = add("import", data.bring_in, "导入 .csv .xlsx .jsonl 文件 (import a file, whole or not at all)")
    bringing.add_argument("kind", choices=KINDS, metavar="KIND", help=" | ".join(KINDS))
    bringing.add_argument("file", type=Path, nargs="?", metavar="FILE")
    bringing.add_argument(
        "--template", type=Path, metavar="FILE", help="不导入，写一份带填写说明的空表 (write an empty sheet to fill in)"
    )
    bringing.add_argument("--partial", action="store_true", help="有错的行跳过，其余照样导入 (import the good rows)")
    add("verify", data.verify, "按步骤记录重算全部状态并核对 (recompute every state from the Steps)")
    reporting = add("report", taking_away.report, "写一份报告：Word、Excel 或 PDF (a report as a file)")
    reporting.add_argument(
        "about", choices=[*About, taking_away.REBUILD], metavar="ABOUT",
        help="hospital | branch CODE | partner CODE | rebuild（重新计算全部统计数据 count all sums anew）",
    )  # fmt: skip
    reporting.add_argument("code", nargs="?", default="", metavar="CODE", help="单位的编号 (of a unit or partner)")
    _dated(reporting, "报告 (file)")
    reporting.add_argument("--format", choices=list(FORMATS), default="docx", help="docx | xlsx | pdf")
    exporting = add("export", taking_away.export, "导出台账，脱敏 (a ledger as an Excel file, masked)")
    exporting.add_argument("kind", choices=list(LEDGERS), metavar="KIND", help=" | ".join(LEDGERS))
    _dated(exporting, "台账 (file)")
    exporting.add_argument("--format", choices=["xlsx"], default="xlsx", help="xlsx")
    exporting.add_argument("--unit", default="", metavar="CODE", help="只要这个单位及其下级 (a unit and those below)")
    exporting.add_argument("--partner", default="", metavar="CODE", help="只要这个共建单位 (of one partner)")
    add("reseal", data.reseal, "用最新的密钥重新密封全部联系方式和照片 (seal everything with the newest key)")
    trying = add(
        "simulate", computing.simulate, "用虚拟医院比较几种邀请方式 (compare ways of asking on made-up hospitals)"
    )
    trying.add_argument("--seeds", type=_positive, default=5, help="每种方式试几次 (runs of each; default 5)")
    trying.add_argument("--days", type=_positive, default=14, help="每次多少天 (days counted; default 14)")
    trying.add_argument(
        "--members", type=_positive, help="成员人数，请求随之增减 (members; default 250, or as FILE says)"
    )
    trying.add_argument("--world", type=Path, metavar="FILE", help="自己的参数文件 (a file laid out as world.toml)")
    trying.add_argument(
        "--held-out", type=_count, default=0, metavar="N",
        help="再从参数范围里抽 N 个医院 (and N hospitals drawn from the ranges; default 0)",
    )  # fmt: skip
    trying.add_argument(
        "--policies", type=_policies, default=_policies(""), metavar="A,B",
        help="只比较这些 (only these): " + ", ".join(_policies("")),
    )  # fmt: skip
    trying.add_argument(
        "--out", type=Path, default=Path("simulation"), metavar="DIR", help="保存到 (default simulation)"
    )
    assigning = add("assign", computing.assign, "为一批需求求最优派单，输出 JSON (the best assignment of a batch)")
    assigning.add_argument("file", type=Path, metavar="INSTANCE.json", help="match-instance/1；- 为标准输入 (stdin)")
    assigning.add_argument(
        "--seconds", type=_seconds, default=10.0, metavar="S",
        help="有附加规则时最多算多少秒，默认 10 (how long to search where there are side rules)",
    )  # fmt: skip
    admin = add("admin", data.admin, "任命一位管理员，给出一次性密码 (appoint an administrator)")
    admin.add_argument("member_no", metavar="MEMBER_NO", help="党员编号 (as in the roster)")
    return top


def _dated(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--period", default="", metavar="2026Q3",
        help="季度、2026-07、2026 或 2026-07-01..2026-07-15；默认本季度 (default: this quarter)",
    )  # fmt: skip
    command.add_argument("--out", type=Path, metavar="FILE", help=f"{what}；不写就用它的标题命名 (named by its title)")


def _positive(typed: str) -> int:
    if (number := int(typed)) < 1:
        raise argparse.ArgumentTypeError("要大于 0 (must be positive)")
    return number


def _count(typed: str) -> int:
    if (number := int(typed)) < 0:
        raise argparse.ArgumentTypeError("不能小于 0 (must not be negative)")
    return number


def _policies(typed: str) -> list[str]:
    named = [one.strip() for one in typed.split(",") if one.strip()]
    if unknown := [one for one in named if one not in POLICY_WORDS]:
        raise argparse.ArgumentTypeError(f"没有这种方式 (no such policy): {', '.join(unknown)}")
    return named or list(POLICY_WORDS)


def _seconds(typed: str) -> float:
    seconds = float(typed)
    if not 0 < seconds <= 86_400:
        raise ValueError
    return seconds


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    asked = parser().parse_args(words)
    try:
        code: int = asked.run(Settings(), asked)
    except ValidationError as error:
        for wrong in error.errors():
            say(f"设置有误 (settings): {wrong['msg']}", sys.stderr)
        return CANNOT_START
    except Invalid as refused:
        for one in refused.fields.values() or [refused]:
            say(one.sentence.format_map(one.params), sys.stderr)
        return WRONG
    except Refused as refused:
        say(refused.sentence.format_map(refused.params), sys.stderr)
        return WRONG
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError) and not isinstance(away(error), Refused):
            raise
        say(f"数据库或文件打不开 (cannot open): {getattr(error, 'orig', error)}", sys.stderr)
        return CANNOT_START
    except KeyboardInterrupt:
        say("已中断 (interrupted)", sys.stderr)
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
