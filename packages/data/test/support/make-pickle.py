"""Writes packages/data/test/support/pickles.json: small pickles made by CPython and NumPy, for the tests of the restricted reader."""
import base64
import json
import os
import pickle
import sys

import numpy as np


class Call:
    """Unpickling this would run a command."""

    def __reduce__(self):
        return (os.system, ("echo unpickled",))


value = {
    "data": np.arange(12, dtype=np.uint8).reshape(2, 6),
    "labels": [1, 130],
    "mean": np.array([1.5, -2.0]),
    "name": "x",
    "raw": b"\x00\xff",
    "tuple": (1, 2, 3),
    "none": None,
    "true": True,
    "big": np.array([258], dtype=">i2"),
    "scalar": np.int64(7),
    "negative": -70000,
    "long": 2**40,
}
out = {f"protocol {p}": base64.b64encode(pickle.dumps(value, protocol=p)).decode() for p in (2, 3, 4, 5)}
out |= {f"call {p}": base64.b64encode(pickle.dumps(Call(), protocol=p)).decode() for p in (2, 4)}
json.dump(out, open(sys.argv[1], "w"), indent=2)
