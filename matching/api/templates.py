"""Pages: the templates of `web/templates`, one Jinja environment per language, and `render`.

Every template names what it needs in a comment at its top; a name that is missing is an error, never a blank.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from matching import clock
from matching.api import i18n, promised, spoken, timeliness, times
from matching.api.assets import WEB, assets
from matching.privacy import consent
from matching.privacy.codes import shown_code
from matching.requests import states

ELDER_COOKIE = "elder"


@dataclass(frozen=True)
class House:
    """What public pages say about the hospital: its name, and the desk for all who cannot or will not type."""

    name: str = ""
    desk_phone: str = ""
    desk_place: str = ""


def language(request: Request) -> str:
    """The language of this visit: `?lang=`, then the cookie, then the browser's wish."""
    cookie, wish = request.cookies.get(i18n.COOKIE), request.headers.get("accept-language")
    asked = request.query_params.get("lang") if request.scope["query_string"] else None
    return i18n.pick_language(asked, cookie, wish)


def render(request: Request, name: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """A page or a fragment in the visitor's language, never stored by browsers.

    The context may name `now`; the moment is taken here otherwise. `request` in a template is the service request.
    """
    lang = language(request)
    common: dict[str, Any] = {
        "now": context.get("now") or clock.now(),
        "elder": request.cookies.get(ELDER_COOKIE) == "1",
        "house": getattr(request.app.state, "house", House()),
        "csrf_token": getattr(request.state, "csrf_token", ""),
        "here": request.url.path,
        "asked": [(key, value) for key, value in request.query_params.multi_items() if key != "lang"],
        "form": {},
        "errors": {},
        "flash": [],
    }
    html = environment(lang).get_template(name).render(common | context)
    answer = HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Content-Language": lang})
    if request.query_params.get("lang") == lang:
        answer.set_cookie(i18n.COOKIE, lang, max_age=31536000, samesite="lax", httponly=True)
    return answer


@cache
def environment(lang: str) -> Environment:
    """The templates in one language; macros need no context to know it."""
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    say = i18n.translator(lang)
    made.install_gettext_callables(say.gettext, say.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"asset": assets.url, "csrf_field": csrf_field, "lang": lang, "languages": i18n.LANGUAGES}
    made.globals |= {"link_here": link_here, "lights": spoken.LIGHTS, "consent": consent, "states": states}
    made.globals["choices"] = lambda table: [(str(code), say.gettext(words)) for code, words in table.items()]
    made.filters |= {
        "when": pass_context(lambda context, at: _time(at, times.spoken(at, context["now"], say))),
        "by_when": pass_context(lambda context, at: _time(at, times.spoken_due(at, context["now"], say))),
        "clock": pass_context(lambda context, at, day: _time(at, times.beside(at, day, context["now"], say))),
        "exact": times.exact,
        "left": pass_context(lambda context, request: timeliness.left_words(request, context["now"], lang)),
        "promised": lambda usual, service: promised.promised_words(usual, service, lang),
        "shown_code": shown_code,
        "state_word": lambda state, plain=False: _word(say, spoken.STATES_PLAIN if plain else states.STATES, state),
        "verb_word": lambda verb, plain=False: _word(say, spoken.VERBS_PLAIN if plain else states.VERBS, verb),
        "said": lambda sentence, **params: i18n.translate(lang, sentence, params),
    }
    return made


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field that proves a form came from our page; nothing where the visit needs none."""
    token = context.get("csrf_token")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token) if token else Markup()


@pass_context
def link_here(context: Context, **changed: Any) -> str:
    """This page's address with some of its query changed; a value of None leaves the key out."""
    kept = [(key, value) for key, value in context["asked"] if key not in changed]
    query = urlencode(kept + [(key, str(value)) for key, value in changed.items() if value is not None])
    return f"{context['here']}?{query}" if query else str(context["here"])


def _time(at: datetime, words: str) -> Markup:
    shown = times.exact(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(timespec="minutes"), shown, words)


def _word(say: i18n.Translator, table: Mapping[Any, str], key: str) -> str:
    return say.gettext(table[key]) if key in table else ""
