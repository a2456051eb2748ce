"""Query codes stand for a person without an account, tokens for one with. Only their hashes are stored."""

import hashlib
import hmac
import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 characters; no 0 O 1 I L (docs/domain.md §5)
LENGTH = 10  # 31 ** 10 is 49.5 bits; docs/domain.md §5 asks for 40 or more
CHECK_LENGTH = 8  # 39.6 bits; guesses are counted

_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―_.·]+")


def query_code(secret: bytes, filing_key: str) -> str:
    """Return one filing's code: the same key gives the same code, so that a repeated POST gives the same answer.

    Without `secret` the code cannot be guessed from the key.
    """
    number = int.from_bytes(_mac(secret, "query-code", filing_key), "big")
    code = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        code += ALPHABET[place]
    return code


def check_code() -> str:
    """Return a fresh random code of CHECK_LENGTH characters of the alphabet, to be printed beside a number."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CHECK_LENGTH))


def normal_check_code(typed: str) -> str:
    """Return what was typed for a check code in upper case, half width, without spaces or dashes; '' for anything
    that cannot be one."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    return code if len(code) == CHECK_LENGTH and set(code) <= set(ALPHABET) else ""


def normal_code(typed: str) -> str:
    """Return `typed` as it was given out: upper case, half width, no spaces or dashes.

    Raises ValueError when it cannot be a code. Nothing is guessed: the alphabet has no look-alikes to map.
    """
    typed = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    code = typed.upper()
    if len(typed) != LENGTH or not set(code) <= set(ALPHABET):
        raise ValueError("not a query code")
    return code


def shown_code(code: str) -> str:
    """Return the code in two groups, as it is printed and read aloud: ABCDE-FGHJK."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def code_hash(secret: bytes, code: str) -> str:
    """Return what is stored of a code: 64 hex digits, peppered, so that a stolen database does not give it away."""
    return _mac(secret, "code-hash", code).hex()


def new_token(nbytes: int = 32) -> str:
    """Return a fresh random token that may stand in a URL or a cookie; `nbytes` of randomness."""
    return secrets.token_urlsafe(nbytes)


def token_hash(token: str) -> str:
    """Return what is stored of a token. It is long and random, so a plain SHA-256 is enough. 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mac(secret: bytes, purpose: str, text: str) -> bytes:
    return hmac.digest(secret, f"{purpose}\0{text}".encode(), "sha256")
