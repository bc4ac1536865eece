import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { ConsoleData } from '../../addon/console/console-data.ts';
import { consoleData } from '../../addon/console/console-provider.ts';
import { expectedChange } from '../../addon/engine/expected-change.ts';
import { Records } from '../../addon/record/records.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { ConsoleHost } from '../../console/thread/console-host.io.ts';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
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
  | {
      readonly kind: 'up';
      /** Of the console; empty without one. */
      readonly url: string;
      /** Of the whole process, resident. */
      readonly bytes: number;
      /** More of it with a thread that does nothing; only without a console. */
      readonly emptyBytes: number | undefined;
    }
  | { readonly kind: 'phase'; readonly figures: TickFigures }
  | { readonly kind: 'memory'; readonly bytes: number };

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

/** What V8 gives back comes little by little: so many readings in a row have to agree. */
const AGREEING = 12;
const AGREEING_BYTES = 1e6;
const MOST_READINGS = 90;

/** Once nothing is given back any more. */
async function residentBytes(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < MOST_READINGS; i++) {
    collectGarbage();
    await pause(1);
    readings.push(process.memoryUsage().rss);
    const last = readings.slice(-AGREEING);
    if (last.length === AGREEING && Math.max(...last) - Math.min(...last) < AGREEING_BYTES) break;
  }
  return readings.at(-1)!;
}

/** An actuator's planning with so many workloads, and where asked for a console beside it; the parent says when ticks begin. */
async function serve(workloads: number, withConsole: boolean): Promise<void> {
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
    nextChange: (key) => {
      const workload = fleet.engine.get(key);
      return workload && expectedChange(workload);
    },
    objects: { annotations: async () => ({}), events: async () => ({ events: [], truncated: false }) },
  });
  for (let i = 0; i < WARM_TICKS; i++) await tick(fleet);
  const host = withConsole ? await begin(fleet, data) : undefined;
  for (let i = 0; i < WARM_TICKS; i++) {
    await tick(fleet);
    host?.show();
    await pause(1);
  }
  const bytes = await residentBytes();
  send({
    kind: 'up',
    url: host ? `http://127.0.0.1:${host.address.port}` : '',
    bytes,
    emptyBytes: host ? undefined : (await withIdleThread()) - bytes,
  });
  // Whoever asked is gone.
  process.once('disconnect', () => void host?.close());
  process.on('message', async (phase: Phase | 'memory' | 'end') => {
    if (phase === 'memory') send({ kind: 'memory', bytes: await residentBytes() });
    else if (phase !== 'end') send({ kind: 'phase', figures: await ticksOf(fleet, host, phase) });
    else process.disconnect();
  });
}

function begin(fleet: PlanningFleet, data: ConsoleData): Promise<ConsoleHost> {
  return ConsoleHost.start({
    pause: othersFirst,
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
}

async function withIdleThread(): Promise<number> {
  const idle = new Worker('require("node:worker_threads").parentPort.on("message", () => {})', { eval: true });
  const bytes = await residentBytes();
  await idle.terminate();
  return bytes;
}

/** Ticks at their times, each with what follows it: the console's share and a scrape. */
async function ticksOf(
  fleet: PlanningFleet,
  host: ConsoleHost | undefined,
  { ticks, everySeconds }: Phase,
): Promise<TickFigures> {
  const tickMs: number[] = [];
  const before = mainThreadSeconds(process.pid);
  const all = process.cpuUsage();
  for (let i = 0; i < ticks; i++) {
    const due = performance.now() + everySeconds * 1000;
    tickMs.push(await tick(fleet));
    host?.show();
    await othersFirst();
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
  await othersFirst();
  const begun = performance.now();
  await fleet.round();
  const took = performance.now() - begun;
  // Pods come and go by themselves, and the console's share follows the tick.
  await othersFirst();
  await fleet.settleSlowly();
  await othersFirst();
  return took;
}

function send(message: FromChild): void {
  process.send!(message);
}

await serve(Number(process.argv[2]), process.argv[3] === 'console');
