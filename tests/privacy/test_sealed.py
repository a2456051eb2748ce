"""Contact data is unreadable without the key, cannot be changed unseen and cannot be moved to another row."""

import pytest

from matching.privacy.sealed import Sealer, Unreadable

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PHONE = "request.phone:17"


@pytest.mark.parametrize("plain", ["19900002007", "", "张小明 ☎ １９９", "a" * 5000])
def test_what_was_sealed_is_opened_again(plain):
    sealer = Sealer({"k1": OLD})
    assert sealer.open(sealer.seal(plain, PHONE), PHONE) == plain


def test_the_sealed_value_does_not_show_the_plain_one_nor_that_two_are_equal():
    sealer = Sealer({"k1": OLD})
    one, two = sealer.seal("19900002007", PHONE), sealer.seal("19900002007", PHONE)
    assert b"19900002007" not in one
    assert one != two


def test_a_change_of_any_byte_is_noticed():
    sealer = Sealer({"k1": OLD})
    blob = sealer.seal("19900002007", PHONE)
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            sealer.open(bytes(changed), PHONE)


def test_a_value_cut_short_is_unreadable():
    sealer = Sealer({"k1": OLD})
    blob = sealer.seal("19900002007", PHONE)
    for end in range(len(blob)):
        with pytest.raises(Unreadable):
            sealer.open(blob[:end], PHONE)


def test_a_value_moved_to_another_row_is_unreadable():
    sealer = Sealer({"k1": OLD})
    with pytest.raises(Unreadable):
        sealer.open(sealer.seal("19900002007", PHONE), "request.phone:18")


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key():
    before, after = Sealer({"k1": OLD}), Sealer({"k2": NEW, "k1": OLD})
    old = before.seal("19900002007", PHONE)
    assert after.open(old, PHONE) == "19900002007"
    assert not after.is_newest(old)
    new = after.seal("19900002007", PHONE)
    assert after.is_newest(new)
    with pytest.raises(Unreadable, match="key that is not here"):
        before.open(new, PHONE)


def test_another_key_under_the_same_id_does_not_open():
    with pytest.raises(Unreadable):
        Sealer({"k1": NEW}).open(Sealer({"k1": OLD}).seal("19900002007", PHONE), PHONE)


@pytest.mark.parametrize("keys", [{}, {"k1": b"short"}, {"": OLD}, {"k" * 256: OLD}])
def test_unfit_keys_are_refused_at_the_start(keys):
    with pytest.raises(ValueError, match="key"):
        Sealer(keys)
