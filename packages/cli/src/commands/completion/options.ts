import { oneOf } from '../../flag-values.js';
import { argument } from '../../flags.js';
import { usage } from '../../invocation.js';

/** Shells that have a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell that has a script. */
export type Shell = (typeof SHELLS)[number];

/** How `tenas completion` is used. */
export const completionUsage = usage({
  positionals: { shell: argument(SHELLS.join(', '), oneOf(SHELLS)) },
  flags: {},
  examples: [
    '# in ~/.bashrc',
    'source <(tenas completion bash)',
    '# in ~/.zshrc, after compinit',
    'source <(tenas completion zsh)',
    'tenas completion fish > ~/.config/fish/completions/tenas.fish',
  ],
  notes: 'The script starts nothing: make it anew after an update.',
});
