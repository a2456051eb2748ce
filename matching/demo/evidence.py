"""Service elsewhere that members of the demo declared, each with a picture that was drawn for it: nobody is on it."""

import io
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo import SEED
from matching.demo.cast import Cast
from matching.people.actor import Actor
from matching.people.model import Role
from matching.recognition import declaring
from matching.requests.photos import Photos

WIDTH, HEIGHT = 960, 720
WALLS = ("#dfe8ee", "#eee6d8", "#e2ecdf", "#e9e2ea")
VEST, SKIN, TABLE, PAPER = "#c8372d", "#e8c39e", "#8a6a4a", "#fbfaf6"


class Told(NamedTuple):
    """One declaration. `who`: 0 the demo's member, 1 to 3 others of the branch, 4 somebody of another one; `scene`
    names the picture; `verb`: what became of it, '' while it waits."""

    who: int
    days: int  # ago
    minutes: int
    title: str
    organiser: str
    scene: str
    said: str = ""
    verb: str = ""


BLOOD = ("无偿献血现场引导", "资水市中心血站", "blood")
TOLD = (
    Told(0, 41, 180, "社区敬老院义务理发", "滨河社区居委会", "home", verb="accept"),
    Told(0, 23, 90, "中小学急救知识进校园", "资水市红十字会", "school", verb="accept"),
    Told(0, 12, 600, "城市马拉松医疗保障", "资水市体育局", "race", verb="refuse"),
    Told(4, 9, 60, "小学生护眼课", "实验小学", "eyes", "讲了一节课，带大家做眼保健操。"),
    Told(1, 6, 150, "社区健康档案整理", "滨河社区居委会", "files", "帮居委会录入了四十多份档案。"),
    Told(2, 4, 90, "养老院防跌倒讲座", "夕阳红养老院", "talk"),
    Told(0, 2, 120, *BLOOD),
    Told(3, 2, 120, *BLOOD, "和支部同志一起去的。"),  # the same photo: the page points it out
)
WHY_REFUSED = "照片上看不出时间，请补活动证书后重新申报。"


async def declare(
    session: AsyncSession, people: Cast, photos: Photos, member: Actor, lead: Actor, now: datetime
) -> int:
    """Write them and decide some; returns how many lines of the ledger that makes."""
    posted, those = 0, _declarers(people, member, lead)
    for one in TOLD:
        by, made_at = those[one.who], now - timedelta(days=one.days - 1)
        photo = await photos.drawn(picture(one.scene))
        await photos.keep(declaring.folder(by.id or 0), photo)
        made = await declaring.declare(
            session, one.title, _day(now - timedelta(days=one.days)), one.minutes, one.organiser, one.said,
            photo.digest, by=by, at=made_at,
        )  # fmt: skip
        if one.verb:
            why = WHY_REFUSED if one.verb == "refuse" else ""
            await declaring.decide(session, made.id or 0, one.verb, why, by=lead, at=made_at + timedelta(hours=9))
            posted += one.verb == "accept"
    return posted


def picture(scene: str) -> bytes:
    """Helpers in red vests behind a table, under a banner, as a PNG; the same scene is the same picture."""
    dice = Random(f"{SEED}/picture/{scene}")
    image = Image.new("RGB", (WIDTH, HEIGHT), dice.choice(WALLS))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, WIDTH, HEIGHT), fill="#b9b2a6")
    draw.rectangle((120, 50, WIDTH - 120, 130), fill=VEST)
    words = dice.randint(8, 11)
    for n in range(words):  # where those of a banner would be
        x = WIDTH // 2 - words * 28 + n * 56 + 10
        draw.rectangle((x, 72, x + 36, 108), fill="#f6e3b0")
    count = dice.randint(2, 4)
    for n in range(count):
        x, tall = WIDTH * (n + 1) // (count + 1) + dice.randint(-30, 30), dice.randint(-25, 25)
        draw.ellipse((x - 42, 225 + tall, x + 42, 315 + tall), fill=SKIN)
        draw.pieslice((x - 44, 218 + tall, x + 44, 312 + tall), 180, 360, fill="#3a332e")
        draw.rounded_rectangle((x - 78, 318 + tall, x + 78, 530), 34, fill=VEST)
        draw.line((x, 330 + tall, x, 500), fill="#f2efe8", width=6)
    draw.rectangle((80, 500, WIDTH - 80, 545), fill=TABLE)
    draw.rectangle((110, 545, WIDTH - 110, 660), fill="#a5825c")
    for _sheet in range(dice.randint(3, 6)):
        x = dice.randint(120, WIDTH - 220)
        draw.polygon([(x, 490), (x + 90, 484), (x + 104, 510), (x + 12, 516)], fill=PAPER, outline="#cfc8bb")
    made = io.BytesIO()
    image.save(made, "PNG", compress_level=1)
    return made.getvalue()


def _declarers(people: Cast, member: Actor, lead: Actor) -> list[Actor]:
    """The member, three more of their branch, one of another branch; the same ones in each load."""

    def of(unit_id: int) -> list[Actor]:
        serving = sorted(
            (one for one in people.by_unit[unit_id] if one.status == "serving"), key=lambda one: one.member_no
        )
        them = [people.actors[one.id or 0] for one in serving]
        return [one for one in them if one.holds(Role.member) and one.id not in {member.id, lead.id}]

    own = lead.unit_id or 0
    other = next(unit_id for unit_id in sorted(people.by_unit) if unit_id != own and of(unit_id))
    return [member, *of(own)[:3], of(other)[0]]


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
