"""Ways to compute the empirical NTK in PyTorch. All give the same kernel, up to rounding.

J_i is the gradient of the sum of sample i's logits by every parameter whose name contains `weight`; the kernel is J J^T.
"""
import torch
from torch import nn
from torch.nn import functional as F

from layers import BatchNorm

# Directions that go through the network together in the batched ways: more take more memory than they save time.
CHUNK = 8


def weights_of(net):
    return [parameter for name, parameter in net.named_parameters() if "weight" in name]


def gram(rows):
    """Kernel of gradients, one row per sample."""
    return rows @ rows.t()


def published(net, x):
    """As the TE-NAS code does it: one backward call per sample, gradients collected from the parameters."""
    net.zero_grad()
    logits = net(x)
    rows = []
    for index in range(len(x)):
        logits[index : index + 1].backward(torch.ones_like(logits[index : index + 1]), retain_graph=True)
        grads = [p.grad.view(-1).detach() for p in weights_of(net) if p.grad is not None]
        rows.append(torch.cat(grads))
        net.zero_grad()
    kernel = torch.einsum("nc,mc->nm", [torch.stack(rows), torch.stack(rows)])
    return kernel


def autograd_grad(net, x):
    """The same loop without accumulation into `.grad`, by weights that the network uses and nothing else."""
    logits = net(x).sum(1)
    weights = weights_of(net)
    rows = []
    for index in range(len(x)):
        grads = torch.autograd.grad(logits[index], weights, retain_graph=True, allow_unused=True)
        rows.append(torch.cat([grad.reshape(-1) for grad in grads if grad is not None]))
    return gram(torch.stack(rows))


class Capture:
    """Inputs and outputs of every layer with weights, from hooks."""

    def __init__(self, net):
        self.layers = []
        kinds = (nn.Conv2d, nn.Linear, BatchNorm)
        self.hooks = [m.register_forward_hook(self.remember) for m in net.modules() if isinstance(m, kinds)]

    def remember(self, module, inputs, output):
        if not output.requires_grad:
            return
        self.layers.append((module, inputs[0].detach(), output))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for hook in self.hooks:
            hook.remove()


def normalised(module, x):
    """What batch norm multiplies its weight with."""
    if BatchNorm.constant_statistics:
        mean, variance = module.statistics
    else:
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), unbiased=False)
    view = (1, -1, 1, 1)
    return (x - mean.view(view)) * torch.rsqrt(variance + 1e-5).view(view)


def unfolded(module, x):
    """[N, groups, inputs of a group x taps, positions] of a convolution."""
    columns = F.unfold(x, module.kernel_size, module.dilation, module.padding, module.stride)
    return columns.view(len(x), module.groups, -1, columns.shape[2])


def sample_products(module, x, grad):
    """Gradient by the layer's weight for each sample alone, [N, values]: output gradients times inputs."""
    if isinstance(module, nn.Linear):
        rows = torch.einsum("no,ni->noi", grad, x)
    elif isinstance(module, BatchNorm):
        rows = (grad * normalised(module, x)).sum((2, 3))
    else:
        columns = unfolded(module, x)
        split = grad.reshape(len(x), module.groups, -1, columns.shape[3])
        rows = torch.matmul(split, columns.transpose(2, 3))
    return rows.reshape(len(x), -1)


def captured_sample(net, x):
    """Constant statistics only: one backward pass, as a sample's logits depend on that sample alone."""
    with Capture(net) as capture:
        total = net(x).sum()
    grads = torch.autograd.grad(total, [output for _, _, output in capture.layers], allow_unused=True)
    rows = [
        sample_products(module, inputs, grad)
        for (module, inputs, _), grad in zip(capture.layers, grads)
        if grad is not None
    ]
    return gram(torch.cat(rows, 1))


def direction_products(module, x, grad):
    """Gradient by the layer's weight for each direction, [D, values], of output gradients [D, N, ...]."""
    directions = len(grad)
    if isinstance(module, nn.Linear):
        rows = torch.einsum("dno,ni->doi", grad, x)
    elif isinstance(module, BatchNorm):
        rows = torch.einsum("dnchw,nchw->dc", grad, normalised(module, x))
    else:
        columns = unfolded(module, x)
        samples, groups, taps, positions = columns.shape
        split = grad.reshape(directions, samples, groups, -1, positions).permute(2, 0, 3, 1, 4)
        flat = split.reshape(groups, -1, samples * positions)
        rows = torch.bmm(flat, columns.permute(1, 0, 3, 2).reshape(groups, samples * positions, taps))
        rows = rows.view(groups, directions, -1).transpose(0, 1)
    return rows.reshape(directions, -1)


def captured_batch(net, x):
    """Output gradients of all layers for several directions at a time (batched vjp), then products with the inputs."""
    with Capture(net) as capture:
        logits = net(x).sum(1)
    outputs = [output for _, _, output in capture.layers]
    eye = torch.eye(len(x), dtype=x.dtype)
    rows = []
    for start in range(0, len(x), CHUNK):
        grads = torch.autograd.grad(
            logits, outputs, eye[start : start + CHUNK], retain_graph=True, allow_unused=True, is_grads_batched=True
        )
        parts = [
            direction_products(module, inputs, grad)
            for (module, inputs, _), grad in zip(capture.layers, grads)
            if grad is not None
        ]
        rows.append(torch.cat(parts, 1))
    return gram(torch.cat(rows))


def batched_vjp(net, x):
    """`is_grads_batched` by the weights themselves."""
    logits = net(x).sum(1)
    weights = weights_of(net)
    eye = torch.eye(len(x), dtype=x.dtype)
    rows = []
    for start in range(0, len(x), CHUNK):
        grads = torch.autograd.grad(
            logits, weights, eye[start : start + CHUNK], retain_graph=True, allow_unused=True, is_grads_batched=True
        )
        rows.append(torch.cat([grad.flatten(1) for grad in grads if grad is not None], 1))
    return gram(torch.cat(rows))


def functorch_vmap(net, x):
    """functorch: the vector-Jacobian product mapped over directions."""
    import functorch

    function, parameters, buffers = functorch.make_functional_with_buffers(net)
    names = [name for name, _ in net.named_parameters()]
    chosen = [index for index, name in enumerate(names) if "weight" in name]

    def of_weights(*weights):
        full = list(parameters)
        for index, weight in zip(chosen, weights):
            full[index] = weight
        return function(full, buffers, x).sum(1)

    _, pullback = functorch.vjp(of_weights, *[parameters[index] for index in chosen])
    eye = torch.eye(len(x), dtype=x.dtype)
    rows = []
    for start in range(0, len(x), CHUNK):
        grads = functorch.vmap(pullback)(eye[start : start + CHUNK])
        rows.append(torch.cat([grad.flatten(1) for grad in grads], 1))
    return gram(torch.cat(rows).detach())


METHODS = {
    "published": published,
    "autograd_grad": autograd_grad,
    "captured_sample": captured_sample,
    "captured_batch": captured_batch,
    "batched_vjp": batched_vjp,
    "functorch_vmap": functorch_vmap,
}


def ntk(net, x, mode, method):
    """Kernel and ascending eigenvalues."""
    if method == "captured_sample" and mode != "sample":
        raise ValueError("captured_sample needs constant statistics")
    BatchNorm.constant_statistics = mode == "sample"
    net.train()
    kernel = METHODS[method](net, x)
    return kernel, torch.linalg.eigvalsh(kernel)
