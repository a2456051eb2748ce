"""Who may read which figures (docs/figures.md). Sums name nobody; lists behind them go through `visible`."""

from matching.people.actor import Actor
from matching.requests.queries import LEADING


def may_read(by: Actor) -> bool:
    """The hospital's, its services' and places', and how branches stand beside each other: all who lead anything."""
    return by.holds(*LEADING)


def may_take_away(by: Actor) -> bool:
    """Any document or ledger at all; each has a rule of its own besides (exporting.py, ledgers/)."""
    return by.holds(*LEADING)


def may_read_unit(by: Actor, path: str) -> bool:
    """Of a unit: who leads, audits or dispatches for it."""
    return by.holds(*LEADING, path=path)


def may_read_partner(by: Actor, partner_id: int, paired_path: str) -> bool:
    """Of a partner: its own liaison persons, and who leads the branch it is paired with."""
    return by.partner_id == partner_id or by.holds(*LEADING, path=paired_path)
