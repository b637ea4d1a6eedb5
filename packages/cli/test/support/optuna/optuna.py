"""The part of Optuna's interface that the example uses, with random choices: Optuna itself is not needed for its test."""

import random
from enum import Enum
from types import SimpleNamespace


class TrialState(Enum):
    COMPLETE = 1
    FAIL = 3


class _Sampler:
    def __init__(self, seed=None):
        self.random = random.Random(seed)


class _Trial:
    def __init__(self, number, sampler):
        self.number, self._random = number, sampler.random
        self.params, self.values, self.state = {}, None, None

    def suggest_categorical(self, name, choices):
        self.params[name] = self._random.choice(choices)
        return self.params[name]


class _Study:
    def __init__(self, directions, sampler):
        self._signs = [{"maximize": 1, "minimize": -1}[direction] for direction in directions]
        self._sampler, self.trials = sampler, []

    def ask(self):
        self.trials.append(_Trial(len(self.trials), self._sampler))
        return self.trials[-1]

    def tell(self, trial, values=None, state=None):
        if trial.state is not None:
            raise ValueError("told twice")
        if state is None and len(values) != len(self._signs):
            raise ValueError("as many values as directions")
        trial.values, trial.state = values, state or TrialState.COMPLETE

    def _dominates(self, one, other):
        pairs = [(sign * a, sign * b) for sign, a, b in zip(self._signs, one.values, other.values)]
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)

    @property
    def best_trials(self):
        told = [trial for trial in self.trials if trial.state is TrialState.COMPLETE]
        return [one for one in told if not any(self._dominates(other, one) for other in told)]


def create_study(*, directions, sampler):
    return _Study(directions, sampler)


samplers = SimpleNamespace(NSGAIISampler=_Sampler)
trial = SimpleNamespace(TrialState=TrialState)
