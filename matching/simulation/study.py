"""A whole study: which worlds, and what is written into a folder when all runs are made."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from matching.simulation.comparing import Result, Trial, run
from matching.simulation.plot import picture
from matching.simulation.reporting import save, standings, table, worlds_of
from matching.simulation.world import HOME, World, WrongWorld, drawn, read

FIRST_DRAWN = 109  # ways of asking were tried out on numbers below 101; the figures of those in between are known
MOST_DRAWN, TRIED_MEMBERS = 60, 250
ALIVE = 0.8  # of slots: among so few members some skills are held by nobody who is there, whatever is done


def worlds(file: Path | None, held_out: int, members: int | None) -> list[World]:
    """The world of a file (None: our own) and the first so many drawn from its ranges that can live. `members` sizes
    them all, with as many requests for each member as before. Raises WrongWorld, OSError."""
    path = file or HOME
    alive = (world for number in range(FIRST_DRAWN, FIRST_DRAWN + MOST_DRAWN) if can_live(world := drawn(number, path)))
    chosen = [read(path), *islice(alive, held_out)]
    if len(chosen) < 1 + held_out:
        raise WrongWorld(f"{path.name}: of {MOST_DRAWN} worlds drawn from its ranges only {len(chosen) - 1} can live")
    return [sized(world, members) for world in chosen] if members else chosen


def can_live(world: World) -> bool:
    """Whether the oracle, which asks as few as can be asked, fills most slots. Where even it cannot, members leave in
    scores whoever asks, and nothing is learnt about ways of asking. Ours is not looked at."""
    tried = Trial(sized(world, TRIED_MEMBERS), "oracle", seed=0, days=14)
    return run(tried).figures.filled >= ALIVE


def sized(world: World, members: int) -> World:
    """The same world with another number of members, and requests in proportion."""
    arrivals = world.of("size.arrivals") * members / world.of("size.members")
    return world.with_(size_members=members, size_arrivals=arrivals)


def write(results: Sequence[Result], folder: Path, about: str) -> list[Path]:
    """Save the single runs, the tables and a picture of the last world (all held out, where there are several)."""
    folder.mkdir(parents=True, exist_ok=True)
    runs, tables, svg = folder / "runs.csv", folder / "tables.md", folder / "simulation.svg"
    names = worlds_of(results)
    save(results, runs)
    tables.write_text("\n".join(_sections(results, names, about)), encoding="utf-8")
    svg.write_text(picture(results, names[-1], f"{about} · {names[-1]}"), encoding="utf-8")
    return [tables, svg, runs]


def _sections(results: Sequence[Result], names: Sequence[str], about: str) -> list[str]:
    lines = [about, ""]
    for name in names:
        lines += [f"## {name}", "", *_markdown(table(results, name)), ""]
        stands = [[one.words, one.target, one.reached, "met" if one.met else "missed"]
                  for one in standings(results, name)]  # fmt: skip
        if stands:
            lines += [*_markdown([["to be reached", "target", "ours", ""], *stands]), ""]
    return lines


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]
