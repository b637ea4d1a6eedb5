HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    args = parse_arguments()
    with open(os.path.join(HERE, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    above = os.path.dirname(os.path.abspath(args.out))
    for flag, folder in (("--data", args.data), ("--out", above)):
        if not os.path.isdir(folder):
            sys.exit(f"{flag}: {folder} is no folder")
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    training, test = read_data(args.data, config)
    if len(training) == 0:
        sys.exit(f"--data: {args.data} has no images to train on")
    print(f"{len(training)} images to train on, {len(test)} to test on, {device}", flush=True)

    network = Network(auxiliary=True) if AUXILIARY > 0 else Network()
    if args.weights:
        load_weights(network, args.weights)
    network.to(device)
    if DROPOUT > 0:
        classifier = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
        classifier.register_forward_pre_hook(
            lambda layer, given: F.dropout(given[0], DROPOUT, layer.training)
        )
    optimiser = torch.optim.SGD(
        network.parameters(),
        lr=args.lr,
        momentum=MOMENTUM,
        nesterov=NESTEROV,
        weight_decay=WEIGHT_DECAY,
    )
    mean, std = (torch.tensor(config[name]).view(1, -1, 1, 1) for name in ("mean", "std"))
    normalise = Normalise(mean.to(device), std.to(device))

    steps_per_epoch = math.ceil(len(training) / args.batch)
    step = 0
    for epoch in range(args.epochs):
        if DROP_PATH > 0:
            network.drop_path_prob = DROP_PATH * epoch / args.epochs
        network.train()
        began = time.monotonic()
        total_loss = correct = seen = 0
        for indices in torch.randperm(len(training)).split(args.batch):
            if step == args.steps:
                break
            if len(indices) == 1 and seen > 0:
                continue  # batch norm cannot normalise one value by itself
            images, labels = training.batch(indices)
            images = cut_out(normalise(crop_and_flip(images).to(device)))
            labels = labels.to(device)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(args, step, steps_per_epoch)
            optimiser.zero_grad()
            output = network(images)
            logits, auxiliary = output if isinstance(output, tuple) else (output, None)
            loss = F.cross_entropy(logits, labels, label_smoothing=LABEL_SMOOTHING)
            if not math.isfinite(loss.item()):
                sys.exit(f"the loss is {loss.item()} in step {step + 1}: try a smaller --lr")
            total_loss += loss.item() * len(indices)
            if auxiliary is not None:
                extra = F.cross_entropy(auxiliary, labels, label_smoothing=LABEL_SMOOTHING)
                loss = loss + AUXILIARY * extra
            loss.backward()
            if CLIP > 0:
                nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimiser.step()
            correct += (logits.argmax(1) == labels).sum().item()
            seen += len(indices)
            step += 1
        if seen == 0:
            break
        seconds = time.monotonic() - began
        minutes = seconds * (args.epochs - epoch - 1) / 60
        accuracy = evaluate(network, test, normalise, args.batch, device)
        print(
            f"epoch {epoch + 1}/{args.epochs}: loss {total_loss / seen:.4f}, "
            f"training {100 * correct / seen:.2f} %, test {100 * accuracy:.2f} %, "
            f"{seen / seconds:.0f} images/s, {minutes:.0f} min left",
            flush=True,
        )
        # After every epoch, so that Ctrl-C leaves the last one.
        state = network.state_dict()
        state = {name: state[name] for name in state if not is_training_only(name)}
        facts = {
            "trained": "true",
            "recipe": RECIPE,
            "epochs": str(epoch + 1),
            "test_accuracy": str(accuracy),
            "classes": json.dumps(training.classes),
        }
        write_safetensors(args.out, state, facts)
    print(f"wrote {args.out}; `tenas export --weights` takes it (README.md has the command)")


def parse_arguments():
    parser = argparse.ArgumentParser(description=f"Trains the network by the recipe {RECIPE}.")
    add = parser.add_argument
    add("--data", required=True, help="folder of CIFAR's binary files, or of class folders")
    add("--epochs", type=positive, default=EPOCHS, help="default: %(default)s")
    add("--batch", type=positive, default=BATCH, help="images in a step (default: %(default)s)")
    add("--lr", type=rate, default=LEARNING_RATE, help="at the start (default: %(default)s)")
    add("--out", default="trained.safetensors", help="default: %(default)s")
    add("--weights", help="file to start from (default: PyTorch's random weights)")
    add("--steps", type=positive, help="stop after so many steps, for a trial")
    add("--seed", type=int, default=0, help="default: %(default)s")
    return parser.parse_args()


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def rate(text):
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError("a number above 0")
    return number


def load_weights(network, path):
    """Takes all weights but those of an auxiliary head, which a file may lack."""
    try:
        keys = network.load_state_dict(read_safetensors(path), strict=False)
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"--weights: {error}")
    missing = [name for name in keys.missing_keys if not is_training_only(name)]
    if missing or keys.unexpected_keys:
        sys.exit(f"--weights: {path} lacks {missing}, and has {keys.unexpected_keys} besides")


def is_training_only(name):
    return name.startswith("auxiliary_head.")


def learning_rate(args, step, steps_per_epoch):
    """Half a cosine to 0, after a straight line from 0 over the first epochs."""
    per_epoch = 1 if COSINE_PER == "epoch" else steps_per_epoch
    now = step // steps_per_epoch if COSINE_PER == "epoch" else step
    warm_up = min(WARM_UP_EPOCHS, args.epochs) * per_epoch
    if now < warm_up:
        return args.lr * now / warm_up
    progress = (now - warm_up) / (args.epochs * per_epoch - warm_up)
    return args.lr * (1 + math.cos(math.pi * progress)) / 2


@torch.no_grad()
def evaluate(network, images, normalise, batch, device):
    """The share of images whose class the network finds."""
    network.eval()
    correct = 0
    for indices in torch.arange(len(images)).split(batch):
        pixels, labels = images.batch(indices)
        logits = network(normalise(pixels.to(device)))
        correct += (logits.argmax(1).cpu() == labels).sum().item()
    return correct / max(len(images), 1)


class Normalise:
    """Pixels from 0 to 255 become numbers of mean 0 and deviation 1 in each channel."""

    def __init__(self, mean, std):
        self.mean = mean
        self.std = std

    def __call__(self, pixels):
        return (pixels.float() / 255 - self.mean) / self.std


def crop_and_flip(pixels):
    """A random part of each image with a black border, and half of them mirrored."""
    count, _, height, width = pixels.shape
    border = round(PADDING * height / 32)
    pixels = F.pad(pixels, (border, border, border, border))
    top = torch.randint(2 * border + 1, (count, 1))
    left = torch.randint(2 * border + 1, (count, 1))
    rows = top + torch.arange(height)
    columns = left + torch.arange(width)
    if FLIP:
        columns = torch.where(torch.rand(count, 1) < 0.5, columns, columns.flip(1))
    picked = pixels.permute(0, 2, 3, 1)[
        torch.arange(count).view(-1, 1, 1), rows.unsqueeze(2), columns.unsqueeze(1)
    ]
    return picked.permute(0, 3, 1, 2)


def cut_out(images):
    """Zeros in a square around a random pixel of each image."""
    count, _, height, width = images.shape
    side = round(CUTOUT * height / 32)
    if side == 0:
        return images
    top = torch.randint(height, (count, 1)) - side // 2
    left = torch.randint(width, (count, 1)) - side // 2
    rows = (torch.arange(height) >= top) & (torch.arange(height) < top + side)
    columns = (torch.arange(width) >= left) & (torch.arange(width) < left + side)
    square = rows.unsqueeze(2) & columns.unsqueeze(1)
    return images.masked_fill(square.unsqueeze(1).to(images.device), 0)


class Pictures:
    """Images [N, C, H, W] as bytes, with their labels, all in memory."""

    def __init__(self, pixels, labels, classes):
        self.pixels = pixels
        self.labels = labels
        self.classes = classes

    def __len__(self):
        return len(self.labels)

    def batch(self, indices):
        return self.pixels[indices], self.labels[indices]


def read_data(folder, config):
    """Pictures to train on and to test on."""
    names = os.listdir(folder)
    batches = sorted(name for name in names if re.fullmatch(r"data_batch_\d+\.bin", name))
    if batches:
        training = read_cifar(folder, batches, 1, config)
        test = read_cifar(folder, ["test_batch.bin"], 1, config)
    elif "train.bin" in names:
        training = read_cifar(folder, ["train.bin"], 2, config)
        test = read_cifar(folder, ["test.bin"], 2, config)
    else:
        training, test = read_folders(folder, config)
    wanted = tuple(config["input_shape"])
    found = tuple(training.pixels.shape[1:])
    if found != wanted:
        sys.exit(f"--data: images are {found}, the network was written for {wanted}")
    classes = config["num_classes"]
    if len(training.classes) != classes:
        sys.exit(
            f"--data: it has {len(training.classes)} classes, the network {classes}; "
            f"export it with --classes {len(training.classes)}"
        )
    return training, test


def read_cifar(folder, names, label_bytes, config):
    """Binary files of CIFAR-10 (one byte of label) or CIFAR-100 (two, the second one counts)."""
    content = bytearray()
    for name in names:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                content += file.read()
        except OSError as error:
            sys.exit(f"--data: {error}")
    record = label_bytes + 3072
    if len(content) == 0 or len(content) % record != 0:
        sys.exit(f"--data: {', '.join(names)}: {len(content)} bytes are no images of CIFAR")
    records = torch.frombuffer(content, dtype=torch.uint8).view(-1, record)
    labels = records[:, label_bytes - 1].long()
    classes = [str(number) for number in range(10 if label_bytes == 1 else 100)]
    known = config["class_names"] or []
    classes = known if len(known) == len(classes) else classes
    return Pictures(records[:, label_bytes:].reshape(-1, 3, 32, 32), labels, classes)


def read_folders(folder, config):
    """Class folders, in train and val (or test) if there are such; else a tenth is for tests."""
    parts = {name.lower(): os.path.join(folder, name) for name in sorted(os.listdir(folder))}
    tests = [parts[name] for name in ("val", "valid", "validation", "test") if name in parts]
    alone = len(class_folders(folder)) == 1
    root = parts.get("train", parts.get("training")) if tests or alone else None
    classes = class_folders(root or folder)
    if len(classes) < 2:
        sys.exit(f"--data: {folder} has neither CIFAR's binary files nor class folders")
    files = list_files(root or folder, classes)
    if tests and root:
        held_out = list_files(tests[0], classes)
        return read_images(files, classes, config), read_images(held_out, classes, config)
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(0)).tolist()
    held = max(len(files) // 10, 1)
    test = [files[place] for place in order[:held]]
    training = [files[place] for place in order[held:]]
    return read_images(training, classes, config), read_images(test, classes, config)


def class_folders(folder):
    return sorted(e.name for e in os.scandir(folder) if e.is_dir() and not e.name.startswith("."))


def list_files(folder, classes):
    """Paths of the images with their labels."""
    endings = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
    return [
        (os.path.join(path, name), label)
        for label, one in enumerate(classes)
        for path, _, names in os.walk(os.path.join(folder, one))
        for name in sorted(names)
        if name.lower().endswith(endings) and not name.startswith(".")
    ]


def read_images(files, classes, config):
    try:
        from PIL import Image  # only for folders of images
    except ImportError:
        sys.exit("--data: pictures need Pillow: pip install pillow")
    channels, height, width = config["input_shape"]
    pixels = torch.empty(len(files), channels, height, width, dtype=torch.uint8)
    labels, unreadable = [], []
    for path, label in files:
        try:
            with Image.open(path) as image:
                small = image.convert("RGB").resize((width, height), Image.BILINEAR)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            unreadable.append(path)
            continue
        data = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8)
        pixels[len(labels)] = data.view(height, width, 3).permute(2, 0, 1)
        labels.append(label)
    if unreadable:
        print(f"{len(unreadable)} files cannot be read, such as {unreadable[0]}", file=sys.stderr)
    return Pictures(pixels[: len(labels)], torch.tensor(labels), classes)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("stopped; the file of --out has the last whole epoch", file=sys.stderr)
        sys.exit(130)
