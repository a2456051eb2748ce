"""The log: one JSON object a line, with the id of the request that was being answered; nothing personal in it.

A line about a request names its route as the code does (`/r/{code}`), never the address that was asked for, so that
no query code, no number and no search text gets in.
"""

import itertools
import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
GOOD_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}", re.ASCII)
FIELDS = "fields"  # where a record carries what is more than its message: `log.info("…", extra={FIELDS: {…}})`
QUIET = ("uvicorn.error", "alembic", "arq.worker", "httpx2", "httpcore2")  # httpx2 tells addresses; some are secrets
PLAIN = "%(asctime)s %(levelname)s %(name)s %(message)s"

BORN = token_hex(6)  # tells this process from the others; random numbers for each request would cost more than all else
ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)

requests = logging.getLogger("matching.requests")
_numbers = itertools.count(1)


def request_id(sent: bytes | None) -> str:
    """The id that the proxy or the caller gave, where it looks like one; a fresh one otherwise."""
    return sent.decode() if sent is not None and GOOD_ID.fullmatch(sent) else f"{BORN}{next(_numbers):08x}"


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """A line about one request."""
    if requests.isEnabledFor(logging.INFO):
        fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        requests.info("answered", extra={FIELDS: fields})


class JsonLines(logging.Formatter):
    """time, level, logger, message, request_id where there is one, further fields, and how an error came about.

    Of an error the kind and the places in the code are told and not what it says: that may quote what was typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if asked := REQUEST_ID.get():
            line["request_id"] = asked
        line |= getattr(record, FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = kinds(record.exc_info[1])
            line["where"] = "; ".join(
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            )
        return ENCODER.encode(line)


def kinds(error: BaseException) -> str:
    """What an error is, and what it came from: 'Unavailable < OperationalError'."""
    chain: list[str] = []
    found: BaseException | None = error
    while found is not None and len(chain) < 6:
        chain.append(type(found).__name__)
        found = found.__cause__ or found.__context__
    return " < ".join(chain)


def set_up_logging(level: int = logging.INFO, *, plain: bool = False) -> None:
    """Lines on stderr: JSON for machines that collect them, or plain ones for who sits before the screen."""
    # Who did it is told by none of the lines, and asking costs time.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(PLAIN, "%Y-%m-%dT%H:%M:%S%z") if plain else JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
