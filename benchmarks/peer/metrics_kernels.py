"""Metrics of Jacobians and of kernels."""
import torch
from torch import nn
from torch.nn import functional as F

import ntk
import regions
from layers import BatchNorm
from metric_parts import input_gradients, norms


def jacov(probe):
    values = torch.linalg.eigvalsh(torch.corrcoef(input_gradients(probe)).double())
    return -((values + 1e-5).log() + 1 / (values + 1e-5)).sum()


def epe_nas(probe):
    rows, labels = input_gradients(probe), probe.labels[0]
    total = 0
    for one in labels.unique():
        own = torch.corrcoef(rows[labels == one])
        total += (own.abs() + 1e-5).log().sum().abs()
    return total


def kernel_of(probe):
    """The neural tangent kernel by the fastest exact way of its mode, see ntk.py."""
    sample = probe.settings["mode"] == "sample"
    BatchNorm.constant_statistics = sample
    try:
        method = ntk.captured_sample if sample else ntk.autograd_grad
        return method(probe.net, probe.batches[0]).detach()
    finally:
        BatchNorm.constant_statistics = False


def condition(probe):
    values = torch.linalg.eigvalsh(kernel_of(probe))
    return values[-1] / values[0]


def ntk_trace(probe):
    return kernel_of(probe).trace()


def ntk_mean_eigenvalue(probe):
    return kernel_of(probe).trace() / len(probe.batches[0])


def ntk_frobenius(probe):
    return kernel_of(probe).norm()


def ntk_mean(probe):
    return kernel_of(probe).mean()


def lga(probe):
    kernel, labels = kernel_of(probe), probe.labels[0]
    same = (labels[:, None] == labels[None]).to(kernel.dtype)
    return torch.corrcoef(torch.stack([kernel.flatten(), same.flatten()]))[0, 1]


def cell_jacobian(net, images):
    """Gradient of the sum of each image's outputs by the weights of the cells, through the batch statistics."""
    weights = [value for name, value in net.named_parameters() if "weight" in name and "cell" in name]
    logits = net(images).sum(1)
    rows = []
    for image in range(len(images)):
        gradients = torch.autograd.grad(logits[image], weights, retain_graph=True, allow_unused=True)
        rows.append(torch.cat([gradient.reshape(-1) for gradient in gradients if gradient is not None]))
    return torch.stack(rows)


def tegnas_mse(probe):
    jacobian, others = [cell_jacobian(probe.net, batch) for batch in probe.batches]
    targets = [F.one_hot(labels, 10).double() for labels in probe.labels]
    targets = [one - one.mean(0) for one in targets]
    kernel = (jacobian @ jacobian.t()).double()
    ridge = probe.settings["ridge"] * kernel.diagonal().mean()
    solution = torch.linalg.solve(kernel + ridge * torch.eye(len(kernel), dtype=kernel.dtype), targets[0])
    predicted = (others @ jacobian.t()).double() @ solution
    return (predicted - targets[1]).square().sum(1).mean()


def first_entry(module, name, x, gradient):
    """Derivative by the first entry of a parameter, for each sample."""
    if isinstance(module, nn.Linear):
        return gradient[:, 0] * x[:, 0] if name == "weight" else gradient[:, 0]
    if isinstance(module, BatchNorm):
        own = gradient[:, 0] * x[:, 0] / (1 + 1e-5) ** 0.5 if name == "weight" else gradient[:, 0]
        return own.sum((1, 2))
    # The first tap of a convolution reads the corner of each window.
    padded = F.pad(x[:, 0], (module.padding[1],) * 2 + (module.padding[0],) * 2)
    height, width = gradient.shape[2:]
    corner = padded[:, :: module.stride[0], :: module.stride[1]][:, :height, :width]
    return (gradient[:, 0] * corner).sum((1, 2))


def vkdnw_entropy(probe):
    """Batch norms hold 0 and 1, so that images do not depend on each other: one backward pass for each class."""
    net, images = probe.net, probe.batches[0]
    for module in net.modules():
        if isinstance(module, BatchNorm):
            module.forget()
    with norms("running"), ntk.Capture(net) as capture:
        logits = net(images)
    layers = {module: (x, output) for module, x, output in capture.layers}
    modules = dict(net.named_modules())
    wanted = [(modules[name.rpartition(".")[0]], name.rpartition(".")[2]) for name, _ in net.named_parameters()]
    wanted = [(module, name) for module, name in wanted if module in layers][:128]
    outputs = list({module: layers[module][1] for module, _ in wanted}.values())
    places = {id(output): place for place, output in enumerate(outputs)}
    rows = []
    for one in range(logits.shape[1]):
        gradients = torch.autograd.grad(logits[:, one].sum(), outputs, retain_graph=True)
        rows.append(
            torch.stack(
                [
                    first_entry(module, name, layers[module][0], gradients[places[id(layers[module][1])]])
                    for module, name in wanted
                ],
                1,
            )
        )
    jacobian = torch.stack(rows, 1).double()
    p = 0.95 * torch.softmax(logits.detach().double(), 1) + 0.05 / logits.shape[1]
    middle = torch.diag_embed(p) - p[:, :, None] * p[:, None]
    information = torch.einsum("nkp,nkl,nlq->pq", jacobian, middle, jacobian) / len(images)
    deciles = torch.quantile(torch.linalg.eigvalsh(information), torch.arange(1, 10, dtype=torch.float64) / 10)
    shares = deciles / (deciles.sum() + 1e-10)
    return -(shares * (shares + 1e-10).log()).sum()


def count_regions(probe):
    return regions.regions(probe.net, probe.batches, "packed_bytes")[0]


METRICS = {
    "jacov": jacov,
    "epe-nas": epe_nas,
    "ntk": condition,
    "ntk-trace": ntk_trace,
    "ntk-mean-eigenvalue": ntk_mean_eigenvalue,
    "ntk-frobenius": ntk_frobenius,
    "ntk-mean": ntk_mean,
    "lga": lga,
    "tegnas-mse": tegnas_mse,
    "vkdnw-entropy": vkdnw_entropy,
    "regions": count_regions,
}
