import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serveApi } from './addon/api-front.ts';
import { mainThreadSeconds } from './addon/main-thread-cpu.ts';
import { servePrometheus } from './addon/prometheus-front.ts';
import { loadAt, World } from './addon/world.ts';
import type { BenchOptions, BenchResult } from './bench.ts';

const WORKLOADS = 1_000;
const QUICK_WORKLOADS = 250;
const STEADY_SECONDS = 180;
const QUICK_STEADY_SECONDS = 60;
const TICK_SECONDS = 15;

/** As the Dockerfile has it. */
const IMAGE_ENVIRONMENT = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  NODE_OPTIONS: '--max-old-space-size=192 --max-semi-space-size=8',
};

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const now = () => performance.now() / 1000;

/**
 * The addon as it is shipped (`prescale run`, one process of its own) against an API server and a Prometheus in this process: 1,000
 * workloads with seven days of history each. Memory and CPU are the addon's own, as its operating system counts them.
 */
export async function run({ quick, progress = () => {} }: BenchOptions): Promise<BenchResult> {
  const workloads = quick ? QUICK_WORKLOADS : WORKLOADS;
  const world = new World(workloads, () => Date.now() / 1000);
  await world.settle();
  const api = await serveApi(world.api);
  const prometheus = await servePrometheus(loadAt);
  const folder = mkdtempSync(join(tmpdir(), 'bench-addon-'));
  let settling = true;
  const controllers = (async () => {
    while (settling) {
      await world.settle();
      await pause(2);
    }
  })();
  const addon = new Addon(folder, api.url, prometheus.url);
  try {
    const readySeconds = await addon.start();
    progress(`ready after ${readySeconds.toFixed(1)} s`);
    const firstSeconds = await addon.forecasts(1, () => world.annotate(0, 1));
    progress(`first forecast ${firstSeconds.toFixed(1)} s after opting in`);
    const allSeconds = await addon.forecasts(workloads, () => world.annotate(1, workloads));
    progress(`${workloads} forecasts ${allSeconds.toFixed(0)} s after opting in`);
    // The leads were measured meanwhile, so all are refitted once more: steady is when nobody waits.
    await addon.quiet();
    await pause(TICK_SECONDS * 2);
    const before = await addon.figures();
    const asked = total(api.counts);
    const queried = prometheus.requests;
    const seconds = quick ? QUICK_STEADY_SECONDS : STEADY_SECONDS;
    const started = now();
    await pause(seconds);
    const after = await addon.figures();
    const elapsed = now() - started;
    const ticks = after.ticks - before.ticks;
    const writes = after.writes - before.writes;
    return {
      title: `The addon with ${workloads} workloads, seven days each`,
      columns: ['what', 'measured', 'unit', 'target', 'verdict'],
      rows: [
        row('prescale run until ready', readySeconds, 's', 3),
        row('opting in one workload, to its first forecast', firstSeconds, 's', 60),
        row(`opting in ${workloads} at once, until all are forecast`, allSeconds, 's'),
        row('CPU of the main thread a tick', (1000 * (after.mainSeconds - before.mainSeconds)) / ticks, 'ms', 250),
        row(
          'CPU of all threads a tick, refits included',
          (1000 * (after.cpuSeconds - before.cpuSeconds)) / ticks,
          'ms',
        ),
        row('a tick from end to end', (1000 * (after.tickSeconds - before.tickSeconds)) / ticks, 'ms'),
        row('resident memory in the steady state', after.rssBytes / 1e6, 'MB', 350),
        row('most resident memory, while all opened', addon.mostRssBytes / 1e6, 'MB'),
        row('requests to the API server', (total(api.counts) - asked) / elapsed, 'a second', 5),
        row('of these, writes of replicas', writes / elapsed, 'a second'),
        row('queries to Prometheus', (prometheus.requests - queried) / ticks, 'a tick'),
      ],
      notes: [
        `steady state: ${ticks} ticks of 15 s after all workloads were opened; loads with a day of their own each`,
        'the addon is a process of its own; the API server and Prometheus answer from memory beside it',
        'memory includes about 55 MB of the client library that reads kubeconfigs: in a pod it is not loaded',
      ],
    };
  } finally {
    await addon.stop();
    settling = false;
    await controllers;
    await Promise.all([api.close(), prometheus.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(what: string, measured: number, unit: string, target?: number): (string | number)[] {
  return [what, measured, unit, target ?? '', target === undefined ? '' : measured <= target ? 'met' : 'NOT MET'];
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

interface Figures {
  readonly ticks: number;
  /** CPU of the main thread; NaN where /proc doesn't tell. */
  readonly mainSeconds: number;
  readonly refitsWaiting: number;
  readonly tickSeconds: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly forecasts: number;
  readonly writes: number;
}

/** `prescale run` as a process of its own, seen by its /metrics. */
class Addon {
  mostRssBytes = 0;
  private readonly folder: string;
  private readonly apiUrl: string;
  private readonly prometheusUrl: string;
  private child: ChildProcess | undefined;
  private url = '';
  private errors = '';

  constructor(folder: string, apiUrl: string, prometheusUrl: string) {
    this.folder = folder;
    this.apiUrl = apiUrl;
    this.prometheusUrl = prometheusUrl;
  }

  /** @returns seconds until /readyz says yes */
  async start(): Promise<number> {
    const config = {
      prometheus: { url: this.prometheusUrl, templates: { load: { query: 'sum(load{app="$name"})', unit: 'req/s' } } },
      store: { folder: join(this.folder, 'store') },
      http: { listen: '127.0.0.1:0', probeListen: '127.0.0.1:0' },
    };
    const cluster = { name: 'bench', cluster: { server: this.apiUrl } };
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bench',
      clusters: [cluster],
      users: [{ name: 'bench', user: { token: 'none' } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    };
    writeFileSync(join(this.folder, 'config.yaml'), stringify(config));
    writeFileSync(join(this.folder, 'kubeconfig'), stringify(kubeconfig));
    const started = now();
    const main = new URL('../cli/main.js', import.meta.url).pathname;
    const args = [main, 'run', '--config', join(this.folder, 'config.yaml')];
    const env = {
      ...process.env,
      ...IMAGE_ENVIRONMENT,
      KUBECONFIG: join(this.folder, 'kubeconfig'),
      POD_NAMESPACE: 'prescale',
      POD_NAME: 'bench',
    };
    this.child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr!.on('data', (piece) => {
      this.errors += piece;
      this.url ||= /"listen":"([^"]+)"/.exec(this.errors)?.[1] ?? '';
    });
    while (!(await this.isReady())) {
      if (this.child.exitCode !== null) throw new Error(`prescale run ended: ${this.errors}`);
      await pause(0.02);
    }
    return now() - started;
  }

  /** @returns seconds until so many workloads have a forecast */
  async forecasts(count: number, optIn: () => Promise<void>): Promise<number> {
    const started = now();
    await optIn();
    for (;;) {
      const { forecasts } = await this.figures();
      if (forecasts >= count) return now() - started;
      if (now() - started > 1_200) throw new Error(`${forecasts} of ${count} forecasts: ${this.errors.slice(-2_000)}`);
      await pause(1);
    }
  }

  /** Waits until no refit has waited for a minute. */
  async quiet(): Promise<void> {
    for (let quietRounds = 0; quietRounds < 4; ) {
      await pause(TICK_SECONDS);
      quietRounds = (await this.figures()).refitsWaiting <= 2 ? quietRounds + 1 : 0;
    }
  }

  async figures(): Promise<Figures> {
    const text = await (await fetch(`http://${this.url}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
    const rssBytes = value('process_resident_memory_bytes');
    this.mostRssBytes = Math.max(this.mostRssBytes, rssBytes);
    return {
      ticks: value('prescale_tick_duration_seconds_count'),
      mainSeconds: mainThreadSeconds(this.child!.pid!),
      refitsWaiting: value('prescale_refits_waiting'),
      tickSeconds: value('prescale_tick_duration_seconds_sum'),
      cpuSeconds: value('process_cpu_seconds_total'),
      rssBytes,
      forecasts: text.match(/^prescale_history_seconds\{[^}]*\} [1-9]/gm)?.length ?? 0,
      writes: Number(/^prescale_writes_total\{target="scale",outcome="ok"\} (\d+)/m.exec(text)?.[1] ?? 0),
    };
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await Promise.race([ended, pause(10)]);
    child.kill('SIGKILL');
  }

  private async isReady(): Promise<boolean> {
    if (this.url === '') return false;
    try {
      return (await fetch(`http://${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}
