"""Filings into the database: many share one transaction, on PostgreSQL also one statement.

The rows travel as one JSON parameter and are unfolded by the database. Measured against SQLAlchemy's batches of bound
values this costs a fifth of the time a row; against the ORM far less (see `benchmarks/filing.py`).
"""

# ruff: noqa: S608 - only names of our own columns are put together, never a value

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Boolean, DateTime, Float, Integer, Table
from sqlalchemy.types import JSON, TypeEngine

from matching.db import UtcDateTime
from matching.db.batches import Batch, Fetch
from matching.requests.filing import Filing
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step

REQUESTS: Table = ServiceRequest.__table__  # type: ignore[attr-defined]
STEPS: Table = Step.__table__  # type: ignore[attr-defined]
SQLITE_MOST = 64  # rows of one statement; SQLite takes 32,766 values at a time
THERE_ON_POSTGRES = "SELECT id, filing_digest FROM service_request WHERE root_id = $1 AND filing_key = $2"
THERE = (
    "SELECT json_group_array(json_array(r.id, r.filing_key, r.filing_digest)) FROM json_each(:keys) AS k "
    "JOIN service_request AS r "
    "ON r.root_id = json_extract(k.value, '$[0]') AND r.filing_key = json_extract(k.value, '$[1]')"
)


@dataclass(frozen=True)
class Filed:
    """The answer: the row's id, and whether it is new. `same` is False when the key was used for another text."""

    id: int
    new: bool
    same: bool = True


async def _on_postgres(fetch: Fetch, filings: list[Filing]) -> list[Filed]:
    firsts = _firsts(filings)
    rows = [
        filing.request | {f"step_{name}": value for name, value in filing.step.items()}
        | {"sealed": b64encode(filing.sealed).decode()}
        for filing in firsts.values()
    ]  # fmt: skip
    new = {key: id_ for id_, key in await fetch(_statement(tuple(rows[0])), json.dumps(rows))}
    old = {}
    for filing in filings:
        if _key(filing) not in new or firsts[_key(filing)] is not filing:
            [old[_key(filing)]] = await fetch(THERE_ON_POSTGRES, filing.request["root_id"], _key(filing))
    return [_filed(filing, firsts, new, old) for filing in filings]


def _on_sqlite(cursor: Any, filings: list[Filing]) -> list[Filed]:
    """As few statements as can be, each of one step: after each the thread waits for its turn at the interpreter.

    Every value is bound: unfolding JSON there takes twice as long.
    """
    if len(filings) > SQLITE_MOST:
        parts = (filings[start : start + SQLITE_MOST] for start in range(0, len(filings), SQLITE_MOST))
        return [filed for part in parts for filed in _on_sqlite(cursor, part)]
    firsts = _firsts(filings)
    keys = json.dumps([[filing.request["root_id"], key] for key, filing in firsts.items()])
    cursor.execute("SELECT coalesce(max(id), 0) FROM service_request")
    (last,) = cursor.fetchone()
    rows = [filing.request for filing in firsts.values()]
    cursor.execute(_sqlite_insert(REQUESTS, tuple(rows[0]), len(rows)), _sqlite_values(REQUESTS, rows))
    cursor.execute(THERE, {"keys": keys})
    there = {key: (id_, digest) for id_, key, digest in json.loads(cursor.fetchone()[0])}
    new = {key: id_ for key, (id_, _digest) in there.items() if id_ > last}
    written = [filing for key, filing in firsts.items() if key in new]
    if written:
        steps = [filing.step | {"request_id": new[_key(filing)], "seq": 1} for filing in written]
        cursor.execute(_sqlite_insert(STEPS, tuple(steps[0]), len(steps)), _sqlite_values(STEPS, steps))
        sealed = [v for filing in written for v in (new[_key(filing)], filing.request["root_id"], filing.sealed)]
        places = ", ".join(["(?, ?, ?)"] * len(written))
        cursor.execute(f"INSERT INTO request_secret (request_id, root_id, sealed) VALUES {places}", sealed)
    return [_filed(filing, firsts, new, there) for filing in filings]


FILINGS = Batch(_on_postgres, _on_sqlite)
"""Writes requests with their first Step and sealed part; a key that is already there is answered, not written again."""


def _firsts(filings: list[Filing]) -> dict[str, Filing]:
    """One filing a key, in one order everywhere, so that two batches never wait for each other in a ring."""
    firsts: dict[str, Filing] = {}
    for filing in sorted(filings, key=_key):
        firsts.setdefault(_key(filing), filing)
    return firsts


def _filed(filing: Filing, firsts: dict[str, Filing], new: dict[str, int], old: Mapping[str, Sequence[Any]]) -> Filed:
    key = _key(filing)
    if key in new and firsts[key] is filing:
        return Filed(new[key], new=True)
    id_, digest = old[key]
    return Filed(id_, new=False, same=digest == filing.request["filing_digest"])


@cache
def _statement(names: tuple[str, ...]) -> str:
    """Everything in one: requests, and for those that are new their first Step and their sealed part."""
    ours = [name for name in names if name in REQUESTS.c and not name.startswith("step_")]
    steps = [name for name in names if name.startswith("step_")]
    columns = [f"{name} {_type(REQUESTS.c[name].type)}" for name in ours]
    columns += [f"{name} {_type(STEPS.c[name.removeprefix('step_')].type)}" for name in steps]
    constants = _constants(ours)
    return (
        "WITH x AS (SELECT * FROM json_to_recordset(CAST(CAST($1 AS text) AS json)) "
        f"AS x({', '.join(columns)}, sealed text)), "
        f"r AS (INSERT INTO service_request ({', '.join([*ours, *constants])}) "
        f"SELECT {', '.join([*ours, *constants.values()])} FROM x "
        "ON CONFLICT (root_id, filing_key) DO NOTHING RETURNING id, root_id, filing_key), "
        f"s AS (INSERT INTO step (request_id, seq, {', '.join(n.removeprefix('step_') for n in steps)}) "
        f"SELECT r.id, 1, {', '.join(f'x.{n}' for n in steps)} FROM r JOIN x USING (root_id, filing_key)), "
        "k AS (INSERT INTO request_secret (request_id, root_id, sealed) "
        "SELECT r.id, r.root_id, decode(x.sealed, 'base64') FROM r JOIN x USING (root_id, filing_key)) "
        "SELECT id, filing_key FROM r"
    )


@lru_cache(maxsize=2 * SQLITE_MOST)
def _sqlite_insert(table: Table, names: tuple[str, ...], rows: int) -> str:
    """So many rows at once; a request also gets what every new one starts with."""
    constants = _constants(names) if table is REQUESTS else {}
    row = f"({', '.join(['?'] * len(names) + list(constants.values()))})"
    return (
        f"INSERT INTO {table.name} ({', '.join([*names, *constants])}) VALUES {', '.join([row] * rows)}"
        f"{' ON CONFLICT (root_id, filing_key) DO NOTHING' if table is REQUESTS else ''}"
    )


def _constants(names: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Column → SQL literal for what every new request starts with: the model's own defaults."""
    literals = {}
    for name, field in ServiceRequest.model_fields.items():
        value = field.get_default(call_default_factory=True)
        if name in names or name == "id" or field.is_required() or value is None:
            continue
        literals[name] = str(value).lower() if isinstance(value, (bool, int)) else f"'{value}'"
    return literals


def _type(of: TypeEngine[Any]) -> str:
    kinds = {Boolean: "boolean", Integer: "bigint", Float: "float", DateTime: "timestamptz", JSON: "json"}
    plain = getattr(of, "impl_instance", of)
    return next((sql for kind, sql in kinds.items() if isinstance(plain, kind)), "text")


def _sqlite_values(table: Table, rows: list[dict[str, Any]]) -> list[Any]:
    """All rows' values in a row, as SQLAlchemy keeps them there: moments in UTC without their zone, JSON as text."""
    moments, texts = _columns(table, UtcDateTime), _columns(table, JSON)
    return [
        _without_zone(value) if name in moments and value else json.dumps(value) if name in texts else value
        for row in rows
        for name, value in row.items()
    ]


@cache
def _columns(table: Table, kind: type[TypeEngine[Any]]) -> frozenset[str]:
    return frozenset(column.name for column in table.c if isinstance(column.type, kind))


def _without_zone(moment: str) -> str:
    if len(moment) == len("2026-03-02T02:00:00.123456+00:00") and moment.endswith("+00:00"):
        return f"{moment[:10]} {moment[11:26]}"
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _key(filing: Filing) -> str:
    return str(filing.request["filing_key"])
