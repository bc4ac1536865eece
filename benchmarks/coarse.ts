import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrace } from '../collector/trace/read-trace.io.ts';
import { MINUTE_SECONDS, medianStepSeconds, type Samples } from '../core/series.ts';
import { DEFAULT_FILLING, FILLINGS, type Filling } from '../replay/filling/fill.ts';
import type { BenchOptions, BenchResult } from './bench.ts';
import { COARSE_POLICIES, COARSE_STEPS, type CoarseCell, coarseCells } from './coarse-cell.ts';
import { DEMAND_KINDS, generatedDemand } from './generated-demand.ts';
import { geometricMean } from './peers/verdicts.ts';

/** Wanted at this step: cost within 3 %, unmet demand within a factor of two. */
const TARGET_MINUTES = 5;
const TARGET_COST = 0.03;
const TARGET_UNMET = 2;
/** Of generated loads by the minute; none of them was used to choose a constant of the filling. */
const FIRST_SEED = 20;
const SEED_STEP = 5;

/** What each load is called, and its samples by the minute. */
type Loads = readonly (readonly [string, () => Promise<Samples>])[];

/** Loads by the minute against themselves, thinned to 5, 10 and 30 minutes and filled again. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const loads = [...(await recorded(options)), ...generated(options)].filter(([name]) =>
    name.includes(options.only ?? ''),
  );
  const cells: CoarseCell[] = [];
  for (const [name, read] of loads) {
    const began = performance.now();
    const own = coarseCells(name, await read(), options.neural ?? true);
    cells.push(...own);
    options.progress?.(progressLine(own, (performance.now() - began) / 1_000));
  }
  return {
    title: 'coarse',
    columns: ['load', 'policy', 'minutes', 'pod-hours', 'unmet %', ...FILLINGS.flatMap(columnsOf)],
    rows: cells.map(row),
    notes: NOTES,
    more: [summary(cells), verdicts(cells)],
  };
}

/** The filling that is the default, at the step of the target. */
function progressLine(cells: readonly CoarseCell[], seconds: number): string {
  const figures = cells
    .filter(({ minutes }) => minutes === TARGET_MINUTES)
    .map(({ policy, bias }) => {
      const { cost, unmet } = bias[DEFAULT_FILLING];
      return `${policy} ${(100 * cost).toFixed(1)} %, unmet × ${unmet.toFixed(2)}`;
    });
  return `${cells[0]!.load.padEnd(24)} ${figures.join('; ')}  [${seconds.toFixed(1)} s]`;
}

const NOTES = [
  'the replay of each load thinned to 5, 10 and 30 minutes and filled again, against the replay of all its minutes: 7 days of history, up to 7 replayed, pods of p50 9 s and p90 20 s, peak of the history ÷ 20 = one pod, rate[1m] of 15 s scrapes',
  'cost %: by how much its pod-hours are more; unmet ×, starts ×: how many times as much; 0.001 % is added to unmet demand on both sides',
  'generated loads are of seeds on which no constant was chosen; the recorded ones were looked at while the filling was built',
];

function columnsOf(filling: Filling): string[] {
  return [`${filling} cost %`, `${filling} starts ×`, `${filling} unmet ×`];
}

function row({ load, policy, minutes, full, bias }: CoarseCell): (string | number)[] {
  const figures = FILLINGS.flatMap((filling) => {
    const { cost, starts, unmet } = bias[filling];
    return [100 * cost, starts, unmet];
  });
  return [load, policy, minutes, full.podHours, full.unmetBp / 100, ...figures];
}

function summary(cells: readonly CoarseCell[]): BenchResult {
  const rows = COARSE_STEPS.flatMap((minutes) =>
    FILLINGS.flatMap((filling) =>
      COARSE_POLICIES.map((policy) => {
        const own = cells.filter((cell) => cell.minutes === minutes && cell.policy === policy);
        const biases = own.map(({ bias }) => bias[filling]);
        const costs = biases.map(({ cost }) => 100 * cost);
        const factors = biases.map(({ unmet }) => Math.max(unmet, 1 / unmet));
        return [
          minutes,
          filling,
          policy,
          biases.length,
          median(costs),
          median(costs.map(Math.abs)),
          Math.max(...costs.map(Math.abs)),
          geometricMean(biases.map(({ unmet }) => unmet)),
          Math.max(...factors),
          factors.filter((factor) => factor <= TARGET_UNMET).length,
          geometricMean(biases.map(({ starts }) => starts)),
        ];
      }),
    ),
  );
  return {
    title: 'coarse, all loads',
    columns: [
      'minutes',
      'filling',
      'policy',
      'loads',
      'cost %: median',
      'median off',
      'most off',
      'unmet ×: mean',
      'unmet ×: most off',
      'within 2',
      'starts ×: mean',
    ],
    rows,
    notes: [
      'off: in either direction; means of × are geometric; within 2: loads whose unmet demand is within a factor of two',
    ],
  };
}

/** The wanted and what came of it, a line a filling. */
function verdicts(cells: readonly CoarseCell[]): BenchResult {
  const own = cells.filter(({ minutes }) => minutes === TARGET_MINUTES);
  const rows = FILLINGS.map((filling) => {
    const cost = own.filter(({ bias }) => Math.abs(bias[filling].cost) <= TARGET_COST).length;
    const unmet = own.filter(({ bias }) => Math.abs(Math.log(bias[filling].unmet)) <= Math.log(TARGET_UNMET)).length;
    return [filling, own.length, cost, unmet, cost === own.length && unmet === own.length ? 'met' : 'NOT MET'];
  });
  return {
    title: `coarse, wanted at ${TARGET_MINUTES} minutes`,
    columns: ['filling', 'replays', `cost within ${100 * TARGET_COST} %`, `unmet within × ${TARGET_UNMET}`, 'in all'],
    rows,
    notes: [],
  };
}

async function recorded({ traces }: BenchOptions): Promise<Loads> {
  const files = (await readdir(traces).catch(() => [])).filter((file) => file.endsWith('.csv')).sort();
  const loads: [string, () => Promise<Samples>][] = [];
  for (const file of files) {
    const { samples } = await readTrace(join(traces, file));
    if (medianStepSeconds(samples.times) === MINUTE_SECONDS) {
      loads.push([file.slice(0, -'.csv'.length), async () => samples]);
    }
  }
  return loads;
}

function generated({ quick }: BenchOptions): Loads {
  return DEMAND_KINDS.filter((_, i) => !quick || i % 3 === 0).map((kind) => {
    const seed = FIRST_SEED + SEED_STEP * DEMAND_KINDS.indexOf(kind);
    return [`generated ${kind}`, async () => generatedDemand(kind, seed)];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
