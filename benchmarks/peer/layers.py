"""Layers that both spaces share, as PyTorch modules; submodules are named so that parameters match the graph's names."""
import torch
from torch import nn
from torch.nn import functional as F


class BatchNorm(nn.Module):
    """Batch norm on the statistics of the batch. `constant_statistics`: no gradient flows through them.

    `source`: `batch`; `tracked`, the batch's, which move the running ones; `running`; `none`, the identity.
    """

    constant_statistics = False
    source = "batch"

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forget(self):
        """Begins the running statistics anew."""
        self.running_mean.zero_()
        self.running_var.fill_(1)

    def forward(self, x):
        if BatchNorm.source == "none":
            return x
        if BatchNorm.source != "batch":
            tracked = BatchNorm.source == "tracked"
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, tracked, 0.1, 1e-5)
        if not BatchNorm.constant_statistics:
            return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, 1e-5)
        with torch.no_grad():
            variance, mean = torch.var_mean(x, dim=(0, 2, 3), unbiased=False)
        self.statistics = (mean, variance)
        return F.batch_norm(x, mean, variance, self.weight, self.bias, False, 0.0, 1e-5)


def conv(inputs, outputs, kernel, stride=1, padding=0, dilation=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)


class Op(nn.Module):
    """A Sequential called `op`."""

    def __init__(self, *layers):
        super().__init__()
        self.op = nn.Sequential(*layers)

    def forward(self, x):
        return self.op(x)


def relu_conv_bn(inputs, outputs, kernel, stride=1):
    return Op(nn.ReLU(), conv(inputs, outputs, kernel, stride, (kernel - 1) // 2), BatchNorm(outputs))


def separable(channels, kernel, stride, dilation):
    padding = dilation * (kernel - 1) // 2
    depthwise = conv(channels, channels, kernel, stride, padding, dilation, channels)
    return Op(nn.ReLU(), depthwise, conv(channels, channels, 1), BatchNorm(channels))


class TwiceSeparable(nn.Module):
    def __init__(self, channels, kernel, stride):
        super().__init__()
        self.op_a = separable(channels, kernel, stride, 1)
        self.op_b = separable(channels, kernel, 1, 1)

    def forward(self, x):
        return self.op_b(self.op_a(x))


class FactorizedReduce(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        half = outputs // 2
        self.relu = nn.ReLU()
        self.convs = nn.ModuleList([conv(inputs, half, 1, 2), conv(inputs, outputs - half, 1, 2)])
        self.bn = BatchNorm(outputs)

    def forward(self, x):
        x = self.relu(x)
        shifted = F.pad(x, (-1, x.shape[3] % 2, -1, x.shape[2] % 2))
        return self.bn(torch.cat([self.convs[0](x), self.convs[1](shifted)], 1))


def average_pool(stride):
    return nn.AvgPool2d(3, stride, 1, count_include_pad=False)


class Classified(nn.Module):
    """Batch norm, ReLU, global average and classifier after `features`."""

    def add_classifier(self, channels, classes):
        self.lastact = nn.Sequential(BatchNorm(channels), nn.ReLU())
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.lastact(self.features(x))
        return self.classifier(x.mean((2, 3)))
