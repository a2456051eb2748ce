"""Whether a certificate is genuine, for whoever holds it: wrong tries are counted by address, and there by number, so
that nobody who guesses keeps others from asking.

A number is easy to guess (they count up), the check code beside it is not; a wrong number and a wrong code look alike.
"""

import asyncio

from matching.api.deps import Parts
from matching.api.limits import CODE_TRIES, CODE_TRIES_OF_ALL
from matching.errors import NotSeen
from matching.recognition import certifying
from matching.recognition.certifying import Genuine
from matching.recognition.model import Certificate
from matching.recognition.papers.certificate import certificate_pdf


async def genuine(parts: Parts, address: str, no: str, check: str) -> Genuine:
    """What it says, masked. Raises NotSeen("unknown_certificate"), TooMany("too_many_tries")."""
    everybody, alike = f"certificates from {address}", f"certificate {no.strip()[:40]} from {address}"
    await parts.limiter.refuse_spent(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
    await parts.limiter.refuse_spent(CODE_TRIES, "too_many_tries", alike)
    try:
        async with parts.database.reading() as session:
            return await certifying.genuine(session, no, check)
    except NotSeen:
        await parts.limiter.hit(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
        await parts.limiter.hit(CODE_TRIES, "too_many_tries", alike)
        raise


async def printed(parts: Parts, certificate: Certificate) -> bytes:
    """The PDF, with the code that leads to its page."""
    base = parts.settings.base_url.rstrip("/")
    return await asyncio.to_thread(certificate_pdf, certificate, f"{base}/c/{certificate.no}?check={certificate.check}")
