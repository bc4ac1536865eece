import { defaultConfig } from '../../addon/config/config.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';
import { COLLECTOR_COLUMNS, collectorBench, inChild } from './collector.ts';
import { type CollectorLoad, series } from './collector-load.ts';
import { CALIBRATING_EACH, type FleetFigures, fleetRows } from './cycle.ts';
import { type Costs, growthOf } from './growth.ts';
import { macsBench } from './macs.ts';
import { planningBench } from './planning.ts';
import { servePrometheus } from './prometheus.ts';
import { type CycleFigures, RedisFleet, type StoreFigures } from './redis-fleet.ts';
import { ROW_COLUMNS, type Row, row } from './rows.ts';
import { takingBench } from './taking.ts';

type Told = (line: string) => void;

const WANTED_WORKLOADS = 10_000;
const SIZES = [100, 1_000, 5_000, 10_000, 20_000];
const QUICK_SIZES = [100, 1_000];
/** Above the size that is measured in detail a cycle is timed over so many refits, with all in the queue; so are calibrating ones. */
const MEASURED = 2_500;
const QUICK_MEASURED = 250;
const TAKING_TICKS = 4;
const QUICK_TAKING_TICKS = 2;
const WANTED_COLLECTOR_SECONDS = 5;
const WANTED_PLANNING_MS = 1_000;
const WANTED_PROCESS_MB = 500;
/** As config.collector has them. */
const { batchSize, concurrency } = defaultConfig().collector;
const COLLECTOR_TICKS = 5;

/**
 * Prescale over Redis from 100 to 20,000 workloads: forecasters as they are shipped on a real Redis, planning without network, a
 * collector's query on a real Prometheus; all on one machine.
 */
export async function run({ quick, only = '', progress = () => {} }: BenchOptions): Promise<BenchResult> {
  const parts = new ScaleParts(quick, progress);
  const wanted = (part: string) => part.includes(only);
  if (wanted('planning')) await parts.planning();
  if (wanted('collector')) await parts.collector();
  if (wanted('cycle')) await parts.cycles();
  if (wanted('macs')) await parts.macs();
  return parts.result();
}

class ScaleParts {
  private readonly quick: boolean;
  private readonly told: Told;
  private readonly sizes: readonly number[];
  /** The size that is measured in detail. */
  private readonly size: number;
  private readonly rows: Row[] = [];
  private readonly costs = new Map<number, Costs>();
  private readonly tables: BenchResult[] = [];

  constructor(quick: boolean, told: Told) {
    this.quick = quick;
    this.told = told;
    this.sizes = quick ? QUICK_SIZES : SIZES;
    this.size = quick ? QUICK_SIZES.at(-1)! : WANTED_WORKLOADS;
  }

  async planning(): Promise<void> {
    const table = await planningBench((line) => this.told(`planning, ${line}`), this.quick);
    this.tables.push(table);
    const value = (cells: BenchResult['rows'][number], column: string) => Number(cells[table.columns.indexOf(column)]);
    for (const cells of table.rows) {
      const workloads = Number(cells[0]);
      const planningMs = value(cells, 'CPU a tick, ms');
      this.cost(workloads, { planningMs });
      if (workloads !== this.size) continue;
      this.rows.push(
        row(`planning ${workloads} workloads, CPU a tick`, planningMs, 'ms', this.ofSize(WANTED_PLANNING_MS)),
        row('most resident memory of an actuator', value(cells, 'resident, MB'), 'MB', this.ofSize(WANTED_PROCESS_MB)),
      );
    }
  }

  async collector(): Promise<void> {
    const rows = this.quick ? [] : await collectorBench(this.told);
    const measured = rows.map((cells) => cells[0]);
    for (const workloads of this.sizes) {
      if (!measured.includes(workloads))
        rows.push(await collectorRow({ kind: 'template', workloads, namespaces: 50 }, this.told));
    }
    this.tables.push({
      title: 'Collector: a tick against a real Prometheus on the same machine',
      columns: COLLECTOR_COLUMNS,
      rows,
      notes: ['s a tick: from the first request until all values are there, a median; RSS at its highest'],
    });
    const [seconds, mostSeconds, memory] = ['s a tick', 'most s', 'RSS MB'].map((name) => columnOf(name));
    for (const cells of rows) {
      if (cells[columnOf('asked by')] === 'template')
        this.cost(Number(cells[0]), { collectorSeconds: Number(cells[seconds!]) });
    }
    const ofSize = rows.filter(([workloads]) => workloads === this.size);
    const worst = (column: number) => Math.max(...ofSize.map((cells) => Number(cells[column])));
    const what = `the newest minute of ${this.size} workloads from Prometheus, at worst`;
    this.rows.push(
      row(what, worst(mostSeconds!), 's', this.ofSize(WANTED_COLLECTOR_SECONDS)),
      row('most resident memory of a collector', worst(memory!), 'MB', this.ofSize(WANTED_PROCESS_MB)),
    );
  }

  async cycles(): Promise<void> {
    for (const workloads of this.sizes) {
      const fleet = await RedisFleet.start(workloads);
      try {
        const figures = workloads === this.size ? await this.detailed(fleet) : await this.brief(fleet);
        const redisMb = figures.store.memory.usedBytes / 1e6;
        this.cost(workloads, { cycleSeconds: figures.two.seconds, redisMb });
      } finally {
        await fleet.stop();
      }
    }
  }

  async macs(): Promise<void> {
    const load = this.quick
      ? { workloads: 200, rounds: 3, refitsARound: 100, minutes: 10 }
      : { workloads: 1_000, rounds: 7, refitsARound: 300, minutes: 60 };
    const asked = await collectorRow({ kind: 'template', workloads: load.workloads, namespaces: 50 }, this.told);
    this.tables.push(await macsBench(load, Number(asked[columnOf('s a tick')]), this.told));
  }

  result(): BenchResult {
    const sizes = this.sizes.flatMap((size) => this.costs.get(size) ?? []);
    const { columns, rows, worst } = growthOf(sizes);
    const measured = this.quick ? QUICK_MEASURED : MEASURED;
    const ofSome = `over ${measured} refits with all in the queue, and the rest reckoned at that pace`;
    const growth: BenchResult = {
      title: 'Growth: each cost, and its factor to the row before',
      columns,
      rows,
      notes: [
        'cycle: routine refits of all workloads by two forecasters; Redis: used_memory with all histories, forecasts and jobs',
        ...(this.quick ? [] : [`with more than ${WANTED_WORKLOADS} a cycle is timed ${ofSome}`]),
      ],
    };
    return {
      title: `Prescale over Redis, ${this.size} workloads with seven days by the minute each`,
      columns: ROW_COLUMNS,
      rows: [...this.rows, worst],
      notes: [
        ...(this.quick ? [`a quick run: what is wanted of ${WANTED_WORKLOADS} workloads is not compared`] : []),
        'forecasters, redis-server, Prometheus and what drives them share the cores of one machine',
        'queue and store a job: the time of the forecasters less that of their fitting threads, a job',
        `one in ${CALIBRATING_EACH} calibrating: timed ${ofSome}`,
        'Redis with all of it: eight days of room a history, a forecast of each workload, a waiting job and one that comes again of each',
      ],
      more: [growth, ...this.tables],
    };
  }

  private async detailed(fleet: RedisFleet): Promise<FleetFigures> {
    const { workloads } = fleet;
    const measured = this.quick ? QUICK_MEASURED : MEASURED;
    const two = this.say(await fleet.cycle({ workers: 2, jobs: workloads, calibratingEach: 0 }));
    const one = this.say(await fleet.cycle({ workers: 1, jobs: workloads, calibratingEach: 0 }));
    const taking = await takingBench(fleet, this.quick ? QUICK_TAKING_TICKS : TAKING_TICKS);
    this.told(
      `forecasts are taken ${taking.waitedSeconds.toFixed(1)} s after they were published, ${taking.late} late`,
    );
    const mixed = { workers: 2, jobs: workloads, calibratingEach: CALIBRATING_EACH, measured };
    const calibrating = this.say(await fleet.cycle(mixed));
    const store = await fleet.store();
    const points = defaultConfig().store.retentionDays * 1_440;
    const figures = { workloads, one, two, calibrating, taking, store, points };
    this.rows.push(...fleetRows(figures, workloads === WANTED_WORKLOADS));
    return figures;
  }

  private async brief(fleet: RedisFleet): Promise<{ two: CycleFigures; store: StoreFigures }> {
    const measured = fleet.workloads > WANTED_WORKLOADS ? { measured: MEASURED } : {};
    const cycle = { workers: 2, jobs: fleet.workloads, calibratingEach: 0, ...measured };
    return { two: this.say(await fleet.cycle(cycle)), store: await fleet.store() };
  }

  private say(figures: CycleFigures): CycleFigures {
    const { jobs, workers, calibratingEach, seconds, done } = figures;
    const what = calibratingEach > 0 ? `, one in ${calibratingEach} calibrating` : '';
    this.told(`${jobs} refits${what} by ${workers}: ${seconds.toFixed(0)} s (${done} done)`);
    return figures;
  }

  private cost(workloads: number, cost: Partial<Costs>): void {
    const unknown = { workloads, cycleSeconds: NaN, redisMb: NaN, planningMs: NaN, collectorSeconds: NaN };
    this.costs.set(workloads, { ...(this.costs.get(workloads) ?? unknown), ...cost });
  }

  /** Wanted only of the size that it was said of. */
  private ofSize(value: number): number | undefined {
    return this.size === WANTED_WORKLOADS ? value : undefined;
  }
}

async function collectorRow(load: CollectorLoad, told: Told): Promise<(string | number)[]> {
  const server = await servePrometheus(series(load));
  try {
    const task = { url: server.url, load, batchSize, concurrency, ticks: COLLECTOR_TICKS };
    const { values, medianSeconds, mostSeconds, cpuSeconds, mostRssBytes } = await inChild(task);
    const { workloads, kind, namespaces } = load;
    told(`collector, ${workloads} by ${kind}: ${medianSeconds.toFixed(2)} s a tick`);
    const asked = [workloads, kind, namespaces, batchSize, values];
    return [...asked, medianSeconds, mostSeconds, cpuSeconds, Math.round(mostRssBytes / 1e6)];
  } finally {
    await server.stop();
  }
}

function columnOf(name: string): number {
  return (COLLECTOR_COLUMNS as readonly string[]).indexOf(name);
}
