"""Milliseconds of training steps of cells of NAS-Bench-201 on a CUDA device, in PyTorch as it comes (eager, its default precision).

Standard input: {"sizes": [{"C": 16, "N": 5, "batch": 64}...], "ops": six operations, "warm_up": 3, "steps": 10}.
Standard output: {"torch", "milliseconds": one per size}; {"absent": why} where there is no device or no PyTorch.
"""
import json
import sys
import time


def main():
    request = json.load(sys.stdin)
    try:
        import torch
    except ImportError as error:
        return {"absent": str(error)}
    if not torch.cuda.is_available():
        return {"absent": f"PyTorch {torch.__version__} sees no CUDA device"}
    import nas_bench_201
    import training

    torch.backends.cudnn.benchmark = True
    milliseconds = []
    for size in request["sizes"]:
        net = nas_bench_201.Network(C=size["C"], N=size["N"], classes=10, ops=request["ops"]).cuda()
        images = torch.randn(size["batch"], 3, 32, 32, device="cuda")
        steps = training.Training(net, images, training.batch(size["batch"]).cuda())
        steps.run(request["warm_up"])
        torch.cuda.synchronize()
        start = time.perf_counter()
        steps.run(request["steps"])
        torch.cuda.synchronize()
        milliseconds.append((time.perf_counter() - start) * 1000 / request["steps"])
    return {"torch": torch.__version__, "milliseconds": milliseconds}


if __name__ == "__main__":
    print(json.dumps(main()))
