"""The demo hospital's own fixtures are those of the imports: an empty database and tools."""

from tests.importing.conftest import database, tools

__all__ = ["database", "tools"]
