"""Writes packages/data/test/support/bzip2.json: texts packed by CPython, for the tests of unpacking."""
import base64
import bz2
import hashlib
import json
import random
import sys

random.seed(1)
noise = bytes(random.randrange(256) for _ in range(20_000))
texts = {
    "short": b"tenas",
    "runs": b"a" * 3 + b"b" * 4 + b"c" * 5 + b"d" * 259 + b"e" * 260 + b"ab" * 1000,
    "noise": noise,
    "all bytes": bytes(range(256)) * 20,
    "two blocks": (b"0123456789abcdef" * 4 + b"\n") * 2500,
}
packed = {name: bz2.compress(text, 1 if name == "two blocks" else 9) for name, text in texts.items()}
texts["two streams"] = b"first second"
packed["two streams"] = bz2.compress(b"first ") + bz2.compress(b"second")
out = {
    name: {
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
        "packed": base64.b64encode(packed[name]).decode(),
    }
    for name, text in texts.items()
}
json.dump(out, open(sys.argv[1], "w"), indent=2)
