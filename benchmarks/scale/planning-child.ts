import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PlanningFleet } from './planning-fleet.ts';

/** What one size came to. CPU of all threads of the process, so that collecting garbage counts. */
export interface PlanningFigures {
  readonly workloads: number;
  readonly tickCpuSeconds: number;
  readonly mostTickCpuSeconds: number;
  readonly statusMapCpuSeconds: number;
  readonly renderCpuSeconds: number;
  readonly renderBytes: number;
  /** Of a tick that takes its share of hourly forecasts, beyond one that takes none. */
  readonly adoptCpuSeconds: number;
  /** At its highest. */
  readonly rssBytes: number;
  /** On the heap and in arrays beside it when garbage is gone, without what was there before the workloads. */
  readonly keptBytes: number;
  readonly largestMapBytes: number;
}

/** Those that open, learn and compile. */
const WARM_TICKS = 12;
const TICKS_A_MINUTE = 4;
const TICKS_AN_HOUR = 240;
const ADOPTING_TICKS = 8;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function keptBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function cpuSecondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function measure(workloads: number, ticks: number): Promise<PlanningFigures> {
  const fleet = new PlanningFleet(workloads);
  const before = keptBytes();
  await fleet.open();
  const tick = async (): Promise<number> => {
    fleet.read();
    const seconds = await cpuSecondsOf(() => fleet.round());
    fleet.settle();
    return seconds;
  };
  const pass = async (count: number, each: () => void = () => {}): Promise<number[]> => {
    const seconds: number[] = [];
    for (let i = 0; i < count; i++) {
      each();
      seconds.push(await tick());
      if (i % TICKS_A_MINUTE === 0) maps.push(await cpuSecondsOf(() => fleet.minutely()));
    }
    return seconds;
  };
  const maps: number[] = [];
  await pass(WARM_TICKS);
  const cpu = await pass(ticks);
  const adopting = await pass(ADOPTING_TICKS, () => fleet.publish(Math.ceil(workloads / TICKS_AN_HOUR)));
  let renderBytes = 0;
  const renderCpuSeconds = await cpuSecondsOf(async () => {
    renderBytes = (await fleet.metrics.render()).length;
  });
  await pass(TICKS_A_MINUTE);
  // Linux counts it in kilobytes.
  const rssBytes = 1024 * process.resourceUsage().maxRSS;
  return {
    workloads,
    tickCpuSeconds: mean(cpu),
    mostTickCpuSeconds: Math.max(...cpu),
    statusMapCpuSeconds: mean(maps),
    renderCpuSeconds,
    renderBytes,
    adoptCpuSeconds: mean(adopting) - mean(cpu),
    rssBytes,
    keptBytes: keptBytes() - before,
    largestMapBytes: fleet.api.largestMapBytes,
  };
}

const [workloads, ticks] = process.argv.slice(2).map(Number);
const figures = await measure(workloads!, ticks!);
if (process.send) {
  process.send(figures);
  process.disconnect();
} else process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
