"""Writes packages/data/test/support/pickles.json: small pickles made by CPython and NumPy, for the tests of the restricted reader."""
import base64
import collections
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
keys = {("cifar10", 777): 1, ("a", "b"): collections.OrderedDict([("x@0", 0.5), (3, None)]), "set": {4, 5}}
out |= {f"keys {p}": base64.b64encode(pickle.dumps(keys, protocol=p)).decode() for p in (4, 5)}
out["frozen"] = base64.b64encode(pickle.dumps(frozenset([7]), protocol=4)).decode()
out["deep key"] = base64.b64encode(pickle.dumps({((1, 2), 3): 4}, protocol=4)).decode()
json.dump(out, open(sys.argv[1], "w"), indent=2)
