/**
 * Checks how many architectures the stages of a ranking keep: the last one keeps one, those before it more.
 *
 * @param refuse takes the place of the stage, its field, and what would be right
 */
export function checkKeeps(
  stages: readonly { readonly keep: number }[],
  refuse: (stage: number, field: string, right: string) => void,
): void {
  for (const [index, { keep }] of stages.entries()) {
    const last = index === stages.length - 1;
    if (last && keep !== 1) refuse(index, 'keep', '1 in the last stage');
    if (!last && keep < 2) refuse(index, 'keep', 'at least 2 before the last stage');
  }
}

/** Adds the problem of a field of a stage to those that a schema has found. */
export function refusing(context: {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void;
}) {
  return (stage: number, field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [stage, field], message });
}
