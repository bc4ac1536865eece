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
  collector: ['core/', 'files/', 'kubernetes/', 'storage/history-store.ts', 'telemetry/log/log.ts'],
  // How files that people name are opened.
  files: ['core/'],
  kubernetes: ['core/', 'files/'],
  telemetry: ['core/', 'core/workload-status.ts'],
  forecaster: ['core/', 'models/', 'core/resample.ts'],
  actuator: ['core/', 'forecaster/', 'kubernetes/'],
  redis: ['core/', 'files/', 'forecaster/', 'collector/', 'storage/guard-store.ts', 'telemetry/log/log.ts'],
  replay: ['core/', 'files/', 'models/', 'forecaster/', 'actuator/', 'core/resample.ts'],
  addon: ['core/', 'models/', 'kubernetes/', 'collector/', 'forecaster/', 'actuator/', 'telemetry/'],
  // What it shows is the addon's; a listener and threads of its own. Its page is a program of the browser's.
  console: [
    'core/',
    'addon/',
    'forecaster/',
    'actuator/scaler/policy-backtest.ts',
    'replay/',
    'kubernetes/client/credentials.io.ts',
    'telemetry/log/log.ts',
    'telemetry/http/listen-error.ts',
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
  'storage/file-guard-store.io.ts',
  'addon/training/neural-training.io.ts',
  'addon/training/training-thread.io.ts',
  'addon/training/training-worker.io.ts',
  'addon/refits/refit-pool.io.ts',
  'addon/refits/refit-worker.io.ts',
  'console/thread/console-host.io.ts',
  'console/thread/listener.io.ts',
  'console/thread/page-files.io.ts',
  'console/thread/replay-thread.io.ts',
  'console/thread/replay-worker.io.ts',
  'console/thread/review.io.ts',
  'files/input-file.io.ts',
  'storage/file-history-store.io.ts',
  'storage/file-neural-model-store.io.ts',
  'collector/trace/csv/csv-rows.io.ts',
  'collector/trace/csv/startup-csv.io.ts',
  'collector/prometheus/connection.io.ts',
  'collector/prometheus/server.io.ts',
  'collector/prometheus/http.io.ts',
  'collector/prometheus/range-source.io.ts',
  'collector/prometheus/refused-addresses.io.ts',
  'collector/trace/read-trace.io.ts',
  'collector/trace/text-stream.io.ts',
  'kubernetes/client/http.io.ts',
  'kubernetes/client/http-watch.io.ts',
  'kubernetes/client/http-api.io.ts',
  'kubernetes/client/credentials.io.ts',
  'models/neural/backend.io.ts',
  'models/neural/train.io.ts',
  'models/neural/thread.io.ts',
  'redis/clients.io.ts',
  'redis/collection/collection-list.io.ts',
  'redis/command-gate.io.ts',
  'redis/collection/collectors-alive.io.ts',
  'redis/connection.io.ts',
  'redis/credentials.io.ts',
  'redis/stores/forecast-store.io.ts',
  'redis/stores/guard-store.io.ts',
  'redis/health.io.ts',
  'redis/stores/neural-model-store.io.ts',
  'redis/stores/history-scripts.io.ts',
  'redis/stores/history-store.io.ts',
  'redis/collection/readings-store.io.ts',
  'redis/queue/refit-queue.io.ts',
  'redis/queue/refit-worker.io.ts',
  'redis/schema.io.ts',
  'redis/script.io.ts',
  'redis/queue/job-view.io.ts',
  'redis/stores/startup-store.io.ts',
  'redis/queue/training-queue.io.ts',
  'redis/queue/desired-jobs.io.ts',
  'redis/wrong-type.io.ts',
  'replay/hpa-manifest/hpa-manifest-file.io.ts',
  'replay/cost/price-book-file.io.ts',
  'replay/report/page/assets.io.ts',
  'simulation/scenarios/generate.io.ts',
  'simulation/runs/hunt.io.ts',
  'simulation/main.ts',
  'simulation/runs/play.io.ts',
  'simulation/scenarios/situations.io.ts',
  'simulation/runs/table.io.ts',
  'simulation/runs/worker.io.ts',
  'simulation/runs/workers.io.ts',
  'telemetry/metrics/collector-metrics.io.ts',
  'telemetry/http/guarded-listener.io.ts',
  'telemetry/http/http-answer.io.ts',
  'telemetry/http/http-server.io.ts',
  'telemetry/http/listen-error.ts',
  'telemetry/metrics/metrics.io.ts',
  'telemetry/log/pino-log.io.ts',
  'telemetry/metrics/role-metrics.io.ts',
  'telemetry/metrics/startup-metric.io.ts',
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
