"""
The results of a batch in MLflow: a run for each search and training, and one for the table of all scores.

    pip install mlflow
    python mlflow_batch.py FOLDER [experiment]

FOLDER is the --out folder of `tenas batch run`, which may still work: a second call adds what came since. The store is
mlflow's default, or that of MLFLOW_TRACKING_URI. The scores of a whole space are one table and not thousands of runs.
"""

import csv
import os
import re
import sqlite3
import sys
import tempfile

import mlflow

#: Columns that say how a job was done. All other numbers are metrics.
PARAMETERS = [
    "space", "dataset", "strategy", "protocol", "recipe", "settings", "seed", "repeats", "epochs", "batchSize",
    "channels", "cells", "aggregation", "ntkMode", "ntkBatch", "regionBatches", "regionBatch", "isa",
]  # fmt: skip
#: Numbers that measure nothing.
COUNTERS = ["index", "attempts"]


def rows_of(folder):
    """The finished jobs, as dictionaries by the columns of `tenas batch export`."""
    path = os.path.join(folder, "batch.sqlite")
    if not os.path.exists(path):
        raise SystemExit(f"{folder}: there is no batch.sqlite; give the --out folder of `tenas batch run`")
    uri = "file:" + "".join(c if c.isalnum() or c in "/._-" else "".join(f"%{b:02x}" for b in os.fsencode(c)) for c in path)
    connection = sqlite3.connect(uri + "?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM results")]
    finally:
        connection.close()


def metrics_of(row):
    """Numbers by names that MLflow takes: of an aggregate such as `zico+az` it is `zico_az`."""
    return {
        re.sub(r"[^\w./ -]", "_", name): float(value)
        for name, value in row.items()
        if isinstance(value, (int, float)) and name not in PARAMETERS + COUNTERS
    }


def log_job(row):
    name = f"{row['strategy'] or row['recipe'] or row['kind']} seed {row['seed']}"
    with mlflow.start_run(run_name=name, tags={"tenas.key": row["key"], "tenas.kind": row["kind"]}):
        mlflow.log_params({name: row[name] for name in PARAMETERS if row.get(name) is not None})
        mlflow.log_param("architecture", row["architecture"])
        mlflow.log_metrics(metrics_of(row))


def log_scores(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "scores.csv")
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        with mlflow.start_run(run_name="scores", tags={"tenas.key": f"scores {len(rows)}", "tenas.kind": "score"}):
            mlflow.log_metrics({"jobs": float(len(rows)), "seconds": sum(row["seconds"] or 0 for row in rows)})
            mlflow.log_artifact(path)


def main(folder, experiment):
    rows = rows_of(folder)
    mlflow.set_experiment(experiment)
    known = {
        run.data.tags.get("tenas.key")
        for run in mlflow.search_runs(experiment_names=[experiment], output_format="list")
    }
    scores = [row for row in rows if row["kind"] == "score"]
    jobs = [row for row in rows if row["kind"] != "score" and row["key"] not in known]
    for row in jobs:
        log_job(row)
    if scores and f"scores {len(scores)}" not in known:
        log_scores(scores)
    print(f"{len(jobs)} new runs in {experiment}, {len(scores)} scores")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("python mlflow_batch.py FOLDER [experiment]")
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "tenas")
