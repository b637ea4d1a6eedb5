"""NAS-Bench-201: the supernet and the network of one architecture."""
from torch import nn

from layers import BatchNorm, Classified, average_pool, conv, relu_conv_bn

OPS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
EDGES = [(node, source) for node in range(1, 4) for source in range(node)]


def operation(name, channels):
    if name == "nor_conv_1x1":
        return relu_conv_bn(channels, channels, 1)
    if name == "nor_conv_3x3":
        return relu_conv_bn(channels, channels, 3)
    if name == "avg_pool_3x3":
        return average_pool(1)
    return nn.Identity()


class MixedCell(nn.Module):
    """Every edge averages its active operations."""

    def __init__(self, channels, active):
        super().__init__()
        self.active = active["cell"]
        self.edges = nn.ModuleDict(
            {f"{i}<-{j}": nn.ModuleList([operation(op, channels) for op in OPS]) for i, j in EDGES}
        )

    def forward(self, x):
        states = [x]
        for node in range(1, 4):
            terms = []
            for source in range(node):
                edge = f"{node}<-{source}"
                ops = self.active[edge]
                terms += [self.edges[edge][OPS.index(op)](states[source]) / len(ops) for op in ops if op != "none"]
            states.append(sum(terms) if terms else states[0] * 0)
        return states[3]


class SingleCell(nn.Module):
    def __init__(self, channels, ops):
        super().__init__()
        self.ops = ops
        self.layers = nn.ModuleList([operation(op, channels) for op in ops])

    def forward(self, x):
        states = [x]
        for node in range(1, 4):
            places = [place for place, (target, _) in enumerate(EDGES) if target == node and self.ops[place] != "none"]
            terms = [self.layers[place](states[EDGES[place][1]]) for place in places]
            states.append(sum(terms) if terms else states[0] * 0)
        return states[3]


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv_a = relu_conv_bn(inputs, outputs, 3, 2)
        self.conv_b = relu_conv_bn(outputs, outputs, 3)
        self.downsample = nn.Sequential(nn.AvgPool2d(2, 2), conv(inputs, outputs, 1))

    def forward(self, x):
        return self.downsample(x) + self.conv_b(self.conv_a(x))


class Network(Classified):
    """`active` of a supernet, or `ops` of an architecture (six names in the order of the edges)."""

    def __init__(self, C, N, classes, depth=-1, stem=True, active=None, ops=None):
        super().__init__()
        self.stem = nn.Sequential(conv(3, C, 3, 1, 1), BatchNorm(C)) if stem else nn.Identity()
        self.cells = nn.ModuleList()
        channels, count = C, 3 * N + 2
        for index in range(count if depth < 0 else min(depth, count)):
            if index % (N + 1) == N:
                self.cells.append(ResidualBlock(channels, 2 * channels))
                channels *= 2
            else:
                self.cells.append(MixedCell(channels, active) if ops is None else SingleCell(channels, ops))
        self.add_classifier(channels, classes)

    def features(self, x):
        x = self.stem(x)
        for cell in self.cells:
            x = cell(x)
        return x
