"""
The part of MLflow's documented interface that the example uses, with its rules for names and values, on a file:
MLflow itself is not needed for the example's test.
"""

import json
import os
import re
import shutil
from contextlib import contextmanager
from types import SimpleNamespace

_STORE = os.environ["FAKE_MLFLOW_STORE"]
_experiment = None
_active = None


def _runs():
    path = os.path.join(_STORE, "runs.json")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def set_experiment(experiment_name):
    global _experiment
    _experiment = experiment_name


def search_runs(*, experiment_names, output_format):
    if output_format != "list":
        raise NotImplementedError("data frames need pandas")
    return [
        SimpleNamespace(data=SimpleNamespace(tags=run["tags"]))
        for run in _runs()
        if run["experiment"] in experiment_names
    ]


@contextmanager
def start_run(*, run_name, tags):
    global _active
    if _active is not None:
        raise RuntimeError("Run is already active")
    _active = {"experiment": _experiment, "name": run_name, "tags": tags, "params": {}, "metrics": {}, "artifacts": []}
    try:
        yield
        os.makedirs(_STORE, exist_ok=True)
        runs = [*_runs(), _active]
        with open(os.path.join(_STORE, "runs.json"), "w", encoding="utf-8") as file:
            json.dump(runs, file)
    finally:
        _active = None


def _check_name(name):
    if not re.fullmatch(r"[\w./ -]{1,250}", name):
        raise ValueError(f"Invalid metric or parameter name: {name!r}")


def log_param(key, value):
    _check_name(key)
    if len(str(value)) > 6000:
        raise ValueError("Param value exceeds length of 6000")
    if key in _active["params"]:
        raise ValueError("Changing param values is not allowed")
    _active["params"][key] = str(value)


def log_params(params):
    for key, value in params.items():
        log_param(key, value)


def log_metrics(metrics):
    for key, value in metrics.items():
        _check_name(key)
        if not isinstance(value, float):
            raise TypeError(f"Metric value must be a float: {key}")
        _active["metrics"][key] = value


def log_artifact(local_path):
    os.makedirs(_STORE, exist_ok=True)
    _active["artifacts"].append(os.path.basename(local_path))
    shutil.copy(local_path, _STORE)
