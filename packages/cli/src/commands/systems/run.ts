import { listSystems, type System } from '@tenas/search/definitions';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import type { systemsUsage } from './options.js';

/** `tenas systems`: the published systems that this build has, what they need and cost, and the command of each. */
export function systems({ json, io }: Invocation<typeof systemsUsage>): Promise<ExitCode> {
  const document = listSystems().map((system) => ({
    ...system,
    presets: system.presets.map((preset) => ({ ...preset, command: commandOf(preset.words) })),
  }));
  printResult(io, json, document, () => listSystems().map(systemText).join('\n\n'));
  return Promise.resolve(exitCodes.ok);
}

function systemText({ name, title, paper, needs, presets }: System): string {
  return [
    `${name}: ${title}`,
    ...(paper === '' ? [] : [`  paper  ${paper}`]),
    ...(needs.length === 0 ? [] : [`  needs  ${needs.join(', ')}`]),
    ...presets.flatMap((preset) => [
      `  ${preset.name}: ${preset.what}; ${preset.cost}`,
      `    $ ${commandOf(preset.words)}`,
    ]),
  ].join('\n');
}

function commandOf(words: readonly string[]): string {
  return ['tenas', ...words].join(' ');
}
