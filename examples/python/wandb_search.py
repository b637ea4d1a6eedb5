"""
A search, live in Weights & Biases: `tenas search --events jsonl` tells, this program logs.

    pip install wandb
    python wandb_search.py --strategy evolution --metrics naswot --seed 1

All arguments are those of `tenas search`. WANDB_MODE=offline needs neither account nor network; WANDB_PROJECT names the
project.
"""

import json
import os
import shlex
import subprocess
import sys

import wandb


def numbers(values):
    return {name: value for name, value in (values or {}).items() if isinstance(value, (int, float))}


def log(run, event):
    """Logs one line of the search."""
    kind = event["kind"]
    if kind == "start":
        run.config.update({name: event[name] for name in ("strategy", "space", "dataset", "seed", "settings")})
        run.config.update({"metrics": event["metrics"]})
    elif kind in ("progress", "step-end"):
        best = {f"best/{name}": value for name, value in numbers(event["values"]).items()}
        run.log({"share": event["share"], "step": event["step"], "seconds": event["secondsElapsed"], **best})
    elif kind == "finish":
        found = {f"found/{name}": score["value"] for name, score in event["scores"].items()}
        run.summary.update({"architecture": event["architecture"], "seconds": event["seconds"], **numbers(found)})


def main(arguments):
    command = shlex.split(os.environ.get("TENAS", "npx tenas"))
    search = subprocess.Popen(
        [*command, "search", *arguments, "--events", "jsonl"], stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    run = wandb.init(project=os.environ.get("WANDB_PROJECT", "tenas"), job_type="search")
    try:
        for line in search.stderr:
            # Other lines are messages for people.
            if line.startswith("{"):
                log(run, json.loads(line))
            else:
                sys.stderr.write(line)
        code = search.wait()
    except BaseException:
        search.terminate()
        run.finish(exit_code=1)
        raise
    run.finish(exit_code=code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
