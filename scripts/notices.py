"""Write `docs/notices.md` from the table in `matching/notices/audience.py`: python -m scripts.notices"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from matching.notices.apart import APART
from matching.notices.audience import ROWS
from matching.notices.model import LONGEST_READING
from matching.notices.who import WHO
from matching.requests.states import VERBS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "notices.md"
HEAD = f"""# Who is told what

Each Step of a request is announced once. Whoever did it is not told of it, nobody is told twice of one Step, and who
has left is told nothing. In the application everybody concerned finds a notice; by mail or WeCom it reaches those who
asked for it, outside their quiet hours. Robots and webhooks of a unit hear what stands under 群 for that unit and those
below it, or the verbs they were set up for. A requester without an account reads what stands under 群众 when they asked
to be told; of what a partner (共建单位) asked its liaisons read that. No sentence holds personal data. Steps that are
more than a day old when they are announced (after an import) are noticed in the application and sent nowhere. Lessons
(微党课) take {LONGEST_READING} minutes at most.

`{{number}}` is the request's number, `{{service}}` its service, `{{unit}}` the unit it was sent to, came back from, or
stands in. Written by `python -m scripts.notices` from `matching/notices/audience.py`.

| 动作 | 情形 | 谁 | 看到的话 |
|---|---|---|---|
"""


APART_HEAD = """
## Told of no request

Each person once by the same words, and anew where it happens again. Posts (通知、微党课) go to everybody of their unit.
All of it also goes by the ways that people chose, outside their quiet hours. `{title}` and `{when}` are the activity's
or the declaration's own: what looks like somebody's number, bed or contact in a title is masked. The rest is written
from `matching/notices/apart.py`. What is arranged or listed when an activity is over is told to nobody, nor is anybody
told what they did themselves.

| 情形 | 谁 | 看到的话 |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _table(HEAD, _cells()) + _table(APART_HEAD, APART.values())


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _cells() -> Iterator[tuple[str, str, str, str]]:
    for row in ROWS.values():
        told = [(WHO[who], said) for who, said in row.staff.items()]
        told += [("群众", row.requester)] if row.requester else []
        told += [("群", row.group)] if row.group else []
        for first, (who, said) in enumerate(told or [("不通知", row.silent)]):
            verb = f"{VERBS[row.verb]} `{row.verb}`"
            yield ("", "", who, said) if first else (verb, row.when, who, said)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
