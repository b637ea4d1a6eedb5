"""Writes five networks as torchvision has them, narrower, as ONNX files into a folder: onnx_networks.py FOLDER."""

import sys
import warnings

import torch
from torch import nn

CLASSES = 10
SIDE = 64


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, act=None):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([] if act is None else [act]))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.downsample = None if same else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, groups):
        super().__init__()
        width = outputs // 2
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        same = stride == 1 and inputs == outputs
        self.downsample = None if same else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet(nn.Module):
    """ResNet-18 of basic blocks, ResNeXt-50 of bottlenecks."""

    def __init__(self, block, depths, width, widths):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for stage, (depth, outputs) in enumerate(zip(depths, widths)):
            strides = [1 if stage == 0 else 2] + [1] * (depth - 1)
            inputs = [width] + [outputs] * (depth - 1)
            blocks = [block(i, outputs, s) for i, s in zip(inputs, strides)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            width = outputs
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Vgg11Bn(nn.Module):
    def __init__(self, divisor, grid):
        super().__init__()
        layers, inputs = [], 3
        for value in [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]:
            if value == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            outputs = value // divisor
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(True)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((grid, grid))
        hidden = 4096 // divisor
        self.classifier = nn.Sequential(
            nn.Linear(inputs * grid * grid, hidden),
            nn.ReLU(True),
            nn.Dropout(),
            nn.Linear(hidden, hidden),
            nn.ReLU(True),
            nn.Dropout(),
            nn.Linear(hidden, CLASSES),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        first = [] if expansion == 1 else [conv_bn(inputs, hidden, 1, act=nn.ReLU6(True))]
        self.conv = nn.Sequential(
            *first,
            conv_bn(hidden, hidden, 3, stride, hidden, nn.ReLU6(True)),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.skip else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, divisor):
        super().__init__()
        inputs = 32 // divisor
        layers = [conv_bn(3, inputs, 3, 2, act=nn.ReLU6(True))]
        settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]
        for expansion, channels, depth, stride in [*settings, (6, 160, 3, 2), (6, 320, 1, 1)]:
            for block in range(depth):
                outputs = channels // divisor
                layers.append(InvertedResidual(inputs, outputs, stride if block == 0 else 1, expansion))
                inputs = outputs
        last = 1280 // divisor
        self.features = nn.Sequential(*layers, conv_bn(inputs, last, 1, act=nn.ReLU6(True)))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, CLASSES))

    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.squeeze_activation = nn.ReLU(True)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand1x1_activation = nn.ReLU(True)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        wide = self.expand3x3_activation(self.expand3x3(x))
        return torch.cat([self.expand1x1_activation(self.expand1x1(x)), wide], 1)


class SqueezeNet(nn.Module):
    def __init__(self, divisor):
        super().__init__()
        fires = [[64, 16, 64], [128, 16, 64], [128, 32, 128], [256, 32, 128]]
        fires += [[256, 48, 192], [384, 48, 192], [384, 64, 256], [512, 64, 256]]
        made = [Fire(*(size // divisor for size in sizes)) for sizes in fires]

        def pool():
            return nn.MaxPool2d(3, 2, ceil_mode=True)

        self.features = nn.Sequential(
            nn.Conv2d(3, 64 // divisor, 3, 2), nn.ReLU(True), pool(), *made[:2], pool(), *made[2:4], pool(), *made[4:]
        )
        head = nn.Conv2d(512 // divisor, CLASSES, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.5), head, nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


def randomise(network):
    """Weights that keep the size of signals, and statistics of batch norm that are those of a batch."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.2, 0.6)
            nn.init.normal_(module.bias, std=0.1)
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.randn(16, 3, SIDE, SIDE))
    network.eval()


def main(folder):
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    networks = {
        "resnet18": ResNet(BasicBlock, [2, 2, 2, 2], 8, [8, 16, 32, 64]),
        "resnext50": ResNet(lambda i, o, s: Bottleneck(i, o, s, 8), [3, 4, 6, 3], 8, [32, 64, 128, 256]),
        "vgg11_bn": Vgg11Bn(8, SIDE // 32),
        "mobilenet_v2": MobileNetV2(4),
        "squeezenet1_1": SqueezeNet(8),
    }
    modes = {"folded": torch.onnx.TrainingMode.EVAL, "kept": torch.onnx.TrainingMode.PRESERVE}
    for name, network in networks.items():
        randomise(network)
        for mode, training in modes.items():
            torch.onnx.export(
                network,
                torch.randn(1, 3, SIDE, SIDE),
                f"{folder}/{name}-{mode}.onnx",
                input_names=["images"],
                dynamic_axes={"images": {0: "N"}},
                training=training,
            )


main(sys.argv[1])
