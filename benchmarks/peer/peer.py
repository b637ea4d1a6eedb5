"""The PyTorch peer: one JSON request a line on standard input, one JSON answer a line on standard output.

    {"op": "load", "net": {"kind": "nas-bench-201" | "darts", ...arguments of Network}, "file": "weights-and-input.safetensors",
     "double": true to compute in double precision}
    {"op": "ntk", "mode": "batch" | "sample", "method": "published" | ..., "out": "kernel.safetensors" | null}
    {"op": "regions", "method": "published" | ...}
    {"op": "metric", "name": "snip", "settings": {...}, "threads": 1, "times": 3}: value and time of a metric on the loaded network
    {"op": "metrics"}: names of the metrics
    {"op": "train", "steps": 3}: steps of training on the loaded network and input
    {"op": "train_each", "nets": [...], "steps": 8}: the same, one network after the other, on the loaded input; of each
        the median of all steps but the first
    {"op": "memory"}: most memory that this process has held, in bytes
    {"op": "info"}

Times are those of the computation alone, in seconds. An answer with `error` says what failed; the peer goes on.
"""
import json
import math
import re
import statistics
import sys
import time

import torch

import darts
import metrics_features
import metrics_gradients
import metrics_kernels
import nas_bench_201
import ntk
import regions
import safetensors_file
import training
from metric_parts import Probe

METRICS = {**metrics_gradients.METRICS, **metrics_kernels.METRICS, **metrics_features.METRICS}


class Peer:
    def __init__(self):
        self.net = None
        self.input = None
        self.training = None
        self.signs = []

    def load(self, request):
        arguments = dict(request["net"])
        kind = arguments.pop("kind")
        self.net = (nas_bench_201 if kind == "nas-bench-201" else darts).Network(**arguments)
        self.training = None
        tensors, _ = safetensors_file.read(request["file"])
        self.input = tensors.pop("input")
        self.signs = [tensors.pop(f"signs.{block}") for block in range(sum(name.startswith("signs.") for name in tensors))]
        weights = {name: value for name, value in tensors.items() if "running_" not in name}
        wanted = dict(self.net.named_parameters())
        # The supernet's operations are all built on both sides, so that names have to match one to one.
        if set(weights) != set(wanted):
            strange = sorted(set(weights) ^ set(wanted))
            raise ValueError(f"{len(strange)} parameters are on one side only, such as {strange[:3]}")
        with torch.no_grad():
            for name, parameter in wanted.items():
                parameter.copy_(weights[name])
        if request.get("double"):
            self.net, self.input = self.net.double(), self.input.double()
            self.signs = [signs.double() for signs in self.signs]
        return {"parameters": sum(parameter.numel() for parameter in wanted.values())}

    def ntk(self, request):
        start = time.perf_counter()
        kernel, eigenvalues = ntk.ntk(self.net, self.input, request["mode"], request["method"])
        seconds = time.perf_counter() - start
        if request.get("out"):
            safetensors_file.write(request["out"], {"kernel": kernel.double(), "eigenvalues": eigenvalues.double()})
        return {"seconds": seconds}

    def regions(self, request):
        start = time.perf_counter()
        count, neurons = regions.regions(self.net, self.input, request["method"])
        return {"seconds": time.perf_counter() - start, "regions": count, "neurons": neurons}

    def metric(self, request):
        torch.set_num_threads(request["threads"])
        batches = self.input if self.input.dim() == 5 else self.input[None]
        probe = Probe(self.net, batches, request["settings"], self.signs)
        start = time.perf_counter()
        for _ in range(request["times"]):
            value = float(METRICS[request["name"]](probe))
        seconds = (time.perf_counter() - start) / request["times"]
        return {"seconds": seconds, "value": value if math.isfinite(value) else None}

    def metrics(self, _request):
        return {"names": list(METRICS)}

    def train(self, request):
        if self.training is None:
            self.training = training.Training(self.net, self.input, training.batch(len(self.input)))
        losses, seconds = self.training.run(request["steps"])
        return {"losses": losses, "stepSeconds": seconds}

    def train_each(self, request):
        labels, seconds = training.batch(len(self.input)), []
        for arguments in request["nets"]:
            net = nas_bench_201.Network(**arguments)
            _, each = training.Training(net, self.input, labels).run(request["steps"])
            seconds.append(statistics.median(each[1:]))
        return {"stepSeconds": seconds}

    def memory(self, _request):
        # Linux counts the parent's memory into ru_maxrss, so the process's own peak is read.
        with open("/proc/self/status", encoding="ascii") as status:
            return {"bytes": int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) * 1024}

    def info(self, _request):
        return {"torch": torch.__version__, "threads": torch.get_num_threads(), "python": sys.version.split()[0]}


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads())
    torch.manual_seed(0)
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(peer, request["op"])(request)
        except Exception as error:  # one method that this PyTorch lacks must not end the run
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
