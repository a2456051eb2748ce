"""Contact data at rest: AES-256-GCM, bound to the row and field it was written for, with keys that can be rotated.

A sealed value is: version (1 byte), length of the key id (1 byte), key id, nonce (12 bytes), ciphertext with tag.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12


class Unreadable(Exception):
    """The value was changed, was written for another place, or its key is gone."""


class Sealer:
    """Seals with the newest key, opens with any it holds. One per process: the ciphers are built once."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` maps key id to 32 bytes, newest first. Raises ValueError when there is none or one is unfit."""
        if not keys:
            raise ValueError("a sealer needs at least one key")
        for key_id, key in keys.items():
            if len(key) != 32:
                raise ValueError(f"key {key_id!r} must have 32 bytes")
            if not 1 <= len(key_id.encode()) <= 255:
                raise ValueError("a key id has 1 to 255 bytes")
        self._ciphers = {key_id.encode(): AESGCM(key) for key_id, key in keys.items()}
        self._newest, self._newest_cipher = next(iter(self._ciphers.items()))
        self._header = bytes((_VERSION, len(self._newest))) + self._newest

    def seal(self, plain: str, context: str) -> bytes:
        """Return `plain` sealed. `context` names the place (such as 'request.phone:17') and is needed to open it."""
        return self.seal_bytes(plain.encode(), context)

    def seal_bytes(self, plain: bytes, context: str) -> bytes:
        """The same for what is no text."""
        nonce = os.urandom(_NONCE)
        sealed = self._newest_cipher.encrypt(nonce, plain, self._header + context.encode())
        return self._header + nonce + sealed

    def open(self, blob: bytes, context: str) -> str:
        """Return what was sealed. Raises Unreadable for a changed value, another context or an unknown key."""
        try:
            return self.open_bytes(blob, context).decode()
        except UnicodeDecodeError as wrong:
            raise Unreadable("no text") from wrong

    def open_bytes(self, blob: bytes, context: str) -> bytes:
        """The same for what is no text."""
        if len(blob) < 2 or blob[0] != _VERSION:
            raise Unreadable("not a sealed value")
        end = 2 + blob[1]
        cipher = self._ciphers.get(blob[2:end])
        if cipher is None:
            raise Unreadable("sealed with a key that is not here")
        nonce, sealed = blob[end : end + _NONCE], blob[end + _NONCE :]
        try:
            return cipher.decrypt(nonce, sealed, blob[:end] + context.encode())
        except (InvalidTag, ValueError) as wrong:
            raise Unreadable("changed, or written for another place") from wrong

    def is_newest(self, blob: bytes) -> bool:
        """Tell whether `blob` is sealed with the newest key; rotation seals the others anew."""
        return blob.startswith(self._header)
