"""Answers paths of models, a line each: null where onnx.checker takes the model, else its message as JSON."""

import json
import sys

import onnx

for line in sys.stdin:
    try:
        onnx.checker.check_model(json.loads(line), full_check=True)
        print("null", flush=True)
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"), flush=True)
