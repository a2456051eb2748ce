"""The signed file of an agreement as an answer: to be saved, never to be run within our own pages."""

from urllib.parse import quote

from fastapi import Response

from matching.api.deps import Parts
from matching.partners.agreements import PDF, folder
from matching.partners.model import Agreement


async def file_answer(parts: Parts, agreement: Agreement) -> Response:
    """Raises NotSeen where the file is gone."""
    raw = await parts.photos.open(folder(agreement), agreement.file)
    kind, ending = ("application/pdf", "pdf") if raw.startswith(PDF) else ("image/jpeg", "jpg")
    plain = f"agreement-{agreement.id}.{ending}"
    named = quote(agreement.no, safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}.{ending}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return Response(raw, media_type=kind, headers=headers)
