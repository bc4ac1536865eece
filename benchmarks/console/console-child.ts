import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { consoleData } from '../../addon/console/console-provider.ts';
import { Records } from '../../addon/record/records.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { ConsoleHost } from '../../console/thread/console-host.io.ts';
import { DAY_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { MemoryWorkloadTexts } from '../../storage/workload-texts.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { mainThreadSeconds } from '../addon/main-thread-cpu.ts';
import { PlanningFleet } from '../scale/planning-fleet.ts';

/** What a phase of ticks cost; of the main thread alone, which is the one that decides. */
export interface TickFigures {
  readonly ticks: number;
  /** Of the thread's CPU, by the number of ticks; scrapes and all that it answers are in it. */
  readonly threadCpuMs: number;
  /** Of all other threads in the whole phase: the console's, and what collects garbage. */
  readonly otherCpuMs: number;
  /** Of the tick alone, from its begin to its end. */
  readonly tickMs: readonly number[];
}

export type FromChild =
  | { readonly kind: 'up'; readonly url: string; readonly consoleBytes: number; readonly withoutBytes: number }
  | { readonly kind: 'phase'; readonly figures: TickFigures };

/** How many ticks, and how many seconds apart. */
export interface Phase {
  readonly ticks: number;
  readonly everySeconds: number;
}

const WARM_TICKS = 4;
const SCRIPT = new URL('../../console/thread/main.js', import.meta.url);
const PAGE = new URL('../../console/page/', import.meta.url);

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;
const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

async function residentBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await pause(1);
  }
  return process.memoryUsage().rss;
}

/** An actuator's planning with so many workloads and a console beside it; the parent says when ticks begin. */
async function serve(workloads: number): Promise<void> {
  const fleet = new PlanningFleet(workloads);
  await fleet.open();
  const history = new MemoryHistoryStore(8);
  const texts = () => new MemoryWorkloadTexts();
  const stores = { journal: texts(), ledger: texts(), baselines: texts(), bounds: texts() };
  const records = new Records({
    stores: { ...stores, forecasts: { store: history, append: async () => {} }, shared: true },
    isLeader: () => true,
    settled: () => true,
    epochSeconds: () => fleet.now,
    log: SILENT,
  });
  const data = consoleData({
    version: 'bench',
    replica: 'bench',
    acting: () => 'bench',
    isLeader: () => true,
    shared: true,
    epochSeconds: () => fleet.now,
    lastTickSeconds: () => fleet.now,
    recent: fleet.recent,
    records,
    baselines: { baselines: new Map(), of: () => ({ why: 'not in this benchmark', madeSeconds: null }) },
    bounds: () => ({ why: 'not in this benchmark' }),
    // The console asks for the week that ends now.
    history: { read: async (id) => ({ ...fleet.historyOf(id), startSeconds: weekStart() }) },
    sketches: new StartupSketches(fleet.now),
    statuses: () => fleet.statuses,
    boundsSeconds: [1, 10],
    metricId: (key, index) => `${key}#${index}`,
    unready: () => [],
    policyOf: () => undefined,
    whatIf: {
      workload: ({ ref }) => ({ key: '', ref, metrics: [], bounds: { min: 1, max: 1 }, idle: undefined }),
      hpaOf: async () => undefined,
      mostReplicas: 1_000,
    },
    objects: { annotations: async () => ({}), events: async () => [] },
  });
  for (let i = 0; i < WARM_TICKS; i++) await tick(fleet);
  const withoutBytes = await residentBytes();
  const host = await ConsoleHost.start({
    script: SCRIPT,
    settings: {
      listen: { host: '127.0.0.1', port: 0 },
      version: 'bench',
      token: undefined,
      replays: 'here',
      pageFolder: PAGE.href,
    },
    log: SILENT,
    data: () => data,
    statuses: () => fleet.statuses,
  });
  host.show();
  await pause(1);
  for (let i = 0; i < WARM_TICKS; i++) {
    await tick(fleet);
    host.show();
    await pause(1);
  }
  const consoleBytes = (await residentBytes()) - withoutBytes;
  send({ kind: 'up', url: `http://127.0.0.1:${host.address.port}`, consoleBytes, withoutBytes });
  process.on('message', async (phase: Phase | 'end') => {
    if (phase === 'end') {
      await host.close();
      process.disconnect();
    } else send({ kind: 'phase', figures: await ticksOf(fleet, host, phase) });
  });
}

/** Ticks at their times, each with what follows it: the console's share and a scrape. */
async function ticksOf(fleet: PlanningFleet, host: ConsoleHost, { ticks, everySeconds }: Phase): Promise<TickFigures> {
  const tickMs: number[] = [];
  const before = mainThreadSeconds(process.pid);
  const all = process.cpuUsage();
  for (let i = 0; i < ticks; i++) {
    const due = performance.now() + everySeconds * 1000;
    tickMs.push(await tick(fleet));
    host.show();
    await fleet.metrics.render();
    await pause(Math.max(0, due - performance.now()) / 1000);
  }
  const cpuSeconds = mainThreadSeconds(process.pid) - before;
  const { user, system } = process.cpuUsage(all);
  const otherCpuMs = (user + system) / 1000 - 1000 * cpuSeconds;
  return { ticks, threadCpuMs: (1000 * cpuSeconds) / ticks, otherCpuMs, tickMs };
}

function weekStart(): number {
  return Math.floor(Date.now() / 60_000) * MINUTE_SECONDS - 7 * DAY_SECONDS;
}

async function tick(fleet: PlanningFleet): Promise<number> {
  fleet.read();
  const begun = performance.now();
  await fleet.round();
  const took = performance.now() - begun;
  fleet.settle();
  return took;
}

function send(message: FromChild): void {
  process.send!(message);
}

await serve(Number(process.argv[2]));
