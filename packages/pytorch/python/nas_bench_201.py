class Network(nn.Module):
    """Three stages of N cells with C, 2C and 4C channels, a residual block between two stages."""

    def __init__(
        self,
        num_classes=NUM_CLASSES,
        C=INIT_CHANNELS,
        N=CELLS_PER_STAGE,
        genotype=GENOTYPE,
        in_channels=IN_CHANNELS,
    ):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, C, 3, padding=1, bias=False),
            nn.BatchNorm2d(C),
        )
        self.cells = nn.ModuleList()
        for stage in range(3):
            if stage > 0:
                self.cells.append(ResNetBasicblock(C, 2 * C))
                C *= 2
            self.cells.extend(InferCell(genotype, C, C) for _ in range(N))
        self.lastact = nn.Sequential(nn.BatchNorm2d(C), nn.ReLU())
        self.global_pooling = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(C, num_classes)

    def forward(self, images):
        x = self.stem(images)
        for cell in self.cells:
            x = cell(x)
        return self.classifier(self.global_pooling(self.lastact(x)).flatten(1))
