"""Passwords: how strong one must be, the one-time ones, and hashing, slow on purpose and therefore in a thread."""

import asyncio
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from matching.errors import Invalid

PASSWORDS = PasswordHash((Argon2Hasher(),))
# Checked for unknown logins, so that they take as long: made as `hashed` makes them, of something nobody knows.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$vQ36df7ERtJoPULZjxWnjg$uQHstNV9CAmJAX+Bf8rO/8tB0YXTfXLNzZvkjqYVvKY"
SHORTEST, LONGEST, KINDS = 8, 128, 3  # docs/domain.md §6; the longest only bounds the work of hashing
ONE_TIME = ("ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789")  # no look-alikes: it is read aloud


def refuse_weak(password: str, login: str, *, field: str) -> None:
    """Raises Invalid on `field`: under 8 characters, fewer than 3 of 4 kinds, or with the login name inside."""
    kinds = (str.isupper, str.islower, str.isdigit, lambda char: not char.isalnum())
    if not SHORTEST <= len(password) <= LONGEST or sum(any(map(kind, password)) for kind in kinds) < KINDS:
        raise Invalid.field_is(field, "weak_password")
    if login and login.casefold() in password.casefold():
        raise Invalid.field_is(field, "password_has_login")


def one_time_password() -> str:
    """12 characters in groups of 4, with three kinds of characters; 64 bits or more."""
    while True:
        groups = ["".join(secrets.choice("".join(ONE_TIME)) for _ in range(4)) for _ in range(3)]
        made = "-".join(groups)
        if all(set(made) & set(kind) for kind in ONE_TIME):
            return made


async def hashed(password: str) -> str:
    """What is stored of a password."""
    return await asyncio.to_thread(PASSWORDS.hash, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password; as slow for somebody who has none."""
    return await asyncio.to_thread(PASSWORDS.verify, password, kept or NOBODY) and kept is not None
