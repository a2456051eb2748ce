"""The catalogues of `web/locale`: bring them in line with the sentences in code and templates.

python scripts/words.py                  extract, update every catalogue, count the untranslated sentences
python scripts/words.py missing          print the untranslated ones of English as JSON: {"sentence": ""}
python scripts/words.py fill FILE.json   set English from JSON: {"sentence": "translation" or ["one", "many"]}
python scripts/words.py check            change nothing; fail when a catalogue is incomplete
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).resolve().parent.parent
LOCALE = TOP / "web/locale"
HEAD = """# The keys are the Chinese sentences of code and templates; scripts/words.py keeps them in step.
msgid ""
msgstr ""
"Project-Id-Version: dianliang\\n"
"Language: {lang}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""  # no dates: they would change with every run
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def extracted() -> Catalog:
    """Every marked sentence of the product, with where it stands."""
    with (LOCALE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(charset="utf-8")
    for name, line, sentence, notes, context in extract_from_dir(
        TOP, methods, options, DEFAULT_KEYWORDS, directory_filter=lambda folder: not Path(folder).name.startswith(".")
    ):  # its own filter would pass over _parts
        found.add(sentence, None, [(name, line)], auto_comments=notes, context=context)
    return found


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/messages.po"))


def catalogue(lang: str) -> Catalog:
    """The catalogue of one language as it is written."""
    with _path(lang).open("rb") as file:
        return read_po(file, locale=lang)


def faults(lang: str) -> Iterator[str]:
    """What is wrong with a catalogue, a line each: untranslated, fuzzy, other placeholders, left over."""
    written, wanted = catalogue(lang), extracted()
    for source in _messages(wanted):
        there = written.get(source.id)
        if there is None or not all(_forms(there.string)):
            yield f"untranslated: {_forms(source.id)[0]}"
        elif there.fuzzy:
            yield f"fuzzy: {_forms(source.id)[0]}"
        else:
            asked = set(PLACEHOLDER.findall(_forms(source.id)[0]))
            if any(set(PLACEHOLDER.findall(form)) != asked for form in _forms(there.string)):
                yield f"other placeholders: {_forms(source.id)[0]}"
    yield from (f"left over: {_forms(one.id)[0]}" for one in _messages(written) if wanted.get(one.id) is None)


def update() -> None:
    """Rewrite the catalogues: new sentences appear empty, those no longer used go."""
    for lang in languages():
        written = catalogue(lang)
        written.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
        _write(lang, written)


def fill(lang: str, translations: dict[str, str | list[str]]) -> list[str]:
    """Set translations by their Chinese sentence; returns the sentences that the catalogue lacks."""
    written = catalogue(lang)
    by_sentence = {_forms(one.id)[0]: one for one in _messages(written)}
    for sentence in translations.keys() & by_sentence.keys():
        said = translations[sentence]
        by_sentence[sentence].string = tuple(said) if isinstance(said, list) else said
    _write(lang, written)
    return sorted(translations.keys() - by_sentence.keys())


def _write(lang: str, written: Catalog) -> None:
    written.obsolete.clear()
    for one in _messages(written):  # files only: line numbers would change with every edit
        one.locations = sorted({(name, 0) for name, _ in one.locations})
    text = io.BytesIO()
    write_po(text, written, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    _path(lang).write_text(HEAD.format(lang=lang, plural=written.plural_forms) + text.getvalue().decode())


def _messages(of: Catalog) -> Iterator[Message]:
    return (one for one in of if one.id)


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return list(text) if isinstance(text, (tuple, list)) else [text or ""]


def _path(lang: str) -> Path:
    return LOCALE / lang / "LC_MESSAGES/messages.po"


def main(words: list[str]) -> int:
    """Run one command; the answer is the exit code."""
    command = words[0] if words else "update"
    if command == "fill":
        for sentence in fill("en", json.loads(Path(words[1]).read_text())):
            print("not in the catalogue:", sentence)
    elif command == "missing":
        waiting = [one for one in _messages(catalogue("en")) if not all(_forms(one.string)) or one.fuzzy]
        print(json.dumps({_forms(one.id)[0]: _forms(one.string) if one.pluralizable else "" for one in waiting},
                         ensure_ascii=False, indent=1))  # fmt: skip
        return 0
    elif command == "update":
        update()
    wrong = [(lang, fault) for lang in languages() for fault in faults(lang)]
    for lang, fault in wrong if command == "check" else wrong[:10]:
        print(lang, fault)
    print(f"{len(wrong)} sentences need work")
    return int(bool(wrong) and command == "check")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
