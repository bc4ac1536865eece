import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * The Dockerfile's own steps, carried out without a container engine: the build stage in one folder, what the final stage takes of
 * it in another. Not covered: the base images, and the final stage's RUN (a link and a folder outside of /app).
 */
const run = promisify(execFile);

interface Instruction {
  readonly stage: string;
  readonly name: string;
  readonly rest: string;
}

/** Of no image: the build only looks whether it is one. */
const BY_DIGEST = `node:22-bookworm-slim@sha256:${'0'.repeat(64)}`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prescale-image-')));
const src = join(folder, 'src');
const app = join(folder, 'app');

function instructions(): Instruction[] {
  let stage = '';
  return readFileSync('Dockerfile', 'utf8')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === 'FROM') stage = / AS (\w+)$/.exec(rest!)?.[1] ?? 'final';
      return name === undefined ? [] : [{ stage, name, rest: rest! }];
    });
}

/** What .dockerignore keeps out of folders that it lets in. */
const isIgnored = (path: string) => /\.(?:test|contract)\.ts$/.test(path);

function copy(rest: string, into: string): void {
  const [, from, paths] = /^(?:--from=(\w+)\s+)?(.*)$/.exec(rest)!;
  const sources = paths!.split(/\s+/);
  const target = sources.pop()!;
  for (const source of sources) {
    const path = from === undefined ? source : source.replace(/^\/src\//, `${src}/`);
    const to = target.endsWith('/') ? join(into, target, basename(path)) : join(into, target);
    cpSync(path, to, { recursive: true, filter: (name) => from !== undefined || !isIgnored(name) });
  }
}

/** One RUN of the build stage. @throws with all that it printed: tsc complains on standard output */
async function step(command: string, baseImage: string): Promise<void> {
  const args = { NATIVE_TFJS: 'false', NODE_IMAGE: baseImage, RUNTIME_IMAGE: baseImage };
  try {
    await run('sh', ['-c', command], { cwd: src, env: { ...process.env, ...args }, maxBuffer: 1e7 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command}: ${stdout}${stderr}`, { cause: error });
  }
}

beforeAll(async () => {
  mkdirSync(src);
  mkdirSync(app);
  for (const { stage, name, rest } of instructions()) {
    if (name === 'COPY') copy(rest, stage === 'build' ? src : app);
    if (name !== 'RUN' || stage !== 'build') continue;
    await step(rest, BY_DIGEST);
  }
}, 750_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the image's folder", () => {
  const prescale = (...args: string[]) => run(process.execPath, [join(app, 'dist/cli/main.js'), ...args], { cwd: app });

  it('starts: --help, --version, and a command that loads what is heavy', async () => {
    expect((await prescale('--help')).stdout).toContain('Usage: prescale');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await prescale('--version')).stdout.trim()).toBe(version);
    expect((await prescale('replay', '--until', '2h', '--out', join(folder, 'report'))).stdout).toContain('predictive');
  }, 300_000);

  it('holds production packages only, no sources, maps or tests', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      object
    >;
    for (const name of Object.keys(dependencies!)) expect(existsSync(join(app, 'node_modules', name)), name).toBe(true);
    for (const name of ['typescript', 'vitest', '@biomejs/biome']) {
      expect(existsSync(join(app, 'node_modules', name)), name).toBe(false);
    }
    expect(Object.keys(devDependencies!)).toEqual(expect.arrayContaining(['typescript', 'vitest']));
    const odd = readdirSync(join(app, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.map$|\.ts$|\.test\.|^benchmarks/.test(name),
    );
    expect(odd).toEqual([]);
    expect(readdirSync(app).sort()).toEqual(
      ['LICENSE', 'LICENSES.md', 'README.md', 'dist', 'node_modules', 'package.json', 'prices', 'schemas'].sort(),
    );
  });

  it('has WebAssembly for the training of the neural model, and of its packages only what Node loads', async () => {
    const script = `
      const { loadBackend } = await import('./dist/models/neural/backend.js');
      const { name, why } = await loadBackend();
      console.log(JSON.stringify({ name, why, cpu: (await loadBackend({ prefer: 'cpu' })).name }));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: app });
    expect(JSON.parse(stdout)).toEqual({
      name: 'wasm',
      why: expect.stringContaining('not native TensorFlow: @tensorflow/tfjs-node is not installed'),
      cpu: 'cpu',
    });
    const packages = join(app, 'node_modules/@tensorflow');
    expect(readdirSync(packages)).not.toContain('tfjs-node');
    const bytes = readdirSync(packages, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(packages, name)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(bytes).toBeLessThan(8e6);
  });

  it('is not built on a base image by its tag', async () => {
    const check = instructions().find(({ stage, name }) => stage === 'build' && name === 'RUN')!;
    await expect(step(check.rest, 'node:22-bookworm-slim')).rejects.toThrow('expected one by digest');
  });

  it('builds native TensorFlow.js with a script that there is', () => {
    const native = instructions().find(({ rest }) => rest.includes('npm run native'))!;
    expect(native.rest).toMatch(/^if \[ "\$\{NATIVE_TFJS\}" = true \]/);
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const [, file] = /^node (\S+)$/.exec(scripts.native!)!;
    expect(existsSync(join(src, file!))).toBe(true);
  });
});
