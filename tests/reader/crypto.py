"""crypto.py: XChaCha20-Poly1305 and Ed25519 in plain Python.

Written from RFC 8439, RFC 8032 and draft-irtf-cfrg-xchacha, so that the
independent reader shares no line with what it checks.  It takes no care to
hide secrets from whoever measures its time: for tests, never for backups.
"""

import hashlib
import hmac
import struct


class Forged(Exception):
    """What does not authenticate."""


# ---- XChaCha20-Poly1305 ---------------------------------------------------

ROUNDS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def _permute(s, mask):
    """The twenty rounds of ChaCha20 on 16 words, in place.

    A word may be many: one in each 64-bit lane of an integer, the lane's
    upper half clear, which is what mask keeps.
    """
    for _ in range(10):
        for a, b, c, d in ROUNDS:
            x, y, z, w = s[a], s[b], s[c], s[d]
            x = (x + y) & mask
            w ^= x
            w = (w << 16 | w >> 16) & mask
            z = (z + w) & mask
            y ^= z
            y = (y << 12 | y >> 20) & mask
            x = (x + y) & mask
            w ^= x
            w = (w << 8 | w >> 24) & mask
            z = (z + w) & mask
            y ^= z
            s[a], s[b], s[c], s[d] = x, (y << 7 | y >> 25) & mask, z, w
    return s


def _start(key, last):
    return list(struct.unpack("<16L", b"expand 32-byte k" + key + last))


def _hchacha(key, nonce16):
    s = _permute(_start(key, nonce16), 0xFFFFFFFF)
    return struct.pack("<8L", *(s[:4] + s[12:]))


def _blocks(key, nonce12, first, count):
    """The key stream's blocks first to first + count - 1, in lanes."""
    ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * count, "little")
    mask = ones * 0xFFFFFFFF
    start = [w * ones for w in _start(key, bytes(4) + nonce12)]
    start[12] = int.from_bytes(struct.pack("<%dQ" % count,
                                           *range(first, first + count)),
                               "little")
    words = [((a + b) & mask).to_bytes(8 * count, "little")
             for a, b in zip(start, _permute(start[:], mask))]
    lanes = zip(*(struct.unpack("<%dQ" % count, w) for w in words))
    return b"".join(struct.pack("<16L", *lane) for lane in lanes)


def _stream(key, nonce12, first, length):
    count = (length + 63) // 64
    return b"".join(_blocks(key, nonce12, first + i, min(256, count - i))
                    for i in range(0, count, 256))[:length]


def _poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    h, p = 0, (1 << 130) - 5
    for i in range(0, len(data), 16):
        h = (h + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % p
    h += int.from_bytes(key[16:], "little")
    return (h & (1 << 128) - 1).to_bytes(16, "little")


def _pad16(data):
    return data + bytes(-len(data) % 16)


def xchacha_open(key, nonce, box, ad):
    """The plaintext of box (ciphertext and tag); Forged if it is not."""
    if len(box) < 16:
        raise Forged("box is too short")
    text, tag = box[:-16], box[-16:]
    key = _hchacha(key, nonce[:16])
    nonce = bytes(4) + nonce[16:]
    mac = _poly1305(_stream(key, nonce, 0, 32), _pad16(ad) + _pad16(text) +
                    struct.pack("<QQ", len(ad), len(text)))
    if not hmac.compare_digest(mac, tag):
        raise Forged("box does not authenticate")
    stream = _stream(key, nonce, 1, len(text))
    return (int.from_bytes(text, "little") ^
            int.from_bytes(stream, "little")).to_bytes(len(text), "little")


# ---- Ed25519 --------------------------------------------------------------

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_M1 = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_M1 % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise Forged("not a point")
    return P - x if x & 1 != sign else x


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = _add(q, p)
        p, n = _add(p, p), n >> 1
    return q


def _decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = _recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(public, message, signature):
    """Return if the signature is of message by public, else Forged."""
    a, r = _decompress(public), _decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        raise Forged("signature out of range")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public +
                                      message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(h, a))
    if (left[0] * right[2] - right[0] * left[2]) % P or \
       (left[1] * right[2] - right[1] * left[2]) % P:
        raise Forged("signature does not hold")
