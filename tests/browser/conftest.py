"""The product in a real browser: `site` is the cast's hospital served on this machine."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from matching.app import create_app
from tests.cast import Cast


@dataclass
class Site:
    """A served hospital; `url` has no slash at its end."""

    url: str
    cast: Cast


@pytest.fixture
def site(cast: Cast) -> Iterator[Site]:
    """The application on the cast's database, on a free port, in a thread with an event loop of its own."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(cast.settings), log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([door],))
        thread.start()
        try:
            while thread.is_alive() and not server.started:
                thread.join(0.02)
            yield Site(f"http://127.0.0.1:{door.getsockname()[1]}", cast)
        finally:
            server.should_exit = True
            thread.join()
