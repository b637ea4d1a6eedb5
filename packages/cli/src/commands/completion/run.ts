import type { CommandTree } from '../../command-tree.js';
import { exitCodes } from '../../exit-codes.js';
import type { Action } from '../../invocation.js';
import { bashScript, zshScript } from './bash.js';
import { type CompletedCommand, completedCommands } from './completed.js';
import { fishScript } from './fish.js';
import type { completionUsage, Shell } from './options.js';

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `tenas completion`: a script by which a shell completes the commands of a tree. */
export function completionOf(tree: CommandTree): Action<typeof completionUsage> {
  return async ({ given: { shell }, json, io }) => {
    const script = SCRIPTS[shell](await completedCommands(tree));
    io.out(json ? `${JSON.stringify({ shell, script })}\n` : script);
    return exitCodes.ok;
  };
}
