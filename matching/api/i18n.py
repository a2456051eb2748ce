"""Languages: choosing one, and saying a sentence in it.

The sentences in code and templates are Chinese (zh-Hans) and are the keys of the catalogues in `web/locale/`, which are
read as they are written (.po), so that a corrected translation needs no build.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from gettext import c2py
from typing import Any

from babel.messages.pofile import read_po

from matching.api.assets import WEB
from matching.words import _

SOURCE = "zh-Hans"
LANGUAGES = {SOURCE: "中文", "en": "English"}
COOKIE = "lang"


@dataclass(frozen=True)
class Translator:
    """Says sentences in one language; a sentence its catalogue lacks stays Chinese."""

    lang: str
    sentences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plural: str = "0"

    def gettext(self, msgid: str) -> str:
        """The sentence."""
        return self.sentences.get(msgid, (msgid,))[0]

    def ngettext(self, msgid: str, msgid_plural: str, n: int) -> str:
        """The sentence's form for `n`; Chinese has one form for all numbers."""
        forms = self.sentences.get(msgid)
        if forms is None:
            return msgid
        return forms[min(int(c2py(self.plural)(n)), len(forms) - 1)]


@cache
def translator(lang: str) -> Translator:
    """The translator of one of LANGUAGES; its catalogue is read once."""
    if lang == SOURCE:
        return Translator(lang)
    with (WEB / "locale" / lang / "LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale=lang)
    sentences: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        said = tuple(message.string) if isinstance(message.string, (tuple, list)) else (str(message.string or ""),)
        if key and all(said) and not message.fuzzy:
            sentences[key] = said
    return Translator(lang, sentences, catalogue.plural_expr)


def translate(lang: str, msgid: str, params: Mapping[str, Any] | None = None) -> str:
    """A sentence from a lower room with its `{names}` or `%(names)s` filled in; their values are not translated."""
    said = translator(lang).gettext(msgid)
    if not params:
        return said
    return said % params if "%(" in said else said.format_map(params)


def listed(lang: str, names: Iterable[str]) -> str:
    """Names in a row, set apart as the language does."""
    return translate(lang, _("、")).join(names)


def pick_language(query: str | None, cookie: str | None, accept_language: str | None) -> str:
    """One of LANGUAGES: what the link asks for, else what was chosen before, else the browser's wish, else Chinese."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return wish
    return _wished((accept_language or "")[:200])


@lru_cache(maxsize=256)
def _wished(accept_language: str) -> str:
    wishes = []
    for part in accept_language.split(","):
        tag, _, rest = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
        wishes.append((float(weight[1]) if weight else 1.0, tag.lower()))
    for wanted, tag in sorted(wishes, key=lambda wish: -wish[0]):
        for lang in LANGUAGES:
            if wanted > 0 and tag.split("-")[0] == lang.split("-")[0].lower():
                return lang
    return SOURCE
