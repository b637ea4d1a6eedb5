"""Metrics of the gradient by the weights."""
import torch
from torch.nn import functional as F

from layers import BatchNorm
from metric_parts import hooked, loss_gradients, modules_of, norms, weights_of_layers


def grad_norm(probe):
    return sum(gradient.norm() for gradient in loss_gradients(probe, 0, weights_of_layers(probe.net)))


def snip(probe):
    weights = weights_of_layers(probe.net)
    gradients = loss_gradients(probe, 0, weights)
    return sum((weight.detach() * gradient).abs().sum() for weight, gradient in zip(weights, gradients))


def plain(probe):
    weights = weights_of_layers(probe.net)
    gradients = loss_gradients(probe, 0, weights)
    return sum((weight.detach() * gradient).sum() for weight, gradient in zip(weights, gradients))


def knas(probe):
    return sum(gradient.square().sum() for gradient in loss_gradients(probe, 0, list(probe.net.parameters())))


def grasp(probe):
    weights = weights_of_layers(probe.net)
    loss = F.cross_entropy(probe.net(probe.batches[0]) / probe.settings["temperature"], probe.labels[0])
    gradients = torch.autograd.grad(loss, weights, create_graph=True)
    products = sum((gradient.detach() * gradient).sum() for gradient in gradients)
    return -sum((weight.detach() * moved).sum() for weight, moved in zip(weights, torch.autograd.grad(products, weights)))


def fisher(probe):
    layers, outputs = [], []

    def remember(module, _inputs, output):
        layers.append(module)
        outputs.append(output)

    with hooked(modules_of(probe.net, (torch.nn.Conv2d, torch.nn.Linear)), remember):
        loss = F.cross_entropy(probe.net(probe.batches[0]), probe.labels[0])
    total = 0
    for layer, output, gradient in zip(layers, outputs, torch.autograd.grad(loss, outputs)):
        products = (output.detach() * gradient).flatten(2).sum(2) if gradient.dim() > 2 else output.detach() * gradient
        total += products.square().sum() / (2 * len(products)) * layer.weight[0].numel()
    return total


def zico(probe):
    weights = weights_of_layers(probe.net)
    batches = [loss_gradients(probe, batch, weights) for batch in range(len(probe.batches))]
    total = 0
    for gradients in zip(*batches):
        stacked = torch.stack(gradients).double()
        deviation = stacked.std(0, unbiased=False)
        moving = deviation != 0
        layer = (stacked.abs().mean(0)[moving] / deviation[moving]).sum()
        if layer > 0:
            total += layer.log()
    return total


def gradsign(probe):
    weights = weights_of_layers(probe.net)
    signs = [torch.zeros_like(weight) for weight in weights]
    for image in range(len(probe.batches)):
        for total, gradient in zip(signs, loss_gradients(probe, image, weights)):
            total += gradient.sign()
    return sum(total.abs().sum() for total in signs)


def flow(probe):
    """Weights and gradients of the sum of the outputs; the weights have no signs, the image is ones."""
    weights = weights_of_layers(probe.net)
    with norms("none"):
        gradients = torch.autograd.grad(probe.net(probe.batches[0]).sum(), weights)
    return [(weight.detach(), gradient) for weight, gradient in zip(weights, gradients)]


def synflow(probe):
    return sum((weight * gradient).sum() for weight, gradient in flow(probe))


def logsynflow(probe):
    return sum((weight * gradient.log1p()).sum() for weight, gradient in flow(probe))


def l2_norm(probe):
    return sum(weight.detach().norm() for weight in weights_of_layers(probe.net))


def train(probe):
    """Losses of a short training whose every step sees all images; batch norms are then left with running statistics."""
    settings, net = probe.settings, probe.net
    parameters = list(net.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    for module in modules_of(net, BatchNorm):
        module.forget()
    optimizer = torch.optim.SGD(parameters, lr=settings["rate"], momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings["epochs"])
    losses = []
    with norms("tracked"):
        for _ in range(settings["epochs"]):
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(probe.batches[0]), probe.labels[0])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 5)
            optimizer.step()
            schedule.step()
            losses.append(float(loss))
    return losses, (parameters, before)


def restore(parameters, before):
    with torch.no_grad():
        for parameter, value in zip(parameters, before):
            parameter.copy_(value)


def tse(probe):
    losses, weights = train(probe)
    restore(*weights)
    return sum(losses)


def early_accuracy(probe):
    _, weights = train(probe)
    with torch.no_grad(), norms("running"):
        right = (probe.net(probe.batches[1]).argmax(1) == probe.labels[1]).double().mean()
    restore(*weights)
    return right


METRICS = {
    "grad-norm": grad_norm,
    "snip": snip,
    "plain": plain,
    "knas": knas,
    "fisher": fisher,
    "grasp": grasp,
    "zico": zico,
    "gradsign": gradsign,
    "synflow": synflow,
    "logsynflow": logsynflow,
    "l2-norm": l2_norm,
    "tse": tse,
    "early-accuracy": early_accuracy,
}
