class Layers(nn.Module):
    """Layers by their dotted names, which are those of the state_dict."""

    def add(self, name, layer):
        *path, last = name.split(".")
        parent = self
        for part in path:
            parent = parent._modules.setdefault(part, nn.Module())
        below = parent._modules.get(last)
        if below is not None:  # layers whose names begin with this one
            layer._modules.update(below._modules)
        parent._modules[last] = layer

    def layer(self, name):
        found = self
        for part in name.split("."):
            found = found._modules[part]
        return found
