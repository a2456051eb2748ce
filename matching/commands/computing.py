"""Commands that need no database. Each takes the settings and the parsed words and returns an exit code."""

import argparse
import sys

from matching import printed
from matching.commands.opening import CANNOT_START, WELL, say
from matching.settings import Settings

FEW_MEMBERS = 250  # of a simulation that somebody waits for


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
