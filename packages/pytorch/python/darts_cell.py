def separable(C_in, C_out, kernel_size, stride, dilation=1):
    """ReLU, a convolution of each channel by itself, one of 1x1 pixels, batch norm."""
    padding = dilation * (kernel_size - 1) // 2
    return [
        nn.ReLU(),
        nn.Conv2d(
            C_in, C_in, kernel_size, stride, padding, dilation, groups=C_in, bias=False
        ),
        nn.Conv2d(C_in, C_out, 1, bias=False),
        nn.BatchNorm2d(C_out),
    ]


class SepConv(nn.Module):
    """Two separable convolutions; the first has the stride."""

    def __init__(self, C_in, C_out, kernel_size, stride):
        super().__init__()
        self.op = nn.Sequential(
            *separable(C_in, C_in, kernel_size, stride),
            *separable(C_in, C_out, kernel_size, 1),
        )

    def forward(self, x):
        return self.op(x)


class DilConv(nn.Module):
    """A separable convolution over every other pixel."""

    def __init__(self, C_in, C_out, kernel_size, stride):
        super().__init__()
        self.op = nn.Sequential(*separable(C_in, C_out, kernel_size, stride, dilation=2))

    def forward(self, x):
        return self.op(x)


class FactorizedReduce(nn.Module):
    """Halves the image: half of the channels from its even pixels, half from its odd ones."""

    def __init__(self, C_in, C_out):
        super().__init__()
        self.relu = nn.ReLU()
        self.conv_1 = nn.Conv2d(C_in, C_out // 2, 1, stride=2, bias=False)
        self.conv_2 = nn.Conv2d(C_in, C_out - C_out // 2, 1, stride=2, bias=False)
        self.bn = nn.BatchNorm2d(C_out)

    def forward(self, x):
        x = self.relu(x)
        # An image of odd size gets a row or column of zeros, so that both halves are of one size.
        odd = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))[:, :, 1:, 1:]
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(odd)], dim=1))


class Zero(nn.Module):
    """The operation `none`: zeros."""

    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, x):
        return torch.zeros_like(x[:, :, :: self.stride, :: self.stride])


def skip_connect(C, stride):
    return nn.Identity() if stride == 1 else FactorizedReduce(C, C)


OPS = {
    "none": lambda C, stride: Zero(stride),
    "skip_connect": skip_connect,
    "sep_conv_3x3": lambda C, stride: SepConv(C, C, 3, stride),
    "sep_conv_5x5": lambda C, stride: SepConv(C, C, 5, stride),
    "dil_conv_3x3": lambda C, stride: DilConv(C, C, 3, stride),
    "dil_conv_5x5": lambda C, stride: DilConv(C, C, 5, stride),
    "avg_pool_3x3": lambda C, stride: nn.AvgPool2d(3, stride, 1, count_include_pad=False),
    "max_pool_3x3": lambda C, stride: nn.MaxPool2d(3, stride, 1),
}


def drop_path(x, drop_prob):
    """Leaves samples out at random; the others grow so that the mean stays."""
    keep = 1.0 - drop_prob
    return x * torch.bernoulli(x.new_full((x.shape[0], 1, 1, 1), keep)) / keep


class Cell(nn.Module):
    """Four nodes, each the sum of two operations; states 0 and 1 are the two cells before."""

    def __init__(self, genotype, C_prev_prev, C_prev, C, reduction, reduction_prev):
        super().__init__()
        if reduction_prev:
            self.preprocess0 = FactorizedReduce(C_prev_prev, C)
        else:
            self.preprocess0 = ReLUConvBN(C_prev_prev, C, 1, 1, 0)
        self.preprocess1 = ReLUConvBN(C_prev, C, 1, 1, 0)
        inputs = genotype.reduce if reduction else genotype.normal
        self.concat = genotype.reduce_concat if reduction else genotype.normal_concat
        self.sources = [source for _, source in inputs]
        self._ops = nn.ModuleList(
            OPS[name](C, 2 if reduction and source < 2 else 1) for name, source in inputs
        )

    def forward(self, s0, s1, drop_prob=0.0):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        outputs = []
        for op, source in zip(self._ops, self.sources):
            output = op(states[source])
            if self.training and drop_prob > 0 and not isinstance(op, nn.Identity):
                output = drop_path(output, drop_prob)
            outputs.append(output)
            if len(outputs) == 2:
                states.append(outputs[0] + outputs[1])
                outputs = []
        return torch.cat([states[state] for state in self.concat], dim=1)


class Transition(nn.Module):
    """The fixed reduction cell of GDAS: of each input a convolved part and one of maxima."""

    def __init__(self, genotype, C_prev_prev, C_prev, C, reduction, reduction_prev):
        super().__init__()
        if reduction_prev:
            self.preprocess0 = FactorizedReduce(C_prev_prev, C)
        else:
            self.preprocess0 = ReLUConvBN(C_prev_prev, C, 1, 1, 0)
        self.preprocess1 = ReLUConvBN(C_prev, C, 1, 1, 0)
        self.concat = genotype.reduce_concat
        groups = math.gcd(8, C)
        self.ops1 = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(),
                nn.Conv2d(C, C, (1, 3), (1, 2), (0, 1), groups=groups, bias=False),
                nn.Conv2d(C, C, (3, 1), (2, 1), (1, 0), groups=groups, bias=False),
                nn.BatchNorm2d(C),
                nn.ReLU(),
                nn.Conv2d(C, C, 1, bias=False),
                nn.BatchNorm2d(C),
            )
            for _ in range(2)
        )
        self.ops2 = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.BatchNorm2d(C)) for _ in range(2)
        )

    def forward(self, s0, s1, drop_prob=0.0):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        outputs = [
            op(state) for ops in (self.ops1, self.ops2) for op, state in zip(ops, states)
        ]
        if self.training and drop_prob > 0:
            outputs = [drop_path(output, drop_prob) for output in outputs]
        return torch.cat(outputs, dim=1)
