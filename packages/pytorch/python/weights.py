"""Reads and writes .safetensors files, with PyTorch and the standard library alone."""

import ctypes
import json
import os
import struct

import torch

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}


def read_safetensors(path):
    """The tensors of a file by name, for load_state_dict. ValueError: it is no such file."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    try:
        return parse(content)
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, struct.error) as error:
        raise ValueError(f"{path} is no whole safetensors file") from error


def parse(content):
    (length,) = struct.unpack_from("<Q", content)
    start = 8 + length
    header = json.loads(content[8:start])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = content[start + begin : start + end]
        flat = torch.frombuffer(values, dtype=TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors, metadata=None):
    """Writes tensors, such as a state_dict; the file appears once it is whole."""
    names = {dtype: name for name, dtype in TYPES.items()}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"__metadata__": metadata} if metadata else {}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    unfinished = f"{path}.tmp"
    try:
        with open(unfinished, "wb") as file:
            file.write(struct.pack("<Q", len(text)))
            file.write(text)
            for tensor in tensors.values():
                size = tensor.numel() * tensor.element_size()
                file.write(ctypes.string_at(tensor.data_ptr(), size))
        os.replace(unfinished, path)
    except BaseException:  # Ctrl-C among them
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise
