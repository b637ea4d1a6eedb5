class ConvBnRelu(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, C_in, C_out, kernel_size):
        super().__init__()
        self.conv_bn_relu = nn.Sequential(
            nn.Conv2d(C_in, C_out, kernel_size, padding=kernel_size // 2, bias=False),
            nn.BatchNorm2d(C_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.conv_bn_relu(x)


class CutConvBnRelu(nn.Module):
    """The same in two parts: the last channel, which a reader leaves out, and all others."""

    def __init__(self, C_in, C_out, kernel_size):
        super().__init__()
        self.parts = nn.ModuleList(ConvBnRelu(C_in, C, kernel_size) for C in (C_out - 1, 1))

    def forward(self, x):
        return torch.cat([part(x) for part in self.parts], dim=1)


class Conv3x3BnRelu(nn.Module):
    """The operation conv3x3-bn-relu."""

    def __init__(self, C, cut):
        super().__init__()
        self.conv3x3 = (CutConvBnRelu if cut else ConvBnRelu)(C, C, 3)

    def forward(self, x):
        return self.conv3x3(x)


class Conv1x1BnRelu(nn.Module):
    """The operation conv1x1-bn-relu."""

    def __init__(self, C, cut):
        super().__init__()
        self.conv1x1 = (CutConvBnRelu if cut else ConvBnRelu)(C, C, 1)

    def forward(self, x):
        return self.conv1x1(x)


class MaxPool3x3(nn.Module):
    """The operation maxpool3x3."""

    def __init__(self, C, cut):
        super().__init__()
        self.maxpool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        return self.maxpool(x)


OPS = {
    "conv3x3-bn-relu": Conv3x3BnRelu,
    "conv1x1-bn-relu": Conv1x1BnRelu,
    "maxpool3x3": MaxPool3x3,
}


def vertex_channels(matrix, ops, C_out):
    """The channels of the vertices, and which of them are written in two parts.

    Vertices that the output joins share its channels; the first ones get one more if that does
    not come out even. Others have as many as their largest reader, and a reader with fewer
    leaves out the last channel.
    """
    last = len(matrix) - 1
    inner = range(1, last)
    joined = [vertex for vertex in inner if matrix[vertex][last]]
    channels = [0] * last + [C_out]
    for place, vertex in enumerate(joined):
        channels[vertex] = C_out // len(joined) + (place < C_out % len(joined))
    cut = [False] * (last + 1)
    for vertex in reversed(inner):
        readers = [reader for reader in inner if matrix[vertex][reader]]
        if vertex not in joined:
            channels[vertex] = max(channels[reader] for reader in readers)
        cut[vertex] = any(
            channels[reader] < channels[vertex] or (ops[reader] == "maxpool3x3" and cut[reader])
            for reader in readers
        )
    return channels, cut


class Cell(nn.Module):
    """A module: vertex 0 is its input, each other one reads those that the matrix says."""

    def __init__(self, matrix, ops, C_in, C_out):
        super().__init__()
        self.last = len(matrix) - 1
        self.channels, cut = vertex_channels(matrix, ops, C_out)
        self.reads = [
            [source for source in range(vertex) if matrix[source][vertex]]
            for vertex in range(len(matrix))
        ]
        self.input_op = nn.ModuleDict()
        for vertex in range(1, len(matrix)):
            if matrix[0][vertex]:
                in_two = ops[vertex] == "maxpool3x3" and cut[vertex]
                projection = CutConvBnRelu if in_two else ConvBnRelu
                self.input_op[str(vertex)] = projection(C_in, self.channels[vertex], 1)
        self.vertex_op = nn.ModuleDict(
            {
                str(vertex): OPS[ops[vertex]](self.channels[vertex], cut[vertex])
                for vertex in range(1, self.last)
            }
        )

    def read(self, tensors, source, vertex):
        """The input through its projection, or a vertex, perhaps without its last channel."""
        if source == 0:
            return self.input_op[str(vertex)](tensors[0])
        return tensors[source][:, : self.channels[vertex]]

    def forward(self, x):
        tensors = [x]
        for vertex in range(1, self.last):
            total = sum(self.read(tensors, source, vertex) for source in self.reads[vertex])
            tensors.append(self.vertex_op[str(vertex)](total))
        joined = [tensors[source] for source in self.reads[self.last] if source > 0]
        if 0 not in self.reads[self.last]:
            return torch.cat(joined, dim=1)
        projection = self.read(tensors, 0, self.last)
        return torch.cat(joined, dim=1) + projection if joined else projection


class Network(nn.Module):
    """Three stacks of N modules with C, 2C and 4C channels, halved images between two stacks."""

    def __init__(
        self,
        num_classes=NUM_CLASSES,
        C=STEM_CHANNELS,
        N=MODULES_PER_STACK,
        matrix=MATRIX,
        ops=OPERATIONS,
        in_channels=IN_CHANNELS,
    ):
        super().__init__()
        self.layers = nn.ModuleList([ConvBnRelu(in_channels, C, 3)])
        C_in = C
        for stack in range(3):
            if stack > 0:
                self.layers.append(nn.MaxPool2d(2, stride=2))
                C *= 2
            for _ in range(N):
                self.layers.append(Cell(matrix, ops, C_in, C))
                C_in = C
        self.classifier = nn.Linear(C, num_classes)

    def forward(self, images):
        x = images
        for layer in self.layers:
            x = layer(x)
        return self.classifier(x.mean((2, 3)))
