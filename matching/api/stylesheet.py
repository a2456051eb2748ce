"""The one stylesheet: Pico without what these pages never use, then our own rules, with the blanks taken out.

Pico's file is vendored as published, so an upgrade replaces one file; what is left out is listed here.
"""

import re
from collections.abc import Iterator

# A rule goes when every selector of it speaks of one of these: dark themes (the pages are paper white), Pico's own
# switches, sliders, tooltips, dialogs and bars (none is used), right-to-left scripts, and long dead browsers.
UNUSED = re.compile(
    r"data-theme=dark|prefers-color-scheme|:not\(\[data-theme|dir=rtl|role=switch|type=range|type=color|data-tooltip"
    r"|role=search|role=group|dialog|progress|aria-busy|iframe|audio|video|canvas|blockquote|kbd|samp|breadcrumb"
    r"|aria-controls|-ms-|-moz-(?!placeholder|selection)|type=search|type=reset|aside|table\.striped"
    r"|aria-invalid=false|:host\b|figure|hgroup"
)
NOT_THOSE = re.compile(r":not\((?!\[data-theme)[^()]*\)")  # a rule for everything but sliders is not about sliders
UNUSED_RULES = re.compile(r"@keyframes|@-moz-document|@charset|@supports selector\(:has")
GROWING_ROOT = re.compile(r"@media \(min-width:\d+px\)\{:host,:root\{--pico-font-size:")  # the root size is ours to set
UNUSED_NAMES = re.compile(
    r"--pico-(?:code|mark|ins|del|tooltip|modal|range|switch|progress|dropdown|accordion-(?!border)|icon-(?:search|close"
    r"|loading|minus|date|time)|group|blockquote|nav-breadcrumb|loading|table-row-stripped|form-element-valid)[\w-]*:"
)


def bundle(pico: str, own: str) -> str:
    """The text that pages load, from Pico's published file and ours. Pure."""
    return "".join(_kept(_without_blanks(pico))) + _without_blanks(own)


def _kept(css: str) -> Iterator[str]:
    for head, body in _blocks(css):
        if UNUSED_RULES.match(head) or GROWING_ROOT.match(head + "{" + body):
            continue
        if head.startswith("@media"):
            inner = "" if "prefers-color-scheme" in head else "".join(_kept(body))
            yield f"{head}{{{inner}}}" if inner else ""
        else:
            selectors = [one for one in _split(head, ",") if not UNUSED.search(NOT_THOSE.sub("", one))]
            lines = [line for line in _split(body, ";") if not UNUSED_NAMES.match(line)]
            yield f"{','.join(selectors)}{{{';'.join(lines)}}}" if selectors and lines else ""


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """(what stands before the brace, what stands within) for each outermost block."""
    depth = start = opened = 0
    for at, sign in _signs(css):
        if sign == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened], css[opened + 1 : at]
                start = at + 1
        elif sign == ";" and depth == 0:
            start = at + 1


def _split(text: str, by: str) -> list[str]:
    """Parts between `by` that stand outside brackets and quotation marks."""
    parts, depth, start = [], 0, 0
    for at, sign in _signs(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == by and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part for part in (*parts, text[start:]) if part]


def _signs(text: str) -> Iterator[tuple[int, str]]:
    """Each sign that parts something, with its place; quoted strings left out."""
    for found in re.finditer(r'"(?:\\.|[^"\\])*"|[][(){};,]', text, re.S):
        if len(found[0]) == 1:
            yield found.start(), found[0]


def _without_blanks(css: str) -> str:
    quoted = re.split(r'("(?:\\.|[^"\\])*")', re.sub(r"/\*(?!!).*?\*/", "", css, flags=re.S))
    for at in range(0, len(quoted), 2):
        text = re.sub(r"\s+", " ", quoted[at])
        quoted[at] = re.sub(r";?\s*([{};,>])\s*", r"\1", re.sub(r";\s*}", "}", text))
        quoted[at] = re.sub(r": (?=[^{}]*[;}])", ":", quoted[at])
    return "".join(quoted).strip()
