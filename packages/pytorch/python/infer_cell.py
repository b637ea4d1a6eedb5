class POOLING(nn.Module):
    """Average over 3x3 pixels; at the border over those inside the image."""

    def __init__(self):
        super().__init__()
        self.op = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x):
        return self.op(x)


class Zero(nn.Module):
    """The operation `none`: zeros."""

    def __init__(self, C_out):
        super().__init__()
        self.C_out = C_out

    def forward(self, x):
        return x.new_zeros(x.shape[0], self.C_out, x.shape[2], x.shape[3])


class FactorizedReduce(nn.Module):
    """A skip connection between two widths: 1x1 convolution and batch norm."""

    def __init__(self, C_in, C_out):
        super().__init__()
        self.conv = nn.Conv2d(C_in, C_out, 1, bias=False)
        self.bn = nn.BatchNorm2d(C_out)

    def forward(self, x):
        return self.bn(self.conv(x))


def skip_connect(C_in, C_out):
    return nn.Identity() if C_in == C_out else FactorizedReduce(C_in, C_out)


OPS = {
    "none": lambda C_in, C_out: Zero(C_out),
    "skip_connect": skip_connect,
    "nor_conv_1x1": lambda C_in, C_out: ReLUConvBN(C_in, C_out, 1, 1, 0),
    "nor_conv_3x3": lambda C_in, C_out: ReLUConvBN(C_in, C_out, 3, 1, 1),
    "avg_pool_3x3": lambda C_in, C_out: POOLING(),
}


class ResNetBasicblock(nn.Module):
    """Halves the image: two convolutions beside the averaged and projected input."""

    def __init__(self, C_in, C_out):
        super().__init__()
        self.conv_a = ReLUConvBN(C_in, C_out, 3, 2, 1)
        self.conv_b = ReLUConvBN(C_out, C_out, 3, 1, 1)
        self.downsample = nn.Sequential(
            nn.AvgPool2d(2, stride=2),
            nn.Conv2d(C_in, C_out, 1, bias=False),
        )

    def forward(self, x):
        return self.downsample(x) + self.conv_b(self.conv_a(x))


class InferCell(nn.Module):
    """A cell: every node is the sum of operations on the nodes before it; node 0 is the input."""

    def __init__(self, genotype, C_in, C_out):
        super().__init__()
        self.layers = nn.ModuleList(
            OPS[name](C_in if source == 0 else C_out, C_out)
            for node in genotype
            for name, source in node
        )
        self.sources = [[source for _, source in node] for node in genotype]

    def forward(self, x):
        nodes = [x]
        layers = iter(self.layers)
        for sources in self.sources:
            nodes.append(sum(next(layers)(nodes[source]) for source in sources))
        return nodes[-1]
