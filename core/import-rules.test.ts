import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * The rooms of the house, from the ground up, and which of those below each may know. A file stands in the room of its first folder; tests
 * and contract suites are free. What is not allowed here is refused, so that a new room or a new arrow is a line that someone reads.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  // How files that people name are opened.
  files: ['core/'],
  models: ['core/'],
  // What outlives a process: interfaces, their contracts, and what needs no server. Redis' own stand in redis/.
  storage: ['core/'],
  telemetry: ['core/'],
  // How servers are reached: direct, or through a proxy.
  network: ['core/'],
  kubernetes: ['core/', 'files/', 'network/'],
  // A collector records what it measures: it knows what a store of histories is, and none of those that there are.
  collector: ['core/', 'files/', 'network/', 'kubernetes/', 'storage/history-store.ts', 'telemetry/log/log.ts'],
  forecaster: ['core/', 'models/'],
  // What manifests of other autoscalers become: a template's query is checked as the addon does.
  migration: ['core/', 'collector/prometheus/promql/query-templates.ts', 'kubernetes/manifests/'],
  actuator: ['core/', 'forecaster/', 'kubernetes/'],
  redis: ['core/', 'files/', 'storage/', 'collector/', 'telemetry/log/log.ts'],
  replay: ['core/', 'files/', 'models/', 'forecaster/', 'actuator/'],
  addon: [
    'core/',
    'models/',
    'kubernetes/',
    'storage/',
    'collector/',
    'forecaster/',
    'actuator/',
    'telemetry/',
    // The baseline is played by the replay's own code.
    'replay/clock.ts',
    'replay/figures.ts',
    'replay/pods.ts',
    'replay/policies/hpa.ts',
    'replay/hpa-manifest/hpa-manifest.ts',
  ],
  // What it shows is the addon's; a listener and threads of its own. Its page is a program of the browser's.
  console: [
    'core/',
    'kubernetes/client/credentials.io.ts',
    'telemetry/log/log.ts',
    'telemetry/http/listen-error.ts',
    'forecaster/',
    'actuator/scaler/policy-backtest.ts',
    'replay/',
    'addon/',
  ],
  // The whole addon in a loop with a cluster that answers back: it drives everything but the programs.
  simulation: [
    'core/',
    'models/',
    'kubernetes/',
    'storage/',
    'collector/',
    'forecaster/',
    'actuator/',
    'telemetry/',
    'addon/',
  ],
  cli: [
    'core/',
    'files/',
    'network/',
    'models/',
    'kubernetes/',
    'storage/',
    'collector/',
    'forecaster/',
    'actuator/',
    'replay/',
    'telemetry/',
    'addon/',
    'console/',
    'redis/',
    'migration/',
  ],
  benchmarks: [
    'core/',
    'models/',
    'kubernetes/',
    'storage/',
    'collector/',
    'forecaster/',
    'actuator/',
    'replay/',
    'telemetry/',
    'addon/',
    'console/',
    'redis/',
  ],
};

/** So many sources stand beside each other in a folder; more are laid into rooms of their own. Tests are not counted. */
const MOST_IN_A_FOLDER = 25;
/** A longer file says in its first line why. */
const MOST_LINES = 350;

/** Packages that only compute; everything else from outside is an edge's. */
const COMPUTING = [
  'node:crypto',
  'node:zlib',
  'zod',
  'picocolors',
  '@datadog/sketches-js',
  'croner',
  'yaml',
  'date-holidays',
  '@hono/zod-openapi',
];

/** What the C++ library of TensorFlow can be told in no other way; it is written, and decides nothing. */
const WRITTEN_ENVIRONMENT = /process\.env\.TF_CPP_MIN_LOG_LEVEL \?\?= /g;

/** Optional packages of which a pure file may know the types: it is handed the thing itself. */
const TYPES_OF = ['@tensorflow/tfjs-core'];

/** Rooms that read the clock, the arguments and the environment: the programs. */
const PROGRAMS = ['cli', 'benchmarks'];

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly code: string;
  /** Our own files that it imports, from the project's root, and packages. */
  readonly own: readonly string[];
  readonly packages: readonly string[];
}

const sources = Object.keys(MAY_IMPORT).flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter(isSource)
    .map((name) => read(join(room, name))),
);

function isSource(name: string): boolean {
  return name.endsWith('.ts') && !/\.(?:fuzz\.)?(?:test|contract)\.ts$/.test(name);
}

function read(path: string): SourceFile {
  const code = readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^import type\b[^'";]*?from\s+'([^']+)';/gm, (line, name) => (TYPES_OF.includes(name) ? '' : line));
  const imported = [
    ...code.matchAll(/^(?:import|export)\b[^'";]*?from\s+'([^']+)'/gm),
    ...code.matchAll(/^import\s+'([^']+)'/gm),
    ...code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g),
  ].map((match) => match[1]!);
  const relative = imported.filter((name) => name.startsWith('.'));
  return {
    path,
    room: path.split('/')[0]!,
    code,
    own: relative.map((name) => normalize(join(dirname(path), name))),
    packages: imported.filter((name) => !name.startsWith('.')),
  };
}

const isProgram = ({ room, path }: SourceFile) =>
  PROGRAMS.includes(room) ||
  path.startsWith('console/page/') ||
  ['simulation/main.ts', 'console/thread/main.ts'].includes(path);
/** Touches the world, or imports a file that does: its name says so. Every other file outside the programs is pure. */
const isEdge = (path: string) => path.endsWith('.io.ts');
const isPure = (file: SourceFile) => !isProgram(file) && !isEdge(file.path);
const strangersOf = ({ packages }: SourceFile) => packages.filter((name) => !COMPUTING.includes(name));

describe('the house', () => {
  it('is read whole: imports were found in every room, and all that is imported exists', () => {
    const paths = sources.map(({ path }) => path);
    for (const room of Object.keys(MAY_IMPORT)) {
      const own = sources.filter((file) => file.room === room).flatMap((file) => file.own);
      expect(own.length, room).toBeGreaterThan(0);
    }
    for (const file of sources) for (const own of file.own) expect(paths, `imported by ${file.path}`).toContain(own);
  });

  it('is built from the ground up: no arrow points upwards, so no circle of rooms can close', () => {
    const rooms = Object.keys(MAY_IMPORT);
    const upward = rooms.flatMap((room, floor) =>
      MAY_IMPORT[room]!.filter((other) => rooms.indexOf(other.split('/')[0]!) >= floor).map(
        (other) => `${room} → ${other}`,
      ),
    );
    expect(upward).toEqual([]);
  });

  it('lists every room that has sources', () => {
    const rooms = readdirSync('.', { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !/^(?:\.|node_modules$|dist$|test$|docs$)/.test(entry.name),
    );
    const withSources = rooms.filter(({ name }) =>
      readdirSync(name, { recursive: true, encoding: 'utf8' }).some((file) => isSource(file)),
    );
    expect(withSources.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it(`has no folder with more than ${MOST_IN_A_FOLDER} sources beside each other`, () => {
    const counts = new Map<string, number>();
    for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > MOST_IN_A_FOLDER)).toEqual([]);
  });

  it(`has no file over ${MOST_LINES} lines without its reason in the first one`, () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' });
    const long = files
      .trim()
      .split('\n')
      .filter((path) => {
        const lines = readFileSync(path, 'utf8').split('\n');
        return lines.length - 1 > MOST_LINES && !lines[0]!.startsWith(`/* Over ${MOST_LINES} lines: `);
      });
    expect(long).toEqual([]);
  });

  it('has rooms that know only what they may', () => {
    const broken = sources.flatMap(({ path, room, own }) =>
      own
        .filter((other) => !other.startsWith(`${room}/`) && !MAY_IMPORT[room]!.some((ok) => other.startsWith(ok)))
        .map((other) => `${path} imports ${other}`),
    );
    expect(broken).toEqual([]);
  });

  it('keeps the world at its edges: pure files import no edge, no SDK, no file system, no network', () => {
    const broken = sources
      .filter(isPure)
      .flatMap((file) =>
        [...file.own.filter(isEdge), ...strangersOf(file)].map((what) => `${file.path} imports ${what}`),
      );
    expect(broken).toEqual([]);
  });

  it('calls nothing an edge (.io.ts) that is none', () => {
    const pure = sources.filter(
      (file) => isEdge(file.path) && !file.own.some(isEdge) && strangersOf(file).length === 0,
    );
    expect(pure.map(({ path }) => path)).toEqual([]);
    expect(sources.filter((file) => isEdge(file.path)).length).toBeGreaterThan(50);
  });

  it('lets only the programs read arguments, environment and clock, or end the process', () => {
    const clock = /process\.(?:argv|env|exit)\b|\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bMath\.random\b/g;
    const broken = sources
      .filter((file) => !isProgram(file))
      .flatMap(({ path, code }) =>
        [...code.replace(WRITTEN_ENVIRONMENT, '').matchAll(clock)].map(([what]) => `${path} uses ${what}`),
      );
    expect(broken).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(cycles()).toEqual([]);
  });

  it('has no room for odds and ends', () => {
    const odd = /(?:^|[/-])(?:utils?|helpers?|common|types|misc)(?:\.ts|\/|-)/;
    expect(sources.map(({ path }) => path).filter((path) => odd.test(path))).toEqual([]);
  });
});

/** Each cycle once, as the files that it passes. */
function cycles(): string[] {
  const importsOf = new Map(sources.map(({ path, own }) => [path, own]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) found.push([...trail.slice(seenAt), path].join(' → '));
    if (seenAt >= 0 || finished.has(path)) return;
    for (const next of importsOf.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
