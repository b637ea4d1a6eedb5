"""Training steps: cross-entropy of the batch, backward, SGD with Nesterov momentum and weight decay."""
import time

import torch
from torch.nn import functional as F


class Training:
    def __init__(self, net, images, labels):
        self.net, self.images, self.labels = net, images, labels
        self.optimizer = torch.optim.SGD(
            net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4
        )

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.net(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def run(self, steps):
        """Losses of the steps, and the seconds that each took."""
        losses, seconds = [], []
        for _ in range(steps):
            start = time.perf_counter()
            losses.append(float(self.step()))
            seconds.append(time.perf_counter() - start)
        return losses, seconds


def batch(samples):
    """Labels in turn, as our side has them."""
    return torch.arange(samples) % 10
