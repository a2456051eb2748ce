"""The door of a QR poster: /q/{slug}. One form, one answer: a redirect to the receipt (docs/domain.md §5).

Hot path: filing costs no query of its own (the place is kept by `places.py`) and renders nothing when it succeeds.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from matching import clock
from matching.api import forms, i18n, wish
from matching.api.deps import At, Parts, TheParts, address
from matching.api.errors import headers_of, in_words
from matching.api.guarding import refuse
from matching.api.places import Place, service_name, where
from matching.api.promised import promised_words
from matching.api.redirects import see
from matching.api.templates import House, language, render
from matching.errors import Invalid, Refused, TooMany, Unavailable
from matching.people.actor import Actor
from matching.privacy import consent, guard
from matching.privacy.codes import new_token
from matching.requests.filing import prepare

router = APIRouter(include_in_schema=False)

PAGES = {"unknown_spot": "spots/unknown.html", "spot_closed": "spots/closed.html", "spot_rotated": "spots/rotated.html"}


@router.api_route("/q/{slug}", methods=["GET", "HEAD"])
async def form(slug: str, request: Request, parts: TheParts, at: At) -> Response:
    """An empty form, with a key of its own: sending it twice files once."""
    try:
        place = await parts.places.find(slug, at)
    except Refused as refused:
        return _no_place(request, refused)
    return _page(request, place, {"filing_key": _new_key()})


async def file(request: Request) -> Response:
    """File it and lead to the receipt, or show the form again with everything that was typed."""
    await refuse(request)
    parts: Parts = request.app.state.parts
    slug, at = request.path_params["slug"], clock.now()
    typed = wish.typed(await request.body())
    if not wish.KEY.fullmatch(typed.get("filing_key", "")):
        typed["filing_key"] = _new_key()
    try:
        place = await parts.places.find(slug, at)
    except Refused as refused:
        if refused.code != "spot_rotated":
            return _no_place(request, refused, typed)
        place = await parts.places.find(refused.params["spot"], at)
        return _page(request, place, typed, refused)
    checked, wrong = wish.check(typed, place, language(request), at)
    if checked is None:
        found = guard.inspect_filing(typed.get("need", ""), typed.get("reason", ""))[0]
        return _page(request, place, typed, Invalid(wrong), emergency=found.emergency, banned=found.banned or "")
    by = Actor.requester(place.spot.root_id, 0)
    filing = prepare(checked, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)
    if filing.request["suspect"]:
        return _page(request, place, typed, Refused("refused_ask"), banned=filing.request["suspect"])
    if filing.request["emergency"] and not typed.get("emergency_seen"):
        return _page(request, place, typed, Invalid(), emergency=True)
    try:
        parts.limiter.count_filing(address(request), at)
        filed = await parts.file(filing)
    except (TooMany, Unavailable) as refused:
        return _page(request, place, typed, refused)
    if not filed.same:
        typed["filing_key"] = _new_key()
        return _page(request, place, typed, Refused("key_reused"), first=f"/r/{filing.code}")
    return see(f"/r/{filing.code}?new=1")


ROUTE = Route("/q/{slug}", file, methods=["POST"])
"""A plain route, answered by the app's shortcut: solving dependencies costs a fifth of what a filing costs."""

router.routes.append(ROUTE)


def _page(
    request: Request,
    place: Place,
    typed: wish.Form,
    refused: Refused | None = None,
    *,
    emergency: bool = False,
    banned: str = "",
    first: str = "",
) -> Response:
    """The form as typed. `refused` says why it was not filed; what is wrong with single fields stands beside them."""
    lang = language(request)
    spot, root = place.spot, place.root
    notes: list[dict[str, Any]] = []
    fields = refused.fields if isinstance(refused, Invalid) else {}
    if refused is not None and not isinstance(refused, Invalid) and not banned:
        notes = [{"kind": "warn", "words": in_words(lang, refused)}]
    answer = render(
        request,
        "filing/form.html",
        refused.status if refused else 200,
        house=House(root.house, root.desk_phone),
        action=f"/q/{spot.slug}",
        spot={"name": spot.name, "place": where(spot, lang)},
        filing_key=typed["filing_key"],
        common=[(code, service_name(place.services[code], lang)) for code in place.common],
        groups=_groups(place, lang),
        promises={code: promised_words(place.promised(one), one, lang) for code, one in place.services.items()},
        wanted_options=[(code, i18n.translate(lang, words)) for code, words in wish.WANTED.items()],
        max_chars=wish.MOST,
        emergency=emergency,
        refused=i18n.translate(lang, consent.refusal_reason(banned)) if banned else "",
        first=first,
        form=typed,
        errors=forms.said(request, fields),
        flash=notes,
    )
    if refused is not None:
        answer.headers.update(headers_of(refused))
    return answer


def _no_place(request: Request, refused: Refused, typed: wish.Form | None = None) -> Response:
    """Why the poster leads nowhere and what to do instead; what was typed meanwhile is shown to be copied."""
    page = PAGES[refused.code]
    name, slug = refused.params.get("place", ""), refused.params.get("spot", "")
    kept = [typed[field] for field in ("need", "reason") if typed and typed.get(field, "").strip()]
    spot = {"name": name, "place": ""}
    return render(request, page, refused.status, spot=spot, url=f"/q/{slug}", kept=kept)


def _groups(place: Place, lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The services that are not among the common ones, under the headings of the catalogue."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, service in place.services.items():
        if code not in place.common:
            found.setdefault(service.group, []).append((code, service_name(service, lang)))
    return list(found.items())


def _new_key() -> str:
    return new_token(24)
