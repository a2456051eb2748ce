"""Empty files to fill in for an import, with a guide."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Response

from matching.api.deps import SignedIn
from matching.api.downloads import XLSX, download
from matching.errors import NotAllowed, NotSeen
from matching.importing.running import KINDS
from matching.importing.templates import file_name, template
from matching.people.model import Role

router = APIRouter(prefix="/admin/templates", include_in_schema=False)


@router.get("/{kind}.xlsx")
async def fetch(by: SignedIn, kind: Annotated[str, Path(max_length=20)]) -> Response:
    """One of them; importing itself is done on the server (`matching import`)."""
    if not by.holds(Role.administrator, Role.committee):
        raise NotAllowed
    if kind not in KINDS:
        raise NotSeen
    return download(await asyncio.to_thread(template, kind), XLSX, file_name(kind), f"{kind}.xlsx")
