"""Whether a partner's words want to sell something: what we do together is never for sale. Pure.

Words and what may stand before them, so that '严禁推销' and '义卖' are no offence.
"""

import re

_SELLING = re.compile(
    r"推销|促销(?!员)|带货|卖货|售卖|销售(?!部|员|人员|代表|中心|公司|队|组|岗|区)|代购|优惠券|打折|满减|买一送一|拼团|返利|回扣"
    r"|返点|返现|微商|收费(?!站|窗口|处|员|室)|付费|门票|赞助费"
    r"|(?:带|顺便|现场|当场|可以|能不能|想|要|摆摊)[^，。；;！？!?\n不禁勿未别]{0,6}(?<![义买])卖|(?<![义买])卖(?:药|保健品|保险|产品|课)"
)
_DENIED = re.compile(r"(?:不|禁|勿|别|非|无|防|拒|谢绝|杜绝|没有|免)[^，。；;！？!?\n]{0,6}$")


def is_commercial(*texts: str) -> bool:
    """Whether one of them says so, without a 'no' before it in the same clause."""
    return any(not _DENIED.search(text[: found.start()]) for text in texts for found in _SELLING.finditer(text))
