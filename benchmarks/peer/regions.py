"""Ways to count linear regions, i.e. distinct patterns of active ReLUs, in PyTorch."""
import torch
from torch import nn

from layers import BatchNorm


def patterns(net, batches):
    """Active ReLUs of every input, [inputs, neurons] booleans; each batch has its own statistics."""
    outputs = []
    hooks = [
        module.register_forward_hook(lambda _m, _i, output: outputs.append(output.detach()))
        for module in net.modules()
        if isinstance(module, nn.ReLU)
    ]
    rows = []
    with torch.no_grad():
        for batch in batches:
            outputs.clear()
            net(batch)
            rows.append(torch.cat([output.flatten(1) for output in outputs], 1) > 0)
    for hook in hooks:
        hook.remove()
    return torch.cat(rows)


def published(active):
    """As the TE-NAS code does it: all pairs of patterns by a matrix product, and the sum of 1 / (equal patterns).

    That code runs on a GPU in half precision, which PyTorch 1.13 does not multiply on a CPU: there it is done in single.
    """
    signs = active.float()
    try:
        halves = signs.half()
        different = halves @ (1 - halves).t()
    except RuntimeError:
        different = signs @ (1 - signs).t()
    different = different + different.t()
    equal = 1 - torch.sign(different)
    return int(round(float((1.0 / equal.float().sum(1)).sum())))


def packed(active):
    """Sixty-three neurons to an integer, then distinct rows."""
    padding = -active.shape[1] % 63
    bits = torch.cat([active, active.new_zeros(len(active), padding)], 1).view(len(active), -1, 63)
    words = torch.zeros(bits.shape[:2], dtype=torch.int64)
    for bit in range(63):
        words |= bits[:, :, bit].long() << bit
    return len(torch.unique(words, dim=0))


def packed_bytes(active):
    """Eight neurons to a byte by numpy, then a set of byte strings: distinct rows without sorting them."""
    import numpy

    rows = numpy.packbits(active.numpy(), axis=1)
    return len({row.tobytes() for row in rows})


METHODS = {"published": published, "packed": packed, "packed_bytes": packed_bytes}


def regions(net, batches, method):
    """Number of regions, and neurons of a pattern."""
    BatchNorm.constant_statistics = False
    net.train()
    active = patterns(net, batches)
    return METHODS[method](active), active.shape[1]
