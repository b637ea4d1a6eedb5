"""The context of a metric, and what several metrics share."""
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from layers import BatchNorm


class Probe:
    """A network with its weights, batches of images with labels (in turn, as our side has them), and settings."""

    def __init__(self, net, batches, settings, signs):
        self.net = net
        self.batches = batches
        every = torch.arange(len(batches) * len(batches[0])) % 10
        self.labels = list(every.view(len(batches), len(batches[0])))
        self.settings = settings
        # Signs for each block, where both sides have to have the same; else they are drawn.
        self.signs = signs


def weights_of_layers(net):
    """Weights, never biases, of convolutions and linear layers."""
    return [module.weight for module in net.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]


def loss_gradients(probe, batch, weights):
    """Gradients of a batch's cross-entropy."""
    loss = F.cross_entropy(probe.net(probe.batches[batch]), probe.labels[batch])
    return torch.autograd.grad(loss, weights)


def input_gradients(probe):
    """Gradient of the sum of all outputs by each image, [N, values]."""
    images = probe.batches[0].detach().requires_grad_()
    (gradient,) = torch.autograd.grad(probe.net(images).sum(), images)
    return gradient.flatten(1)


@contextmanager
def norms(source):
    """Where batch norms take their statistics from, see BatchNorm."""
    BatchNorm.source = source
    try:
        yield
    finally:
        BatchNorm.source = "batch"


@contextmanager
def hooked(modules, remember):
    """Calls `remember(module, inputs, output)` whenever one of the modules ran."""
    hooks = [module.register_forward_hook(remember) for module in modules]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def modules_of(net, kinds):
    return [module for module in net.modules() if isinstance(module, kinds)]


def block_outputs(net, images):
    """Features after the stem and after each cell, and the outputs of the network."""
    features = []
    with hooked([net.stem, *net.cells], lambda _m, _i, output: features.append(output)):
        outputs = net(images)
    return features, outputs


def channel_covariance(features):
    """Covariance of the channels over images and pixels, [C, C]."""
    rows = features.transpose(0, 1).flatten(1)
    rows = rows - rows.mean(1, keepdim=True)
    return rows @ rows.t() / rows.shape[1]


def log_determinant(kernel):
    return torch.linalg.slogdet(kernel.double()).logabsdet
