class AuxiliaryHeadImageNet(nn.Module):
    """A second classifier at two thirds of the depth, where images are 7x7: in training only."""

    def __init__(self, C, num_classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride=2, count_include_pad=False),
            nn.Conv2d(C, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            # The published networks have no batch norm here.
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, num_classes)

    def forward(self, x):
        # Other sizes than 7x7 are brought to it.
        if x.shape[2:] != (7, 7):
            x = F.adaptive_avg_pool2d(x, 7)
        return self.classifier(self.features(x).flatten(1))


class Network(nn.Module):
    """The network for large images (NetworkImageNet): two stems divide their size by 8.

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
    ):
        super().__init__()
        self.drop_path_prob = drop_path_prob
        self.auxiliary_place = 2 * layers // 3
        self.auxiliary_head = None
        self.stem0 = nn.Sequential(
            nn.Conv2d(in_channels, C // 2, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(C // 2),
            nn.ReLU(),
            nn.Conv2d(C // 2, C, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(C),
        )
        self.stem1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(C, C, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(C),
        )
        C_prev_prev, C_prev = C, C
        self.cells = nn.ModuleList()
        reduction_prev = True
        for place in range(layers):
            reduction = place in (layers // 3, 2 * layers // 3)
            C = 2 * C if reduction else C
            kind = Transition if reduction and genotype.reduce is None else Cell
            cell = kind(genotype, C_prev_prev, C_prev, C, reduction, reduction_prev)
            self.cells.append(cell)
            reduction_prev = reduction
            C_prev_prev, C_prev = C_prev, len(cell.concat) * C
            if auxiliary and place == self.auxiliary_place:
                self.auxiliary_head = AuxiliaryHeadImageNet(C_prev, num_classes)
        self.global_pooling = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(C_prev, num_classes)

    def forward(self, images):
        s0 = self.stem0(images)
        s1 = self.stem1(s0)
        logits_aux = None
        for place, cell in enumerate(self.cells):
            s0, s1 = s1, cell(s0, s1, self.drop_path_prob)
            if place == self.auxiliary_place and self.training and self.auxiliary_head is not None:
                logits_aux = self.auxiliary_head(s1)
        logits = self.classifier(self.global_pooling(s1).flatten(1))
        return logits if logits_aux is None else (logits, logits_aux)
