/** A space in YAML that works as it is. */
export function spacePage(name: string): string {
  return `# A search space of tenas. What it comes to: tenas info --space ./${name}.yaml
# All words of the language: docs/own-space.md
# Help while you type, in editors with a YAML language server:
# yaml-language-server: $schema=node_modules/@tenas/spaces/schemas/space.schema.json

name: ${nameInYaml(name)}
title: A space of ${name}

# The first layer reads the image. Channels are those of the network to train: small networks for metrics have fewer.
stem: {channels: 16, block: {op: conv, kernel: 3}}

# Blocks that are used by their names below. op: conv, separable, mbconv, fused_mbconv, residual, bottleneck,
# max_pool, avg_pool or identity. A sequence is several blocks, one after the other; skip adds its input.
blocks:
  mb3: {op: mbconv, kernel: 3, expansion: 3, activation: relu6}
  mb6: {op: mbconv, kernel: 5, expansion: 6, activation: relu6, se: true}
  double: {sequence: [{op: conv, kernel: 1}, {op: separable, kernel: 5}], skip: true}

stages:
  # Each of the three layers chooses one of the blocks: \`decide: layer\`.
  - name: early
    channels: 16
    layers: 3
    decide: layer
    block: {choices: {skip: identity, mb3: mb3, mb6: mb6, double: double}}

  # Both layers are alike. A list of values is open: an architecture has one of the kernels.
  # The first layer halves the image.
  - name: late
    channels: 32
    stride: 2
    layers: 2
    block: {op: separable, kernel: [3, 5, 7]}

  # Lists may stand for channels, stride and layers, and for several fields of a block. Then there is no supernet, and
  # the strategies that need one do not work: \`tenas info --space\` names those that do.
  # - {name: last, channels: [48, 64], layers: [1, 2], stride: 2, block: {op: mbconv, kernel: [3, 5], se: [false, true]}}

# A last layer before the mean and the classifier.
head: {channels: 128, block: {op: conv, kernel: 1}}

# A cell has nodes, and on each edge one of its choices; a stage names it as its block.
# cells:
#   cell: {nodes: 4, choices: {none: none, skip: identity, conv: {op: conv, order: activation_first}, pool: avg_pool}}
`;
}

/** A name of a space as YAML reads it: as text, also where it looks like a number, `true`, `false` or `null`. */
function nameInYaml(name: string): string {
  return /^[0-9]|^(true|false|null)$/.test(name) ? JSON.stringify(name) : name;
}
