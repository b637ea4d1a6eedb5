class Network(nn.Module):
    """Five layers of the given widths: cells, the second and the fourth a residual block."""

    def __init__(
        self,
        num_classes=NUM_CLASSES,
        widths=WIDTHS,
        genotype=GENOTYPE,
        in_channels=IN_CHANNELS,
    ):
        super().__init__()
        C = widths[0]
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, C, 3, padding=1, bias=False),
            nn.BatchNorm2d(C),
        )
        self.cells = nn.ModuleList()
        for place, width in enumerate(widths):
            if place in (1, 3):
                self.cells.append(ResNetBasicblock(C, width))
            else:
                self.cells.append(InferCell(genotype, C, width))
            C = width
        self.lastact = nn.Sequential(nn.BatchNorm2d(C), nn.ReLU())
        self.global_pooling = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(C, num_classes)

    def forward(self, images):
        x = self.stem(images)
        for cell in self.cells:
            x = cell(x)
        return self.classifier(self.global_pooling(self.lastact(x)).flatten(1))
