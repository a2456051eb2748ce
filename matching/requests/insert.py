"""Filings into the database: many share one transaction, on PostgreSQL also one statement.

The rows travel as one JSON parameter and are unfolded by the database. Measured against SQLAlchemy's batches of bound
values this costs a fifth of the time a row; against the ORM far less (see `benchmarks/filing.py`).
"""

# ruff: noqa: S608 - only names of our own columns are put together, never a value

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, DateTime, Float, Integer, Table, TextClause, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import JSON, TypeEngine
from sqlmodel import col, select

from matching.db import UtcDateTime
from matching.requests.filing import Filing
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.steps import Step

REQUESTS: Table = ServiceRequest.__table__  # type: ignore[attr-defined]
STEPS: Table = Step.__table__  # type: ignore[attr-defined]
SECRETS: Table = RequestSecret.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Filed:
    """The answer: the row's id, and whether it is new. `same` is False when the key was used for another text."""

    id: int
    new: bool
    same: bool = True


async def insert_filings(connection: AsyncConnection, filings: list[Filing]) -> list[Filed]:
    """Write all of them in the caller's transaction; a key that is already there is answered, not written again."""
    firsts: dict[str, Filing] = {}
    for filing in sorted(filings, key=_key):  # in one order everywhere, so that two batches never wait in a ring
        firsts.setdefault(_key(filing), filing)
    write = _in_one_statement if connection.dialect.name == "postgresql" else _in_three
    new = await write(connection, list(firsts.values()))
    return [
        Filed(new[_key(filing)], new=True)
        if _key(filing) in new and firsts[_key(filing)] is filing
        else await _repeated(connection, filing)
        for filing in filings
    ]


async def _in_one_statement(connection: AsyncConnection, filings: list[Filing]) -> dict[str, int]:
    rows = [
        filing.request | {f"step_{name}": value for name, value in filing.step.items()}
        | {"sealed": b64encode(filing.sealed).decode()}
        for filing in filings
    ]  # fmt: skip
    found = await connection.execute(_statement(tuple(rows[0])), {"rows": json.dumps(rows)})
    return {key: id_ for id_, key in found}


async def _in_three(connection: AsyncConnection, filings: list[Filing]) -> dict[str, int]:
    names = tuple(filings[0].request)
    rows = json.dumps([{name: _sqlite(name, filing.request[name]) for name in names} for filing in filings])
    found = await connection.execute(_sqlite_statement(names), {"rows": rows})
    new = {key: id_ for id_, key in found}
    if written := [filing for filing in filings if _key(filing) in new]:
        ids = [new[_key(filing)] for filing in written]
        steps = [
            filing.step | {"request_id": id_, "seq": 1, "detail": json.dumps(filing.step["detail"])}
            | {name: _sqlite("filed_at", filing.step[name]) for name in ("at", "next_try_at")}
            for id_, filing in zip(ids, written, strict=True)
        ]  # fmt: skip
        await connection.execute(_sqlite_steps(tuple(steps[0])), steps)
        await connection.execute(
            insert(SECRETS),
            [
                {"request_id": id_, "root_id": filing.request["root_id"], "sealed": filing.sealed}
                for id_, filing in zip(ids, written, strict=True)
            ],
        )
    return new


async def _repeated(connection: AsyncConnection, filing: Filing) -> Filed:
    found = await connection.execute(
        select(col(ServiceRequest.id), col(ServiceRequest.filing_digest)).where(
            col(ServiceRequest.root_id) == filing.request["root_id"],
            col(ServiceRequest.filing_key) == _key(filing),
        )
    )
    id_, digest = found.one()
    return Filed(id_ or 0, new=False, same=digest == filing.request["filing_digest"])


@cache
def _statement(names: tuple[str, ...]) -> TextClause:
    """Everything in one: requests, and for those that are new their first Step and their sealed part."""
    ours = [name for name in names if name in REQUESTS.c and not name.startswith("step_")]
    steps = [name for name in names if name.startswith("step_")]
    columns = [f"{name} {_type(REQUESTS.c[name].type)}" for name in ours]
    columns += [f"{name} {_type(STEPS.c[name.removeprefix('step_')].type)}" for name in steps]
    constants = _constants(ours)
    return text(
        f"WITH x AS (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS x({', '.join(columns)}, sealed text)), "
        f"r AS (INSERT INTO service_request ({', '.join([*ours, *constants])}) "
        f"SELECT {', '.join([*ours, *constants.values()])} FROM x "
        "ON CONFLICT (root_id, filing_key) DO NOTHING RETURNING id, root_id, filing_key), "
        f"s AS (INSERT INTO step (request_id, seq, {', '.join(n.removeprefix('step_') for n in steps)}) "
        f"SELECT r.id, 1, {', '.join(f'x.{n}' for n in steps)} FROM r JOIN x USING (root_id, filing_key)), "
        "k AS (INSERT INTO request_secret (request_id, root_id, sealed) "
        "SELECT r.id, r.root_id, decode(x.sealed, 'base64') FROM r JOIN x USING (root_id, filing_key)) "
        "SELECT id, filing_key FROM r"
    )


@cache
def _sqlite_statement(names: tuple[str, ...]) -> TextClause:
    constants = _constants(names)
    taken = ", ".join([f"json_extract(value, '$.{name}')" for name in names] + list(constants.values()))
    return text(
        f"INSERT INTO service_request ({', '.join([*names, *constants])}) "
        f"SELECT {taken} FROM json_each(:rows) WHERE true "
        "ON CONFLICT (root_id, filing_key) DO NOTHING RETURNING id, filing_key"
    )


@cache
def _sqlite_steps(names: tuple[str, ...]) -> TextClause:
    return text(f"INSERT INTO step ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})")


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


def _sqlite(name: str, value: Any) -> Any:
    """As SQLAlchemy keeps it there: moments in UTC without their zone."""
    if isinstance(REQUESTS.c[name].type, UtcDateTime) and value is not None:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def _key(filing: Filing) -> str:
    return str(filing.request["filing_key"])
