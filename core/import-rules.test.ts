import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * The rooms of the house and which may know which. A file stands in the room of its first folder; tests and contract
 * suites are free. What is not allowed here is refused, so that a new room or a new edge is a line that someone reads.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  models: ['core/'],
  // A collector records what it measures: it knows what a store of histories is, and none of those that there are.
  collector: ['core/', 'files/', 'kubernetes/', 'forecaster/history-store.ts', 'telemetry/log.ts'],
  // How files that people name are opened.
  files: ['core/'],
  kubernetes: ['core/', 'files/'],
  telemetry: ['core/', 'addon/workload-status.ts'],
  forecaster: ['core/', 'models/', 'collector/resample.ts'],
  actuator: ['core/', 'forecaster/', 'kubernetes/'],
  redis: ['core/', 'files/', 'forecaster/', 'collector/', 'actuator/guard-store.ts', 'telemetry/log.ts'],
  replay: ['core/', 'files/', 'models/', 'forecaster/', 'actuator/', 'collector/resample.ts'],
  addon: ['core/', 'models/', 'kubernetes/', 'collector/', 'forecaster/', 'actuator/', 'telemetry/'],
  // What it shows is the addon's; a listener and threads of its own. Its page is a program of the browser's.
  console: [
    'core/',
    'addon/',
    'forecaster/',
    'actuator/rehearsal.ts',
    'replay/',
    'kubernetes/credentials.ts',
    'telemetry/log.ts',
    'telemetry/listen-error.ts',
  ],
  cli: [
    'core/',
    'files/',
    'models/',
    'kubernetes/',
    'collector/',
    'forecaster/',
    'actuator/',
    'replay/',
    'telemetry/',
    'addon/',
    'console/',
    'redis/',
  ],
  // The whole addon in a loop with a cluster that answers back: it drives everything but the programs.
  simulation: ['core/', 'models/', 'kubernetes/', 'collector/', 'forecaster/', 'actuator/', 'telemetry/', 'addon/'],
  benchmarks: [
    'core/',
    'models/',
    'kubernetes/',
    'collector/',
    'forecaster/',
    'actuator/',
    'replay/',
    'telemetry/',
    'addon/',
    'redis/',
  ],
};

/** Files that touch the world, or import one that does. Every other file outside cli/ and benchmarks/ is pure. */
const EDGES = [
  'actuator/file-guard-store.ts',
  'addon/night-training.ts',
  'addon/night-training-thread.ts',
  'addon/night-training-worker.ts',
  'addon/refit-pool.ts',
  'addon/refit-worker.ts',
  'console/thread/console-host.ts',
  'console/thread/listener.ts',
  'console/thread/page-files.ts',
  'console/thread/replay-thread.ts',
  'console/thread/replay-worker.ts',
  'console/thread/review.ts',
  'files/input-file.ts',
  'forecaster/file-history-store.ts',
  'forecaster/file-network-store.ts',
  'collector/csv-rows.ts',
  'collector/csv.ts',
  'collector/prometheus-connection.ts',
  'collector/prometheus-files.ts',
  'collector/prometheus-http.ts',
  'collector/prometheus.ts',
  'collector/refused-addresses.ts',
  'collector/trace/read-trace.ts',
  'collector/trace/text-stream.ts',
  'kubernetes/http.ts',
  'kubernetes/http-watch.ts',
  'kubernetes/http-api.ts',
  'kubernetes/credentials.ts',
  'models/neural/backend.ts',
  'models/neural/train.ts',
  'models/neural/thread.ts',
  'redis/clients.ts',
  'redis/collection-list.ts',
  'redis/command-gate.ts',
  'redis/collectors-alive.ts',
  'redis/connection.ts',
  'redis/credentials.ts',
  'redis/forecast-store.ts',
  'redis/guard-store.ts',
  'redis/health.ts',
  'redis/network-store.ts',
  'redis/history-scripts.ts',
  'redis/history-store.ts',
  'redis/readings-board.ts',
  'redis/refit-queue.ts',
  'redis/refit-worker.ts',
  'redis/schema.ts',
  'redis/script.ts',
  'redis/shown-jobs.ts',
  'redis/startup-store.ts',
  'redis/training-queue.ts',
  'redis/wanted-jobs.ts',
  'redis/wrong-type.ts',
  'replay/hpa-manifest-file.ts',
  'replay/price-book-file.ts',
  'replay/report/assets.ts',
  'simulation/generate.ts',
  'simulation/hunt.ts',
  'simulation/main.ts',
  'simulation/play.ts',
  'simulation/situations.ts',
  'simulation/table.ts',
  'simulation/worker.ts',
  'simulation/workers.ts',
  'telemetry/collector-metrics.ts',
  'telemetry/guarded-listener.ts',
  'telemetry/http-answer.ts',
  'telemetry/http-server.ts',
  'telemetry/listen-error.ts',
  'telemetry/metrics.ts',
  'telemetry/pino-log.ts',
  'telemetry/role-metrics.ts',
  'telemetry/startup-metric.ts',
];

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
  'hono',
  'hono/compress',
  'hono/etag',
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
    .filter((name) => /\.ts$/.test(name) && !/\.(?:fuzz\.)?(?:test|contract)\.ts$/.test(name))
    .map((name) => read(join(room, name))),
);

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
const isPure = (file: SourceFile) => !isProgram(file) && !EDGES.includes(file.path);

describe('the house', () => {
  it('is read whole: every edge exists, and imports were found in every room but core', () => {
    const paths = sources.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining([...EDGES]));
    for (const room of Object.keys(MAY_IMPORT)) {
      const own = sources.filter((file) => file.room === room).flatMap((file) => file.own);
      expect(own.length, room).toBeGreaterThan(0);
    }
    for (const file of sources) for (const own of file.own) expect(paths, `imported by ${file.path}`).toContain(own);
  });

  it('has rooms that know only the rooms below them', () => {
    const broken = sources.flatMap(({ path, room, own }) =>
      own
        .filter((other) => !other.startsWith(`${room}/`) && !MAY_IMPORT[room]!.some((ok) => other.startsWith(ok)))
        .map((other) => `${path} imports ${other}`),
    );
    expect(broken).toEqual([]);
  });

  it('keeps the world at its edges: pure files import no edge, no SDK, no file system, no network', () => {
    const broken = sources.filter(isPure).flatMap(({ path, own, packages }) => {
      const strangers = packages.filter((name) => !COMPUTING.includes(name));
      return [...own.filter((other) => EDGES.includes(other)), ...strangers].map((what) => `${path} imports ${what}`);
    });
    expect(broken).toEqual([]);
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
