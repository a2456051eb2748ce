"""The rotating code and the names of phones: pure."""

from datetime import timedelta

import pytest

from matching.activities.codes import STEP, VALID, Phone, code_at, is_fresh, new_key
from tests.cast import AT

SECOND = timedelta(seconds=1)
KEY = new_key()


def test_a_code_is_good_while_it_stands_and_for_as_long_as_a_page_takes_to_open():
    code = code_at(KEY, AT)
    assert is_fresh(KEY, code, AT)
    assert is_fresh(KEY, code, AT + VALID - SECOND)
    assert is_fresh(KEY, code, AT - STEP * SECOND)  # the lead's clock is a little ahead


def test_a_photographed_code_is_worth_nothing_a_little_later():
    code = code_at(KEY, AT)
    for later in (VALID + STEP * SECOND, timedelta(hours=1), timedelta(days=1)):
        assert not is_fresh(KEY, code, AT + later)


def test_the_code_of_another_activity_opens_nothing():
    assert not is_fresh(new_key(), code_at(KEY, AT), AT)


@pytest.mark.parametrize("name", ["", "1", "1.", ".5", "-1.5", "1.x", "１.2", "1." + "9" * 11, "9" * 19 + ".1"])
def test_what_is_no_name_of_a_phone_is_none(name):
    assert Phone.read(name) is None


def test_a_phone_is_read_back_as_it_was_named():
    phone = Phone(17, AT)
    assert Phone.read(phone.name) == phone
