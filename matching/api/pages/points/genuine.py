"""The page on which anybody sees whether a certificate is genuine."""

from fastapi import APIRouter, Request, Response

from matching.api import forms
from matching.api.deps import At, TheParts, address
from matching.api.genuineness import genuine
from matching.api.templates import render
from matching.errors import Refused

router = APIRouter(include_in_schema=False)
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/c/{no}")
async def show(request: Request, no: str, parts: TheParts, at: At, check: str = "") -> Response:
    """By its number and the check code that is printed beside it; without the code it asks for it."""
    check = check[:40]  # more than any code has, and still an answer
    found, errors, status = None, forms.Errors(), 200
    if check.strip():
        try:
            found = await genuine(parts, address(request), no, check)
        except Refused as refused:
            errors, status = forms.said(request, {"check": refused}), refused.status
    answer = render(
        request, "points/genuine.html", status, now=at, no=no[:40], found=found, form={"check": check}, errors=errors
    )
    answer.headers.update(HEADERS)
    return answer
