"""A query code stands for a person without an account: repeatable, readable aloud, not to be guessed, not stored."""

import string

import pytest

from matching.privacy.codes import ALPHABET, code_hash, new_token, normal_code, query_code, shown_code, token_hash

SECRET = b"a secret of the tests, 32 bytes!"


def test_the_alphabet_has_no_look_alikes_and_the_code_40_bits_or_more():
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert set(string.digits + string.ascii_uppercase) - set(ALPHABET) == set("0O1IL")
    assert len(ALPHABET) ** len(query_code(SECRET, "k")) > 2**40


def test_the_same_filing_gets_the_same_code_again():
    assert query_code(SECRET, "filing-1") == query_code(SECRET, "filing-1")


def test_another_filing_or_secret_gets_another_code():
    codes = {query_code(SECRET, f"filing-{n}") for n in range(2000)}
    assert len(codes) == 2000
    assert query_code(b"another secret of the tests 32 b", "filing-1") not in codes


def test_every_character_of_the_alphabet_is_used_in_every_place():
    codes = [query_code(SECRET, str(n)) for n in range(3000)]
    for place in range(10):
        assert {code[place] for code in codes} == set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    ["abcde-fghjk", " ABCDE FGHJK ", "ａｂｃｄｅ—ＦＧＨＪＫ", "ABCDEFGHJK\n", "A-B-C-D-E-F-G-H-J-K", "abcde　fghjk"],
)
def test_a_code_is_understood_however_it_is_typed(typed):
    assert normal_code(typed) == "ABCDEFGHJK"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ABCDE-FGHJ",
        "ABCDE-FGHJKM",
        "ABCDE-FGHJ0",
        "ABCDE-FGHJO",
        "ABCDE-FGHJ1",
        "ABCDE-FGHJİ",
        "查询码ABCDEFGHJ",
        "ßBCDEFGHJ",
    ],
)
def test_what_cannot_be_a_code_is_refused(typed):
    with pytest.raises(ValueError, match="not a query code"):
        normal_code(typed)


def test_what_is_shown_is_understood_again():
    code = query_code(SECRET, "filing-1")
    assert shown_code("ABCDEFGHJK") == "ABCDE-FGHJK"
    assert normal_code(shown_code(code)) == code


def test_the_stored_hash_does_not_hold_the_code_and_needs_the_secret():
    code = query_code(SECRET, "filing-1")
    stored = code_hash(SECRET, code)
    assert len(stored) == 64
    assert code not in stored
    assert stored == code_hash(SECRET, code)
    assert stored != code_hash(b"x" * 32, code)
    assert stored != code_hash(SECRET, "ABCDEFGHJK")


def test_tokens_are_fresh_and_long_enough_and_stored_as_a_hash():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)
    assert len(new_token(16)) < len(new_token(32))
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
