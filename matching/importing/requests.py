"""Wishes that were written down elsewhere, filed by the same code as those that come by QR. Matched by their id.

Consents count as given in person; nothing is shown publicly unless the file says so. A wish that is there already is
left as it is: from then on it has a life of its own.
"""

from datetime import UTC, datetime

from sqlmodel import select

from matching.errors import Refused
from matching.importing.columns import Column, Values, choice, flag, moment, phone, text
from matching.importing.importer import Importer
from matching.importing.report import Problem
from matching.people.actor import Actor
from matching.privacy import consent
from matching.requests.filing import Filing, Wish, prepare
from matching.requests.insert import FILINGS
from matching.requests.states import CHANNELS, Channel
from matching.services.model import Service
from matching.units.model import Spot
from matching.units.queries import calendar_of

IN_PERSON = f"{consent.NOTICE_VERSION} in person"
CHANNEL_WORDS = {word: channel for channel, word in CHANNELS.items()} | {channel.value: channel for channel in Channel}
CHANNEL_WORDS |= {"": Channel.imported}


class Requests(Importer):
    """Filed at the moment the file names, in batches of one statement each."""

    key = "id"
    sheet = "需求"
    columns = (
        Column("id", "编号", text(40), needed=True),
        Column("submitted_at", "提交时间", moment, needed=True),
        Column("spot", "点位", text(40), needed=True),
        Column("service", "服务", text(40), needed=True),
        Column("need", "需求", text(300, lines=True), needed=True),
        Column("reason", "原因", text(300, lines=True)),
        Column("display_name", "称呼", text(40)),
        Column("phone", "电话", phone),
        Column("preferred_window.start", "期望开始", moment),
        Column("preferred_window.end", "期望结束", moment),
        Column("lang", "语言", text(10)),
        Column("on_behalf_of_minor", "为未成年人", flag),
        Column("show_publicly", "同意公开", flag),
        Column("channel", "来源", choice(CHANNEL_WORDS)),
    )

    async def begin(self) -> None:
        """Services and spots by their codes."""
        spots = await self.session.exec(select(Spot).where(Spot.root_id == self.root_id))
        services = await self.session.exec(select(Service).where(Service.root_id == self.root_id))
        self.calendar = await calendar_of(self.session, self.root_id)
        self.spots = {spot.code: spot for spot in spots}
        self.services = {service.code: service for service in services}
        self.waiting: list[tuple[int, Filing]] = []

    async def put(self, number: int, values: Values) -> None:
        """Mask, seal and hash; the rows wait for their batch."""
        spot, service = self.spots.get(values["spot"]), self.services.get(values["service"])
        if spot is None:
            raise Refused("spot_not_listed", field="spot", value=values["spot"])
        if service is None:
            raise Refused("service_not_listed", field="service", value=values["service"])
        at: datetime = values["submitted_at"]
        if at > self.at:
            raise Refused("time_in_future", field="submitted_at")
        start, end = values.get("preferred_window.start"), values.get("preferred_window.end")
        if start and end and end <= start:
            raise Refused("time_order", field="preferred_window.end")
        minor = values.get("on_behalf_of_minor", False)
        agreed = set(consent.required_consents(minor))
        public = values.get("show_publicly", False) and not minor
        if public:
            agreed.add("public_display")
        wish = Wish(
            service=service,
            need=values["need"],
            filing_key=filing_key(self.root_id, values["id"]),
            spot=spot,
            home_unit_id=spot.unit_id,
            reason=values.get("reason", ""),
            name=values.get("display_name", ""),
            phone=values.get("phone", ""),
            wanted_from=start,
            wanted_to=end,
            consents=dict.fromkeys(sorted(agreed), IN_PERSON),
            show_publicly=public,
            for_minor=minor,
            lang=values.get("lang") or "zh-Hans",
            channel=values.get("channel", Channel.imported),
            calendar=self.calendar,
        )
        by = Actor.requester(self.root_id, 0) if wish.channel == Channel.qr else Actor.system(self.root_id)
        filing = prepare(wish, sealer=self.tools.sealer, pepper=self.tools.pepper, by=by, at=at.astimezone(UTC))
        self.waiting.append((number, filing))

    async def settle(self) -> None:
        """Write the batch; a known id with another text is refused."""
        if not self.waiting:
            return
        filed = await FILINGS.within(await self.session.connection(), [filing for _number, filing in self.waiting])
        for (number, _filing), one in zip(self.waiting, filed, strict=True):
            if one.same:
                self.report.count(new=one.new, changed=False)
            else:
                self.report.refuse([Problem(number, self.key, Refused("filed_differently"))])
        self.waiting.clear()


def filing_key(root_id: int, id_: str) -> str:
    """The key under which an imported wish is filed. Its query code is derived from it, so it names the hospital."""
    return f"import-{root_id}-{id_}"
