"""
The part of the documented interface of Weights & Biases that the example uses, writing to a file: the library itself is not
needed for the example's test.
"""

import json
import os


class _Run:
    def __init__(self, project, job_type):
        self.project, self.job_type = project, job_type
        self.config, self.summary, self._history, self._finished = {}, {}, [], False

    def log(self, data):
        if self._finished:
            raise RuntimeError("the run is finished")
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            raise ValueError("wandb.log must be passed a dictionary with str keys")
        self._history.append(data)

    def finish(self, exit_code=None):
        self._finished = True
        with open(os.environ["FAKE_WANDB_FILE"], "w", encoding="utf-8") as file:
            fields = ("project", "job_type", "config", "summary")
            document = {name: getattr(self, name) for name in fields}
            json.dump({**document, "history": self._history, "exit_code": exit_code}, file)


def init(*, project, job_type):
    return _Run(project, job_type)
