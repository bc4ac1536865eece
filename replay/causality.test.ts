import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../collector/trace/read-trace.io.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Samples } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { dailyLoad, SETTINGS, sampled } from '../test/generated-traces.ts';
import { runs } from '../test/property.ts';
import { DEFAULT_OBSERVATION, EXACT_OBSERVATION, type Observation } from './observation.ts';
import { replay } from './replay.ts';
import type { ReplaySettings } from './result.ts';

/** Those that neither decide in hindsight nor see the future by their definition. */
const POLICIES = ['predictive', 'hpa', 'cron', 'fixed'] as const;
const OBSERVATIONS: readonly Observation[] = [
  DEFAULT_OBSERVATION,
  EXACT_OBSERVATION,
  { kind: 'rate', scrapeSeconds: 30, windowSeconds: 120, lossProbability: 0.05 },
  { kind: 'gauge', scrapeSeconds: 15, lossProbability: 0 },
];

/** The first tick at which the decisions, observations or forecasts of two replays differ, and who decided otherwise. */
function firstDifference(a: Samples, b: Samples, settings: ReplaySettings): { tick: number; what: string } {
  const [one, two] = [a, b].map((samples) => replay(samples, eciStartup(), settings).timeline);
  let first = { tick: Number.POSITIVE_INFINITY, what: 'nothing' };
  const compare = (what: string, left: ArrayLike<number>, right: ArrayLike<number>) => {
    const length = Math.min(left.length, right.length, first.tick);
    for (let tick = 0; tick < length; tick++) {
      if (Object.is(left[tick], right[tick])) continue;
      first = { tick, what };
      return;
    }
  };
  for (const [i, run] of one!.runs.entries()) {
    for (const part of ['desired', 'total', 'ready', 'started'] as const) {
      compare(`${run.name} ${part}`, run[part], two!.runs[i]![part]);
    }
  }
  for (const part of ['observed', 'forecastP50', 'forecastUpper'] as const) compare(part, one![part], two![part]);
  return first;
}

describe('a trace that differs only after t gives the same decisions up to t', () => {
  for (const step of [60, 300, 600, 1_800, 3_600]) {
    it(`with a sample each ${step / 60} min, however it is observed`, () => {
      const samples = sampled(30 * HOUR_SECONDS, dailyLoad(step), step);
      const others = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e4, noNaN: true })), {
        minLength: 1,
        maxLength: 20,
      });
      const kept = fc.integer({ min: (24 * HOUR_SECONDS) / step, max: samples.times.length - 2 });
      fc.assert(
        fc.property(kept, others, fc.constantFrom(...OBSERVATIONS), fc.nat(9), (last, values, observation, seed) => {
          const changed = samples.values.map((value, i) => (i <= last ? value : values[i % values.length]!));
          const settings: ReplaySettings = { ...SETTINGS, policies: POLICIES, observation, seed };
          const { tick, what } = firstDifference(samples, { times: samples.times, values: changed }, settings);
          // The tick of the last sample that is the same, and no earlier one.
          expect(tick, what).toBeGreaterThan((last * step - DAY_SECONDS) / TICK_SECONDS);
        }),
        { numRuns: runs(3) },
      );
    });
  }

  it('though rows are missing after t, or the trace ends there', () => {
    const samples = sampled(30 * HOUR_SECONDS, dailyLoad(8), 600);
    const last = (27 * HOUR_SECONDS) / 600;
    const settings: ReplaySettings = { ...SETTINGS, policies: POLICIES };
    const until = (end: number) => ({ times: samples.times.slice(0, end), values: samples.values.slice(0, end) });
    const thinner = [...samples.times.keys()].filter((i) => i <= last || i % 2 === 0);
    const rows = {
      times: Float64Array.from(thinner, (i) => samples.times[i]!),
      values: Float64Array.from(thinner, (i) => samples.values[i]!),
    };
    const lastTick = (last * 600 - DAY_SECONDS) / TICK_SECONDS;
    for (const other of [until(last + 1), until(last + 3), rows]) {
      const { tick, what } = firstDifference(samples, other, settings);
      expect(tick, what).toBeGreaterThan(lastTick);
    }
  });

  it('past the days at which the margins are calibrated, with samples each ten minutes', () => {
    const samples = sampled(4 * DAY_SECONDS + 30 * HOUR_SECONDS, dailyLoad(2), 600);
    const settings: ReplaySettings = { ...SETTINGS, historySeconds: 4 * DAY_SECONDS, policies: ['predictive'] };
    const last = (5 * DAY_SECONDS) / 600 + 18;
    const values = samples.values.map((value, i) => (i <= last ? value : 5 * value));
    const { tick, what } = firstDifference(samples, { times: samples.times, values }, settings);
    expect(tick, what).toBeGreaterThan((last * 600 - 4 * DAY_SECONDS) / TICK_SECONDS);
    expect(tick).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

const PAIR = ['../shared/inputs/lookA.csv', '../shared/inputs/lookB.csv'] as const;
const present = PAIR.every((file) => existsSync(file));
if (!present) console.log(`skipped: ${PAIR.join(' and ')} are not there`);

it.skipIf(!present)(
  'two hourly traces that differ in their last sample only differ in decisions of the last hour only',
  async () => {
    const [a, b] = await Promise.all(PAIR.map(async (file) => (await readTrace(file)).samples));
    const settings: ReplaySettings = {
      ...SETTINGS,
      historySeconds: 7 * DAY_SECONDS,
      podCapacity: Math.max(...a!.values) / 20,
      policies: POLICIES,
    };
    const { times } = a!;
    expect([...times]).toEqual([...b!.times]);
    const lastHour = (times.at(-2)! - times[0]! - 7 * DAY_SECONDS) / TICK_SECONDS;
    const { tick, what } = firstDifference(a!, b!, settings);
    expect(tick, what).toBeGreaterThan(lastHour);
    expect(tick).toBeLessThan(Number.POSITIVE_INFINITY);
  },
);
