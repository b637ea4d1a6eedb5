"""The DARTS supernet."""
import torch
from torch import nn

from layers import (
    BatchNorm,
    Classified,
    FactorizedReduce,
    TwiceSeparable,
    average_pool,
    conv,
    relu_conv_bn,
    separable,
)

OPS = [
    "none",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
    "avg_pool_3x3",
    "max_pool_3x3",
]


def operation(name, channels, stride):
    if name == "skip_connect" and stride == 2:
        return FactorizedReduce(channels, channels)
    if name == "sep_conv_3x3":
        return TwiceSeparable(channels, 3, stride)
    if name == "sep_conv_5x5":
        return TwiceSeparable(channels, 5, stride)
    if name == "dil_conv_3x3":
        return separable(channels, 3, stride, 2)
    if name == "dil_conv_5x5":
        return separable(channels, 5, stride, 2)
    if name == "avg_pool_3x3":
        return average_pool(stride)
    if name == "max_pool_3x3":
        return nn.MaxPool2d(3, stride, 1)
    return nn.Identity()


class Edge(nn.Module):
    def __init__(self, channels, stride, active):
        super().__init__()
        self.active = active
        self._ops = nn.ModuleList([operation(op, channels, stride) for op in OPS])

    def forward(self, x):
        ops = [op for op in self.active if op != "none"]
        return [self._ops[OPS.index(op)](x) / len(self.active) for op in ops]


class Cell(nn.Module):
    def __init__(self, older, newer, channels, reduce, after_reduce, active):
        super().__init__()
        self.preprocess0 = FactorizedReduce(older, channels) if after_reduce else relu_conv_bn(older, channels, 1)
        self.preprocess1 = relu_conv_bn(newer, channels, 1)
        self.edges = nn.ModuleDict(
            {
                f"{node}<-{state}": Edge(channels, 2 if reduce and state < 2 else 1, active[f"{node}<-{state}"])
                for node in range(4)
                for state in range(node + 2)
            }
        )
        self.halve = 2 if reduce else 1
        self.channels = channels

    def forward(self, older, newer):
        states = [self.preprocess0(older), self.preprocess1(newer)]
        for node in range(4):
            terms = [term for state, x in enumerate(states) for term in self.edges[f"{node}<-{state}"](x)]
            if not terms:
                terms = [states[1][:, :, :: self.halve, :: self.halve] * 0]
            states.append(sum(terms))
        return torch.cat(states[2:], 1)


class Network(Classified):
    def __init__(self, C, N, classes, active, depth=-1, stem=True):
        super().__init__()
        self.stem = nn.Sequential(conv(3, C, 3, 1, 1), BatchNorm(C)) if stem else nn.Identity()
        self.cells = nn.ModuleList()
        older = newer = channels = C
        after_reduce = False
        for index in range(3 * N if depth < 0 else min(depth, 3 * N)):
            reduce = index > 0 and index % N == 0
            channels *= 2 if reduce else 1
            kind = "reduce" if reduce else "normal"
            self.cells.append(Cell(older, newer, channels, reduce, after_reduce, active[kind]))
            older, newer, after_reduce = newer, 4 * channels, reduce
        self.add_classifier(newer, classes)

    def features(self, x):
        older = newer = self.stem(x)
        for cell in self.cells:
            older, newer = newer, cell(older, newer)
        return newer
