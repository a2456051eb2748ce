"""What came of an import: how many rows were new, changed, the same or refused, and why each refused one was."""

from dataclasses import dataclass, field

from matching.errors import Refused

MOST = 500  # problems kept; a file that is wrong in every row needs no longer list


@dataclass(frozen=True)
class Problem:
    """One refusal: the row's number in the file (1 is the header), the heading of the column ('' for all of it)."""

    row: int
    column: str
    refused: Refused


@dataclass
class Report:
    """`problems` holds the first MOST; `refused` counts all the rows. `written` is False when nothing was imported."""

    kind: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    written: bool = True

    def refuse(self, problems: list[Problem]) -> None:
        """One row (or the header) is refused."""
        self.refused += 1
        self.problems.extend(problems[: MOST - len(self.problems)])

    def count(self, *, new: bool, changed: bool) -> None:
        """One row is taken."""
        if new:
            self.new += 1
        elif changed:
            self.changed += 1
        else:
            self.unchanged += 1


class NotImported(Exception):
    """The file has errors and was to be imported whole or not at all: everything is rolled back."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.kind)
        report.written = False
        self.report = report
