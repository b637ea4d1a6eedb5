"""Answers requests of torch-process.ts, a line of JSON each."""

import importlib.util
import json
import os
import sys
import traceback

import torch
import torch.nn.functional as F


def load(folder, name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(folder, step):
    weights = load(folder, "weights")
    network = load(folder, "model").Network()
    network.load_state_dict(
        weights.read_safetensors(os.path.join(folder, "model.safetensors")), strict=True
    )
    inputs = weights.read_safetensors(os.path.join(folder, "inputs.safetensors"))
    network.eval()
    with torch.no_grad():
        outputs = {"eval": network(inputs["images"])}
    result = {"parameters": sum(tensor.numel() for tensor in network.parameters())}
    if step is not None:
        network.train()
        optimiser = torch.optim.SGD(network.parameters(), **step)
        logits = network(inputs["images"])
        loss = F.cross_entropy(logits, inputs["labels"])
        loss.backward()
        optimiser.step()
        outputs["train"] = logits
        outputs.update({f"after.{name}": tensor for name, tensor in network.state_dict().items()})
        result["loss"] = loss.item()
    weights.write_safetensors(os.path.join(folder, "outputs.safetensors"), outputs)
    return result


for line in sys.stdin:
    try:
        print(json.dumps(answer(**json.loads(line))), flush=True)
    except Exception:
        print(json.dumps({"error": traceback.format_exc()}), flush=True)
