"""`python -m benchmarks [name …] [--quick]`: run the benchmarks and say which limits held. Exit 1 when one did not."""

import sys

from benchmarks import (
    assign,
    board,
    claims,
    dashboard,
    documents,
    filing,
    live,
    outbox,
    production,
    reports,
    soak,
    suggest,
    weight,
)

ALL = {
    "weight": weight.run, "claims": claims.run, "filing": filing.run, "board": board.run, "live": live.run,
    "outbox": outbox.run, "production": production.run, "soak": soak.run,
    "suggest": suggest.run, "assign": assign.run,
    "reports": reports.run, "dashboard": dashboard.run, "documents": documents.run,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Run those named, or all of them; `--quick` for fewer and shorter rounds (a look, not a figure to quote)."""
    quick = "--quick" in words
    names = [word for word in words if not word.startswith("-")] or list(ALL)
    held = True
    for name in names:
        for figure in ALL[name](quick):
            print(figure, flush=True)
            held &= figure.holds
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
