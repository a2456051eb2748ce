"""Web push for one browser: the message encrypted for it (RFC 8291, aes128gcm of RFC 8188), the sender vouched for
(VAPID, RFC 8292). Written here: see docs/decisions/web-push-by-hand.md.
"""

import base64
import json
import os
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RECORD = 4096  # bytes; push services take no longer message
LARGEST = RECORD - 16 - 1 - 86  # the tag, the delimiter and the header are in it
VALID_FOR = 12 * 3600  # seconds; RFC 8292 allows 24 hours at most
CURVE = ec.SECP256R1()


def encoded(raw: bytes) -> str:
    """URL-safe base64 without padding, as all of web push writes bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes again. Raises ValueError."""
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)


def new_key() -> str:
    """A fresh private key for VAPID: 32 bytes."""
    return encoded(ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32, "big"))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """The key that `new_key` wrote. Raises ValueError."""
    raw = decoded(text)
    if len(raw) != 32:
        raise ValueError("a push key has 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)


def public_bytes(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """The public point, uncompressed: 65 bytes, what browsers want as applicationServerKey."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def browser_key(text: str) -> ec.EllipticCurvePublicKey:
    """A browser's p256dh. Raises ValueError when it is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(text))


def encrypted(
    plain: bytes, p256dh: str, auth: str, *, salt: bytes | None = None,
    once: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:  # fmt: skip
    """`plain` for the browser with these keys. `salt` and `once` are fresh each time; only a test brings its own.

    Raises ValueError for keys that are none and for more than LARGEST bytes.
    """
    if len(plain) > LARGEST:
        raise ValueError("too long for one push message")
    salt, once = salt or os.urandom(16), once or ec.generate_private_key(CURVE)
    theirs, ours = browser_key(p256dh), public_bytes(once)
    shared = once.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, decoded(auth), b"WebPush: info\0" + public_bytes(theirs) + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes((len(ours),)) + ours
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def authorization(endpoint: str, key: ec.EllipticCurvePrivateKey, contact: str, now: int) -> str:
    """The Authorization header for one push service. `contact` is a mailto: or https: address, `now` Unix seconds."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + VALID_FOR, "sub": contact}
    head = encoded(b'{"typ":"JWT","alg":"ES256"}')
    signing = f"{head}.{encoded(json.dumps(claims, separators=(',', ':')).encode())}"
    r, s = decode_dss_signature(key.sign(signing.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={signing}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={encoded(public_bytes(key))}"


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
