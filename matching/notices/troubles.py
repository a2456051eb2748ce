"""What went wrong with a channel, in words: `Answer.why` and `Delivery.trouble` are codes."""

from matching.words import _

WORDS: dict[str, str] = {
    "address_refused": _("这个地址在本机或医院内网，安装设置里没有放行"),
    "bad_address": _("这不是一个能用的网址"),
    "not_set_up": _("这个渠道还没有在安装设置里配好"),
    "unknown_receiver": _("对方没有这个账号"),
    "bad_subscription": _("浏览器的订阅已经失效"),
    "no_code": _("对方的回答看不懂，地址可能不对"),
    "bad_message": _("这条消息的内容有问题，没有发"),
    "bad_letter": _("这条消息的内容有问题，没有发"),
    "lease_ran_out": _("发送的途中程序被中断"),
    "token_refused": _("对方一直不认应用的凭证"),
    "ConnectError": _("连不上对方的服务器"),
    "ConnectTimeout": _("连不上对方的服务器"),
    "gaierror": _("找不到这个服务器名"),
    "SMTPConnectError": _("连不上邮件服务器"),
    "SMTPConnectTimeoutError": _("连不上邮件服务器"),
    "ReadTimeout": _("对方没有回答"),
    "TimeoutError": _("对方没有回答"),
    "RemoteProtocolError": _("对方中途断开了"),
    "errcode_93000": _("机器人的地址不对，或机器人已被移出群"),
    "errcode_45009": _("对方说发得太快了"),
    "errcode_60020": _("对方没有放行本服务器的 IP 地址"),
    "errcode_310000": _("关键词、签名或 IP 地址不符合机器人的安全设置"),
    "code_19021": _("签名校验没有通过，请核对密钥"),
    "code_19024": _("消息里没有机器人要求的关键词"),
    "smtp_535": _("邮件账号或密码不对"),
    "smtp_550": _("对方没有这个邮箱"),
    "http_429": _("对方说发得太快了"),
}


def words_of(trouble: str) -> str:
    """The sentence of a code to translate; the code itself where it has none ('http_500')."""
    return WORDS.get(trouble) or WORDS.get(trouble.removeprefix("token_")) or trouble
