"""Who may do what with partners: the table is the policy, its tests and part of the page of rights.

A lead's role counts where it covers the branch that the partner is paired with, a liaison's for their own organisation.
What may be done to a partner's requests stands in `requests.policy`, where a liaison is the requester.
"""

from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.people.model import Role
from matching.words import _

A, C, D, L = Role.administrator, Role.committee, Role.dispatcher, Role.unit_lead
LIAISON = Role.liaison

MAY: dict[str, frozenset[Role]] = {
    "see_partners": frozenset({A, C, D, L, Role.auditor}),
    "see_own_partner": frozenset({LIAISON}),
    "change_partner": frozenset({A, C}),
    "set_liaisons": frozenset({A, C}),
    "see_liaison_phones": frozenset({A, C, L}),
    "set_agreements": frozenset({A, C}),
    "read_agreements": frozenset({A, C, L, Role.auditor, LIAISON}),
    "set_pairings": frozenset({A, C, L}),
    "see_paired_people": frozenset({C, L}),
    "set_items": frozenset({C, L, LIAISON}),
    "link_items": frozenset({C, D, L}),
    "order": frozenset({LIAISON}),
    "confirm": frozenset({LIAISON}),
}
PARTNER_ACTS = {
    "see_partners": _("看共建单位"),
    "see_own_partner": _("看本单位的共建情况"),
    "change_partner": _("登记和修改共建单位"),
    "set_liaisons": _("添加联络员、给一次性密码"),
    "see_liaison_phones": _("看联络员电话"),
    "set_agreements": _("登记共建协议"),
    "read_agreements": _("看协议签字件"),
    "set_pairings": _("登记结对"),
    "see_paired_people": _("看结对的是谁"),
    "set_items": _("写需求和资源"),
    "link_items": _("立项目、对接清单"),
    "order": _("为共建单位提需求"),
    "confirm": _("确认共建活动情况"),
}
BY_BRANCH = frozenset({L})  # count where they cover the paired branch; the others for the whole hospital


def may(act: str, by: Actor, partner: Partner, path: str) -> bool:
    """Whether `by` may do `act` (a key of MAY) with this partner, which is paired with the unit of that path."""
    roles = MAY[act]
    if by.root_id != partner.root_id:
        return False
    if by.partner_id is not None:
        return LIAISON in roles and by.partner_id == partner.id and by.holds(LIAISON)
    if act == "see_partners":
        return by.holds(*roles)
    whole = f"/{by.root_id}/"
    return by.holds(*(roles - BY_BRANCH), path=whole) or by.holds(*(roles & BY_BRANCH), path=path)


def may_see_all(by: Actor) -> bool:
    """Whether the list of partners opens: organisations are no secret among those who look after them."""
    return by.partner_id is None and by.holds(*MAY["see_partners"])


def may_add(by: Actor) -> bool:
    """Whether `by` may register a partner that is not there yet."""
    return by.partner_id is None and by.holds(*MAY["change_partner"], path=f"/{by.root_id}/")
