"""The filing form: from what was typed to a `Wish`, or to what is wrong with it beside each field. Pure.

Checked by hand rather than by a model: this stands on the hot path (docs/domain.md §5).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from matching.api.places import Place
from matching.clock import SHANGHAI
from matching.errors import Refused
from matching.privacy import consent
from matching.privacy.masking import normal_phone
from matching.privacy.readable import readable
from matching.requests.filing import Wish
from matching.words import _

LEAST, MOST = 5, 300  # characters of a need
REASON_MOST, NAME_MOST = 300, 40
DAYS_AHEAD = 60
MOST_FIELDS = 64
ESCAPED = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?")
WANTED = {"soon": _("尽快"), "today": _("今天"), "tomorrow": _("明天"), "exact": _("选个时间")}
DAY_BEGINS, DAY_ENDS = time(8), time(18)
CONSENTS = ("notice", "health", "public_display", "guardian")

Form = dict[str, str]
Wrong = dict[str, Refused]


def typed(body: bytes) -> Form:
    """The fields of a urlencoded body. Broken UTF-8 becomes U+FFFD, which `check` names; too many are refused.

    The standard library's parser looks at each percent sign by itself, which takes three times as long for Chinese.
    """
    fields = body.split(b"&")
    if len(fields) > MOST_FIELDS:
        raise Refused("bad_encoding")
    return {_plain(name): _plain(value) for name, _, value in (field.partition(b"=") for field in fields) if name}


def _plain(sent: bytes) -> str:
    sent = sent.replace(b"+", b" ")
    if b"%" in sent:
        sent = ESCAPED.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), sent)
    return sent.decode("utf-8", "replace")


def check(form: Mapping[str, str], place: Place, lang: str, at: datetime) -> tuple[Wish | None, Wrong]:
    """A wish that may be filed, or None and what is wrong."""
    wrong: Wrong = {}
    service = place.services.get(form.get("service", ""))
    if service is None:
        wrong["service"] = Refused("unknown_service" if form.get("service") else "not_a_choice")
    need = _text(form, "need", MOST, wrong)
    if "need" not in wrong and len(need) < LEAST:
        wrong["need"] = Refused("too_short", min=LEAST)
    reason = _text(form, "reason", REASON_MOST, wrong)
    start, end = _wanted(form, at, wrong)
    name = _text(form, "name", NAME_MOST, wrong)
    phone = _phone(form, service is not None and service.needs_phone, wrong)
    for_minor = bool(form.get("for_minor"))
    ticked = frozenset(kind for kind in CONSENTS if form.get(f"consent_{kind}"))
    for kind in consent.missing_consents(ticked, for_minor):
        wrong[f"consent_{kind}"] = Refused("guardian_needed" if kind == "guardian" else "consent_needed")
    if form.get("notice_version") != consent.NOTICE_VERSION:  # agreed to words that have changed since
        wrong["consent_notice"] = Refused("consent_needed")
    if wrong or service is None:
        return None, wrong
    offered = {box.kind for box in consent.consents(for_minor)}
    wish = Wish(
        service=service,
        need=need,
        filing_key=form["filing_key"],
        spot=place.spot,
        home_unit_id=place.spot.unit_id,
        reason=reason,
        name=name,
        phone=phone,
        wanted_from=start,
        wanted_to=end,
        consents={kind: consent.NOTICE_VERSION for kind in CONSENTS if kind in ticked and kind in offered},
        show_publicly=consent.may_be_shown_publicly(ticked, for_minor),
        for_minor=for_minor,
        lang=lang,
        calendar=place.calendar,
        promised=place.promised(service),
    )
    return wish, wrong


def _text(form: Mapping[str, str], name: str, most: int, wrong: Wrong) -> str:
    try:
        text = readable(form.get(name, "")).strip()
    except ValueError as refused:
        wrong[name] = Refused(str(refused))
        return ""
    if len(text) > most:
        wrong[name] = Refused("too_long", max=most, n=len(text))
    return text


def _phone(form: Mapping[str, str], needed: bool, wrong: Wrong) -> str:
    text = form.get("phone", "").strip()
    if not text:
        if needed:
            wrong["phone"] = Refused("phone_needed")
        return ""
    try:
        return normal_phone(text)
    except ValueError:
        wrong["phone"] = Refused("bad_phone")
        return ""


def _wanted(form: Mapping[str, str], at: datetime, wrong: Wrong) -> tuple[datetime | None, datetime | None]:
    """The window that is wished for. A time typed beside 'soon' counts: it says more, and some browsers show both."""
    wish = form.get("wanted") or "soon"
    written = form.get("wanted_from", "").strip() or form.get("wanted_to", "").strip()
    if wish == "exact" or (wish == "soon" and written):
        return _window(form, at, wrong)
    if wish == "soon":
        return None, None
    if wish not in WANTED:
        wrong["wanted"] = Refused("not_a_choice")
        return None, None
    today = at.astimezone(SHANGHAI).date()
    if wish == "tomorrow":
        tomorrow = today + timedelta(days=1)
        return _moment(tomorrow, DAY_BEGINS), _moment(tomorrow, DAY_ENDS)
    evening = _moment(today, DAY_ENDS)
    return at, evening if at < evening else _moment(today, time(23, 59))


def _window(form: Mapping[str, str], at: datetime, wrong: Wrong) -> tuple[datetime | None, datetime | None]:
    start, end = _typed_moment(form, "wanted_from", at, wrong), _typed_moment(form, "wanted_to", at, wrong)
    if not (start or end) and not {"wanted_from", "wanted_to"} & wrong.keys():
        wrong["wanted_from"] = Refused("bad_time")
    if start and end and end <= start:
        wrong["wanted_to"] = Refused("time_order")
    return start, end


def _typed_moment(form: Mapping[str, str], name: str, at: datetime, wrong: Wrong) -> datetime | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    found = MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=SHANGHAI)
    except ValueError:
        wrong[name] = Refused("bad_time")
        return None
    if moment <= at:
        wrong[name] = Refused("time_in_past")
    elif moment > at + timedelta(days=DAYS_AHEAD):
        wrong[name] = Refused("time_too_far", days=DAYS_AHEAD)
    return moment


def _moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, SHANGHAI)
