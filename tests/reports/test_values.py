"""How figures are worked out and shown: exact until the end, with their n, and nothing where there is nothing."""

from datetime import date
from fractions import Fraction

import pytest

from matching.reports.counted import COUNTERS
from matching.reports.definitions import DEFINITIONS
from matching.reports.values import tenths, worked_out
from matching.reports.weights import Weights

USUAL = Weights()
RATED = {"valid": 8, "valid_contacted": 8, "valid_solved": 7, "level5": 5, "level4": 1, "level3": 1, "level1": 1}


def test_the_three_rates_and_their_composite_as_the_rules_say():
    found = worked_out(RATED, USUAL)
    assert found["response_rate"].exact == 1
    assert found["resolution_rate"].exact == Fraction(7, 8)
    assert found["satisfaction_rate"].exact == Fraction(69, 80)  # (5 + 1 + 0.9) / 8
    assert found["composite"].exact == Fraction(1, 10) + Fraction(7, 16) + Fraction(69, 200)
    assert [found[code].text for code in ("resolution_rate", "satisfaction_rate", "composite")] == [
        "87.5%", "86.3%", "88.3"]  # fmt: skip
    assert (found["composite"].n, found["composite"].few) == (8, False)
    assert dict(found["composite"].params) == {"response": "0.10", "resolution": "0.50", "satisfaction": "0.40"}


def test_where_nobody_rated_nothing_is_said_and_of_few_it_is_marked():
    nothing = worked_out({"filed": 3}, USUAL)
    assert [nothing[code].text for code in ("satisfaction_rate", "composite", "filed")] == ["—", "—", "3"]
    assert (nothing["satisfaction_rate"].value, nothing["satisfaction_rate"].few) == (None, False)
    assert worked_out({"valid": 4, "level5": 4}, USUAL)["satisfaction_rate"].few
    assert not worked_out({"valid": 5, "level5": 5}, USUAL)["satisfaction_rate"].few


def test_other_weights_make_another_composite_and_say_so_in_its_formula():
    other = Weights(Fraction(1, 5), Fraction(2, 5), Fraction(2, 5), date(2026, 1, 1))
    found = worked_out(RATED, other)["composite"]
    assert found.exact == Fraction(1, 5) + Fraction(7, 20) + Fraction(69, 200)
    assert dict(found.params)["response"] == "0.20"


@pytest.mark.parametrize(
    ("amount", "said"),
    [(Fraction(0), "0.0"), (Fraction(1, 20), "0.1"), (Fraction(449, 10000), "0.0"),
     (Fraction(9345, 100), "93.5"), (Fraction(9994, 100), "99.9"),
     (Fraction(9995, 100), "100.0"), (Fraction(100), "100.0"),
     (Fraction(-1, 4), "-0.3")],
)  # fmt: skip
def test_one_decimal_half_rounded_up(amount, said):
    assert tenths(amount) == said


def test_minutes_are_shown_as_hours_and_every_figure_is_made_of_counters_that_exist():
    assert worked_out({"minutes": 95}, USUAL)["minutes"].text == "1.6"
    known = {*COUNTERS, "activities", "person_times", "meetings"}
    for one in DEFINITIONS.values():
        assert {name for name, _share in one.over} | {*one.of} <= known
        assert {one.all_of} <= known | {""}
