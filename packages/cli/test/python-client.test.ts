import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { command, requireBuild, tenasBuilt } from './support/built-command.js';

const folder = temporaryFolder();
const examples = fileURLToPath(new URL('../../../examples/python', import.meta.url));
const optuna = fileURLToPath(new URL('support/optuna', import.meta.url));

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 8)'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python3 = hasPython();

async function python(...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    TENAS: `'${process.execPath}' '${command}'`,
    PYTHONPATH: `${examples}:${optuna}`,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return (await promisify(execFile)('python3', args, { cwd: folder, env })).stdout;
}

/** A program that has `tenas`, an open client of what it is told. */
const program = (flags: string, body: string): string => `
import json, os, shlex
from tenas_client import Tenas, TenasError
cell = lambda op: f"|{op}~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|"
with Tenas(${flags}, command=shlex.split(os.environ["TENAS"])) as tenas:
${body.trim().replaceAll(/^/gm, '    ')}
`;

describe.skipIf(!python3)(`the client in Python${python3 ? '' : ' (skipped: no python3)'}`, () => {
  beforeAll(requireBuild);

  it('gets the scores that the command prints', async () => {
    const flags = ['--metrics', 'naswot,params', '--repeats', '2', '--seed', '4'];
    const architecture = '|avg_pool_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|nor_conv_3x3~2|';
    const found = JSON.parse(
      await python(
        '-c',
        program(JSON.stringify(flags).slice(1, -1), 'print(json.dumps(tenas.score(cell("avg_pool_3x3"))))'),
      ),
    );
    const { out } = await tenasBuilt(['score', '--arch', architecture, ...flags, '--json'], folder);
    const { scores } = JSON.parse(out);
    expect(found).toEqual({ naswot: scores.naswot.value, params: scores.params.value });
  });

  it('raises what a line is refused for and goes on; many go through at once', async () => {
    const out = await python(
      '-c',
      program(
        '"--metrics", "params"',
        `
try:
    tenas.score("nonsense")
except TenasError as error:
    print(error.code)
documents = list(tenas.documents(cell(op) for op in ["none", "skip_connect"] * 4000))
unread = tenas.documents(cell(op) for op in ["none", "skip_connect", "avg_pool_3x3"])
print(next(unread)["architecture"] == cell("none"))
print(tenas.score(cell("nor_conv_3x3"))["params"] > tenas.score(cell("skip_connect"))["params"])
print(len(documents), all("scores" in one for one in documents), tenas.close())`,
      ),
    );
    expect(out.trim().split('\n')).toEqual(['ARCHITECTURE_UNKNOWN', 'True', 'True', '8000 True 1']);
  });

  it('says with which code the command ended', async () => {
    await expect(python('-c', program('"--metrics", "nothing"', 'tenas.score("x")'))).rejects.toThrow(
      'tenas ended with exit code 2',
    );
  });

  it('lets Optuna search: each cell of the front has its figures', async () => {
    const out = await python(`${examples}/optuna_nasbench201.py`, '25');
    const front = out.trim().split('\n');
    expect(front.length).toBeGreaterThan(1);
    const [, naswot, params, cell] =
      /^naswot ([\d.-]+), ([\d,]+) parameters: (\|.*\|)$/.exec(front[0]!) ?? [];
    const scored = await tenasBuilt(
      ['score', '--arch', cell!, '--metrics', 'naswot,params', '--repeats', '1', '--json'],
      folder,
    );
    const { scores } = JSON.parse(scored.out);
    expect(Number(naswot)).toBeCloseTo(scores.naswot.value, 2);
    expect(Number(params!.replaceAll(',', ''))).toBe(scores.params.value);
  });
});
