"""Metrics of codes and of features."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from layers import BatchNorm
from metric_parts import block_outputs, channel_covariance, hooked, log_determinant, modules_of, norms


def naswot(probe):
    kernel = 0

    def add(_module, inputs, _output):
        nonlocal kernel
        active = (inputs[0].flatten(1) > 0).to(torch.float32)
        kernel = kernel + active @ active.t() + (1 - active) @ (1 - active).t()

    with torch.no_grad(), hooked(modules_of(probe.net, nn.ReLU), add):
        probe.net(probe.batches[0])
    return log_determinant(kernel)


def entropies(probe):
    """Entropy of the principal components after the stem and each cell."""
    with torch.no_grad():
        features, _ = block_outputs(probe.net, probe.batches[0])
        found = []
        for one in features:
            values = torch.linalg.eigvalsh(channel_covariance(one)).clamp(min=0)
            shares = values / values.sum()
            found.append(-(shares * (shares + 1e-8).log()).sum())
    return torch.stack(found)


def az_expressivity(probe):
    return entropies(probe).sum()


def az_progressivity(probe):
    return entropies(probe).diff().min()


def az_trainability(probe):
    features, _ = block_outputs(probe.net, probe.batches[0])
    scores = []
    for block in reversed(range(1, len(features))):
        before, after = features[block - 1], features[block]
        signs = probe.signs[block - 1] if probe.signs else torch.empty_like(after).bernoulli_(0.5) * 2 - 1
        (gradient,) = torch.autograd.grad(after, before, signs, retain_graph=True)
        if gradient.shape == signs.shape and torch.equal(gradient, signs):
            return -math.inf
        if gradient.shape[2] > signs.shape[2]:
            gradient = F.pixel_unshuffle(gradient, gradient.shape[2] // signs.shape[2])
        rows = [values.transpose(0, 1).flatten(1) for values in (gradient, signs)]
        size = torch.linalg.matrix_norm(rows[0] @ rows[1].t() / rows[0].shape[1], 2)
        scores.append(2 - size - 1 / (size + 1e-6))
    return sum(scores) / len(scores)


def zen(probe):
    net, last = probe.net, []
    for module in modules_of(net, BatchNorm):
        module.forget()
    with torch.no_grad(), norms("tracked"), hooked([net.lastact], lambda _m, _i, output: last.append(output)):
        for batch in probe.batches:
            net(batch)
    change = (last[1] - last[0]).flatten(1).abs().sum(1).mean().log()
    return change + sum(module.running_var.mean().log() / 2 for module in modules_of(net, BatchNorm))


def meco(probe):
    total = 0

    def add(_module, _inputs, output):
        nonlocal total
        own = torch.corrcoef(output[0].flatten(1)).nan_to_num(0, 0, 0)
        total += torch.linalg.eigvalsh(own)[0]

    kinds = (nn.Conv2d, BatchNorm, nn.ReLU, nn.AvgPool2d, nn.MaxPool2d)
    with torch.no_grad(), hooked(modules_of(probe.net, kinds), add):
        probe.net(probe.batches[0])
    return total


def intrain(probe):
    net, maps = probe.net, []
    parameters = list(net.parameters())
    with hooked(modules_of(net, nn.Conv2d), lambda _m, _i, output: maps.append(output.detach())):
        loss = F.cross_entropy(net(probe.batches[0]), probe.labels[0])
    ratios = 0
    for one in maps:
        covariance = channel_covariance(one)
        covariance.diagonal().add_(1e-10)
        ratios += (covariance.trace() ** 2 / covariance.square().sum()).log()
    spread = 0
    for gradient in torch.autograd.grad(loss, parameters):
        largest = gradient.abs().max()
        if largest > 0 and gradient.numel() > 1:
            spread += (gradient.std() / (largest + 1e-10)).clamp(max=1)
    return ratios * (1 + spread) / math.log(len(maps) + 1)


def wrcor(probe):
    """Later blocks count more: those of cell i 2^(i + 1), the last ReLU 2^(cells + 1)."""
    net, read = probe.net, []
    weights = {}
    for number, cell in enumerate([*net.cells, net.lastact]):
        for module in modules_of(cell, nn.ReLU):
            weights[module] = 2.0 ** (number + 1)
    with hooked(weights, lambda module, inputs, _output: read.append((module, inputs[0]))):
        loss = F.cross_entropy(net(probe.batches[0]), probe.labels[0])
    gradients = torch.autograd.grad(loss, [value for _, value in read])
    kernel = 0
    for (module, value), gradient in zip(read, gradients):
        for rows in (value.detach(), gradient):
            own = torch.corrcoef(rows.flatten(1))
            if not own.isnan().any():
                kernel = kernel + weights[module] * own.abs()
    return log_determinant(kernel)


def swap(probe):
    """Patterns of at most 16 images as numbers: faster than distinct rows of a matrix, which the authors' code sorts."""
    words = []

    def add(_module, _inputs, output):
        active = (output.flatten(1) > 0).to(torch.int32)
        words.append((active << torch.arange(len(active), dtype=torch.int32)[:, None]).sum(0))

    with torch.no_grad(), hooked(modules_of(probe.net, nn.ReLU), add):
        probe.net(probe.batches[0])
    return len(torch.unique(torch.cat(words)))


def near(probe):
    """Of each output as many pixels as channels, column by column from the middle of the batch on."""
    total = 0

    def add(_module, _inputs, output):
        nonlocal total
        maps = output.view(*output.shape, 1, 1) if output.dim() == 2 else output
        images, channels, height, width = maps.shape
        rows = maps.permute(0, 3, 2, 1).reshape(-1, channels)
        count = min(channels, len(rows))
        first = min(images // 2 * height * width + width // 2 * height, len(rows) - count)
        values = torch.linalg.svdvals(rows[first : first + count])
        shares = values[values > 0] / values.sum()
        total += (-(shares * shares.log()).sum()).exp()

    kinds = (nn.Conv2d, nn.Linear, BatchNorm, nn.ReLU)
    with torch.no_grad(), hooked(modules_of(probe.net, kinds), add):
        probe.net(probe.batches[0])
    return total


def epsinas(probe):
    net = probe.net
    before = [parameter.detach().clone() for parameter in net.parameters()]
    shares = []
    with torch.no_grad():
        for constant in (probe.settings["small"], probe.settings["large"]):
            for name, parameter in net.named_parameters():
                parameter.fill_(0 if name.endswith("bias") else constant)
            outputs = net(probe.batches[0]).flatten()
            own = (outputs - outputs.min()) / (outputs.max() - outputs.min())
            shares.append(torch.where(own == 0, math.nan, own))
        for parameter, value in zip(net.parameters(), before):
            parameter.copy_(value)
    return (shares[0] - shares[1]).abs().nanmean() / torch.cat(shares).nanmean()


METRICS = {
    "naswot": naswot,
    "swap": swap,
    "near": near,
    "epsinas": epsinas,
    "az-expressivity": az_expressivity,
    "az-progressivity": az_progressivity,
    "az-trainability": az_trainability,
    "zen": zen,
    "meco": meco,
    "intrain": intrain,
    "wrcor": wrcor,
}
