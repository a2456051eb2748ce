"""One HTTP call to an address that an administrator (or a visitor's browser) named: it may be anything.

The name is resolved here and the call goes to the very address that was looked at, so that a name that changes its
mind between the look and the call gains nothing. No redirect is followed, no proxy of the environment is asked, no
connection is kept (a kept one that the other side closed would look like a message that may have been taken).
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpx2

from matching.notices.ways.answer import SOON, Answer, later, never, unsure

CONNECT, TOTAL = 5.0, 10.0  # seconds
TIMEOUT = httpx2.Timeout(TOTAL, connect=CONNECT).as_dict()
MOST_ADDRESSES = 3  # of one name that are tried: one may not be reached from here
LONGEST_PAUSE = 3600.0
LARGEST = 64 * 1024  # bytes of an answer that are read
WRAPPED = tuple(ip_network(wrapped) for wrapped in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 forms that carry an IPv4 address within (NAT64, 6to4, Teredo): a way around the look at it."""
Network = IPv4Network | IPv6Network


class Refusal(Exception):
    """The address may not be called; `str` is the reason."""


class Caller:
    """Calls by HTTP. `private` lists the networks of the hospital's own that may be called, also without TLS."""

    def __init__(self, private: Sequence[Network] = ()) -> None:
        self.private = tuple(private)
        self._tls: ssl.SSLContext | None = None

    async def post(
        self, url: str, *, json: Any = None, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response | Answer:
        """The answer to a POST, whatever its status, or what its absence means."""
        return await self.call("POST", url, json=json, content=content, headers=headers)

    async def call(
        self, method: str, url: str, *, json: Any = None, content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response | Answer:  # fmt: skip
        """The same for any method."""
        begun = False

        async def watch(event: str, _info: Mapping[str, Any]) -> None:
            nonlocal begun
            begun = begun or event.endswith("send_request_headers.started")

        try:
            async with asyncio.timeout(TOTAL):
                target = httpx2.URL(url)
                more = dict(headers or {}) | {"Host": target.netloc.decode(), "Accept-Encoding": "identity"}
                extensions = {"trace": watch, "sni_hostname": target.raw_host.decode(), "timeout": TIMEOUT}
                *others, last = [
                    httpx2.Request(
                        method, target.copy_with(host=address), json=json, content=content, headers=more,
                        extensions=extensions,
                    )
                    for address in await self._addresses(target)
                ]  # fmt: skip
                for request in others:
                    with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                        return await self._answered(request)
                return await self._answered(last)
        except (Refusal, httpx2.InvalidURL) as refused:
            return never(str(refused) if isinstance(refused, Refusal) else "bad_address")
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            why = type(error).__name__
            return unsure(why) if begun else later(why, away=True)

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        async with httpx2.AsyncHTTPTransport(verify=self._context(), trust_env=False) as transport:
            answer = await transport.handle_async_request(request)
            body = b""
            assert isinstance(answer.stream, httpx2.AsyncByteStream)
            async for chunk in answer.stream:
                body += chunk
                if len(body) > LARGEST:
                    break
            await answer.stream.aclose()
            return httpx2.Response(answer.status_code, headers=answer.headers, content=body[:LARGEST])

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:  # reading the roots of trust takes longer than a call
            self._tls = ssl.create_default_context()
        return self._tls

    async def _addresses(self, url: httpx2.URL) -> list[str]:
        """Those behind the name that may be called. Raises Refusal, OSError when the name is not known."""
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            raise Refusal("bad_address")
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.raw_host.decode(), port, type=1)  # 1: SOCK_STREAM
        may: list[str] = []
        for *_kind, place in found:
            address = ip_address(str(place[0]).partition("%")[0])
            if isinstance(address, IPv6Address) and address.ipv4_mapped:
                address = address.ipv4_mapped
            ours = any(address in network for network in self.private)
            if (ours or (url.scheme == "https" and public(address))) and str(address) not in may:
                may.append(str(address))
        if not may:
            raise Refusal("address_refused")
        return may[:MOST_ADDRESSES]


def public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody's computer could stand there: not this machine, not the hospital's own network."""
    if any(address in network for network in WRAPPED):
        return False
    return address.is_global and not address.is_multicast


def status_answer(answer: httpx2.Response) -> Answer | None:
    """What the status alone means; None for 2xx, where the channel's own words decide."""
    status = answer.status_code
    if 200 <= status < 300:
        return None
    why = f"http_{status}"
    if status in {401, 403} or status < 400:  # whoever they want us to be, or to go elsewhere: asking again is no help
        return never(why)
    if status in {429, 503}:
        return later(why, pause(answer))
    return later(why, away=status >= 500)


def pause(answer: httpx2.Response) -> float:
    """The seconds that Retry-After asks for; SOON for a date or nothing. An hour at most."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else SOON


def said(answer: httpx2.Response) -> Mapping[str, Any]:
    """The JSON object of an answer, empty when it is none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
