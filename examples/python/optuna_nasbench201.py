"""
Optuna asks, tenas tells: NAS-Bench-201's six operations by NSGA-II, accuracy's stand-in against parameters.

    pip install optuna
    python optuna_nasbench201.py [trials]
"""

import os
import shlex
import sys

import optuna

from tenas_client import Tenas, TenasError

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
#: Edges of the cell, as node<-node.
EDGES = ["1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"]


def cell(operations):
    """The text of a cell: its nodes' incoming edges, |operation~node| each."""
    a, b, c, d, e, f = operations
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


def main(trials):
    study = optuna.create_study(
        directions=["maximize", "minimize"], sampler=optuna.samplers.NSGAIISampler(seed=0)
    )
    command = shlex.split(os.environ.get("TENAS", "npx tenas"))
    with Tenas("--metrics", "naswot,params", "--repeats", "1", command=command) as tenas:
        for _ in range(trials):
            trial = study.ask()
            operations = [trial.suggest_categorical(edge, OPERATIONS) for edge in EDGES]
            try:
                scores = tenas.score(cell(operations))
            except TenasError:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            if scores["naswot"] is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, [scores["naswot"], scores["params"]])
    for best in study.best_trials:
        naswot, params = best.values
        print(f"naswot {naswot:.2f}, {params:,.0f} parameters: {cell([best.params[edge] for edge in EDGES])}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
