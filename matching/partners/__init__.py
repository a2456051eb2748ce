"""Partners (共建单位, docs/domain.md §8): agreements, liaison persons, pairings, the three lists, their requests.

What is done together on a day is in `activities`; figures and documents about it are in `reports`.
"""
