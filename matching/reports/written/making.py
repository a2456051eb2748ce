"""One report as a file: gathered, written, and put into the form that was asked for."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.documents.excel_report import report_xlsx
from matching.documents.pdf import report_pdf, said
from matching.documents.typesetting import unprintable
from matching.documents.word import report_docx
from matching.people.actor import Actor
from matching.reports.periods import Period
from matching.reports.written.gathering import gather
from matching.reports.written.material import About
from matching.reports.written.report import document, file_name

FORMATS: dict[str, Callable[..., bytes]] = {"docx": report_docx, "xlsx": report_xlsx, "pdf": report_pdf}


class Made(NamedTuple):
    """A file and what it is called. `lacking`: its characters that may be boxes; a PDF names them at its end."""

    name: str
    content: bytes
    lacking: str


async def make_report(
    session: AsyncSession, about: About, code: str, period: Period, form: str, *, by: Actor, at: datetime
) -> Made:
    """`form`: a key of FORMATS. Raises NotSeen, NotAllowed. Writing it is done aside, so that others go on."""
    material = await gather(session, about, code, period, by=by, at=at)
    write: Any = FORMATS[form]

    def made() -> Made:
        report = document(material)
        lacking = unprintable(json.dumps(said(report), ensure_ascii=False), anywhere=form != "pdf")
        return Made(file_name(material, form), write(report, at=at), lacking)

    return await asyncio.to_thread(made)
