"""What pydantic finds wrong is said in words that fit the field."""

from datetime import date, time

import pytest
from pydantic import BaseModel, ValidationError

from matching.api.partnering import NewPartnerForm, OrderForm
from matching.api.recognised import RulesForm
from matching.api.validation import refusals


class When(BaseModel):
    day: date
    begins: time


def wrong(model, **typed):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(typed)
    return refusals(caught.value.errors())


def test_a_day_and_a_clock_are_each_asked_for_in_their_own_way():
    found = wrong(When, day="2026-13-45", begins="25:00")
    assert {name: one.code for name, one in found.items()} == {"day": "bad_day", "begins": "bad_clock"}


@pytest.mark.parametrize(("typed", "code"), [("0", "out_of_range"), ("-1", "out_of_range"), ("nan", "not_a_number")])
def test_points_an_hour_say_both_ends_of_what_may_be_typed(typed, code):
    found = wrong(RulesForm, since="2030-01-01", points_an_hour=typed, cap_minutes="10")["points_an_hour"]
    assert found.code == code
    assert code != "out_of_range" or found.params == {"min": 0.01, "max": 10}


@pytest.mark.parametrize(("model", "first"), [(NewPartnerForm, "code"), (OrderForm, "service")])
def test_what_is_wrong_is_listed_from_the_top_of_the_page(model, first):
    assert next(iter(wrong(model))) == first
