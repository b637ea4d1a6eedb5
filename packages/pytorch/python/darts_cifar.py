class AuxiliaryHeadCIFAR(nn.Module):
    """A second classifier at two thirds of the depth, where images are 8x8: in training only."""

    def __init__(self, C, num_classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride=3, count_include_pad=False),
            nn.Conv2d(C, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, num_classes)

    def forward(self, x):
        # Other sizes than 8x8 are brought to it.
        if x.shape[2:] != (8, 8):
            x = F.adaptive_avg_pool2d(x, 8)
        return self.classifier(self.features(x).flatten(1))


class Network(nn.Module):
    """The network for small images (NetworkCIFAR): cells at 1/3 and 2/3 of the depth halve them.

    In training with an auxiliary head, the output is (logits, logits of the auxiliary head).
    `drop_path_prob` may be changed between two steps.
    """

    def __init__(
        self,
        num_classes=NUM_CLASSES,
        C=INIT_CHANNELS,
        layers=LAYERS,
        auxiliary=False,
        drop_path_prob=0.0,
        genotype=GENOTYPE,
        in_channels=IN_CHANNELS,
        stem_multiplier=STEM_MULTIPLIER,
    ):
        super().__init__()
        self.drop_path_prob = drop_path_prob
        self.auxiliary_place = 2 * layers // 3
        self.auxiliary_head = None
        C_stem = stem_multiplier * C
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, C_stem, 3, padding=1, bias=False),
            nn.BatchNorm2d(C_stem),
        )
        C_prev_prev, C_prev = C_stem, C_stem
        self.cells = nn.ModuleList()
        reduction_prev = False
        for place in range(layers):
            reduction = place in (layers // 3, 2 * layers // 3)
            C = 2 * C if reduction else C
            kind = Transition if reduction and genotype.reduce is None else Cell
            cell = kind(genotype, C_prev_prev, C_prev, C, reduction, reduction_prev)
            self.cells.append(cell)
            reduction_prev = reduction
            C_prev_prev, C_prev = C_prev, len(cell.concat) * C
            if auxiliary and place == self.auxiliary_place:
                self.auxiliary_head = AuxiliaryHeadCIFAR(C_prev, num_classes)
        self.global_pooling = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(C_prev, num_classes)

    def forward(self, images):
        s0 = s1 = self.stem(images)
        logits_aux = None
        for place, cell in enumerate(self.cells):
            s0, s1 = s1, cell(s0, s1, self.drop_path_prob)
            if place == self.auxiliary_place and self.training and self.auxiliary_head is not None:
                logits_aux = self.auxiliary_head(s1)
        logits = self.classifier(self.global_pooling(s1).flatten(1))
        return logits if logits_aux is None else (logits, logits_aux)
