"""All the ways of this installation: which are set up, and one call for each kind of receiver."""

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_network
from typing import Any

from matching.notices.model import Way
from matching.notices.ways import dingtalk, feishu, webhook, wecom_robot
from matching.notices.ways.answer import Answer, Message, never
from matching.notices.ways.calling import Caller, Network
from matching.notices.ways.mail import Mail, server
from matching.notices.ways.push import Push
from matching.notices.ways.wecom_app import Application, WecomApp
from matching.settings import Settings

GROUPS: Mapping[Way, Callable[[Caller, dict[str, str], Message], Awaitable[Answer]]] = {
    Way.wecom_robot: wecom_robot.carry,
    Way.feishu: feishu.carry,
    Way.dingtalk: dingtalk.carry,
    Way.webhook: webhook.carry,
}
"""The ways that an Endpoint may use: an address and perhaps a secret, nothing of the installation."""
ROBOTS = frozenset({Way.wecom_robot, Way.feishu, Way.dingtalk})
"""Those that take at most 20 messages a minute (docs/domain.md §9)."""


class Ways:
    """One process's channels. Raises ValueError for settings that cannot be meant."""

    def __init__(self, settings: Settings) -> None:
        self.caller = Caller(_networks(settings.private_networks))
        smtp, wecom_secret = settings.smtp_url.get_secret_value(), settings.wecom_secret.get_secret_value()
        self.mail = Mail(server(smtp, settings.mail_from)) if smtp else None
        wecom = Application(
            settings.wecom_url.rstrip("/"), settings.wecom_corp_id, settings.wecom_agent_id, wecom_secret
        )
        self.wecom = WecomApp(self.caller, wecom) if wecom_secret and wecom.corp_id else None
        key = settings.push_key.get_secret_value()
        contact = f"mailto:{settings.mail_from}" if settings.mail_from else settings.base_url
        try:
            self.push = Push(self.caller, key, contact) if key else None
        except ValueError:
            raise ValueError("MATCHING_PUSH_KEY needs 32 bytes in URL-safe base64") from None

    async def to_group(self, way: Way, address: dict[str, str], message: Message) -> Answer:
        """To a robot or a webhook: what an Endpoint holds."""
        return await GROUPS[way](self.caller, address, message)

    async def to_one(self, way: Way, receiver: Any, message: Message) -> Answer:
        """To one person: a mail address, a WeCom id, or a browser's subscription."""
        sender = {Way.mail: self.mail, Way.wecom_app: self.wecom, Way.push: self.push}[way]
        if sender is None:
            return never("not_set_up")
        return await sender.carry(receiver, message)


def _networks(listed: str) -> list[Network]:
    try:
        return [ip_network(one.strip()) for one in listed.split(",") if one.strip()]
    except ValueError as error:
        raise ValueError(f"MATCHING_PRIVATE_NETWORKS looks like 10.8.3.0/24, 10.8.4.17/32: {error}") from None
