"""The sum of a table's rows, the same on every engine and in every order: two tables with one sum hold the same."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime

SIZE = 2**256


class Sum:
    """How many rows, and the sum of their hashes."""

    def __init__(self) -> None:
        self.rows, self._total = 0, 0

    def add(self, row: Sequence[object]) -> None:
        """Count one row by what it says."""
        said = json.dumps([_said(value) for value in row], ensure_ascii=False, sort_keys=True)
        self.rows += 1
        self._total = (self._total + int.from_bytes(hashlib.sha256(said.encode()).digest())) % SIZE

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return f"{self._total:064x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.rows, self._total) == (other.rows, other._total)

    def __hash__(self) -> int:
        return hash((self.rows, self._total))

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.digest[:16]}"


def _said(value: object) -> object:
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case float() if value.is_integer():  # SQLite keeps a whole number as one
            return int(value)
        case _:
            return value
