"""A load on 127.0.0.1 that costs little itself: raw HTTP/1.1 over kept connections, one process, bounded in time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Answers:
    """What one round brought: seconds, latencies (seconds) and the head of each answer that `expect` refused."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of answers stayed under."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


async def drive(
    port: int, make: Callable[[], bytes], *, connections: int, seconds: float = 0, count: int = 0, expect: bytes
) -> Answers:
    """Send what `make` returns over `connections` for `seconds`, or `count` times in all.

    Raises RuntimeError at the first answer whose status line lacks `expect`: a figure of errors is no figure.
    """
    answers, started = Answers(), time.perf_counter()
    left = [count]

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (count and left[0] > 0) or (not count and time.perf_counter() - started < seconds):
            left[0] -= 1
            begun = time.perf_counter()
            writer.write(make())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            answers.latencies.append(time.perf_counter() - begun)
            if expect not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"{head.decode()}\n{body.decode(errors='replace')[:500]}")
            answers.kept.append(head)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    answers.seconds = time.perf_counter() - started
    return answers


async def once(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of one answer, on a line of its own. Raises OSError or EOFError when the line breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        return head, await _body(reader, head)
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return await reader.readexactly(length) if length else b""
    parts = b""
    if b"transfer-encoding: chunked" in lower:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    return parts


def post(path: str, body: bytes, *headers: str, kind: str = "application/x-www-form-urlencoded") -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def get(path: str, *headers: str) -> bytes:
    """The bytes of a GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()
