import { fork } from 'node:child_process';
import type { CollectorFigures, CollectorTask } from './collector-child.ts';
import { type CollectorLoad, series } from './collector-load.ts';
import { servePrometheus } from './prometheus.ts';

export const COLLECTOR_COLUMNS = [
  'metrics',
  'asked by',
  'namespaces',
  'expressions a request',
  'values',
  's a tick',
  'most s',
  'CPU s a tick',
  'RSS MB',
] as const;

const LOADS: readonly CollectorLoad[] = [
  { kind: 'template', workloads: 1_000, namespaces: 50 },
  { kind: 'template', workloads: 10_000, namespaces: 50 },
  { kind: 'template', workloads: 20_000, namespaces: 50 },
  { kind: 'cpu', workloads: 1_000, namespaces: 50 },
  { kind: 'cpu', workloads: 10_000, namespaces: 1 },
  { kind: 'cpu', workloads: 10_000, namespaces: 50 },
  { kind: 'cpu', workloads: 10_000, namespaces: 500 },
  { kind: 'cpu', workloads: 20_000, namespaces: 50 },
];
/** As config.collector has them. */
const SETTINGS = { batchSize: 200, concurrency: 4 };
const TICKS = 7;

/** A collector's tick against a real Prometheus on the same machine: each load in a process of its own. */
export async function collectorBench(progress: (line: string) => void): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const load of LOADS) {
    const server = await servePrometheus(series(load));
    try {
      const figures = await inChild({ url: server.url, load, ...SETTINGS, ticks: TICKS });
      const { kind, workloads, namespaces } = load;
      const { values, medianSeconds, mostSeconds, cpuSeconds, mostRssBytes } = figures;
      const row = [workloads, kind, namespaces, SETTINGS.batchSize, values, medianSeconds, mostSeconds];
      rows.push([...row, cpuSeconds, Math.round(mostRssBytes / 1e6)]);
      progress(`collector, ${workloads} by ${kind} in ${namespaces} namespaces: ${medianSeconds.toFixed(2)} s a tick`);
    } finally {
      await server.stop();
    }
  }
  return rows;
}

/** @throws where the child fails */
export function inChild(task: CollectorTask): Promise<CollectorFigures> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./collector-child.js', import.meta.url));
    child.once('message', (figures) => resolve(figures as CollectorFigures));
    child.once('exit', (code) => reject(new Error(`the collecting process ended with ${code}`)));
    child.once('error', reject);
    child.send(task);
  });
}
