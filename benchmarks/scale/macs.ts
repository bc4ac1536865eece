import type { BenchResult } from '../bench.ts';
import { now, RedisFleet } from './redis-fleet.ts';
import { median, ROW_COLUMNS, row } from './rows.ts';

/** Of a cycle: of what a refit, and of what a collector's minute takes. */
const WANTED_PERCENT = 5;
/** A minute has so many ticks, and is recorded once. */
const TICKS_A_MINUTE = 4;

export interface MacsLoad {
  readonly workloads: number;
  readonly rounds: number;
  readonly refitsARound: number;
  readonly minutes: number;
}

/**
 * What the MACs of a Redis with a key cost: two fleets side by side, one with a key and one without, do the same in turn.
 * @param tickSeconds what a collector takes to ask for the newest values of as many workloads
 */
export async function macsBench(
  { workloads, rounds, refitsARound, minutes }: MacsLoad,
  tickSeconds: number,
  told: (line: string) => void,
): Promise<BenchResult> {
  const keyed = await RedisFleet.start(workloads, 'keyed');
  const plain = await RedisFleet.start(workloads, 'plain').catch(async (error: unknown) => {
    await keyed.stop();
    throw error;
  });
  try {
    const refitMs = { keyed: [] as number[], plain: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      // Who comes second has a warmer machine: in turn.
      for (const kind of round % 2 === 0 ? (['keyed', 'plain'] as const) : (['plain', 'keyed'] as const)) {
        const fleet = kind === 'keyed' ? keyed : plain;
        const { cpuSeconds, done } = await fleet.cycle({ workers: 1, jobs: refitsARound, calibratingEach: 0 });
        refitMs[kind].push((1000 * cpuSeconds) / done);
      }
      told(`MACs, round ${round + 1} of ${rounds}`);
    }
    const minuteMs = { keyed: [] as number[], plain: [] as number[] };
    const from = Math.floor(now() / 60) * 60;
    for (let minute = 1; minute <= minutes; minute++) {
      for (const kind of minute % 2 === 0 ? (['keyed', 'plain'] as const) : (['plain', 'keyed'] as const)) {
        const fleet = kind === 'keyed' ? keyed : plain;
        const began = performance.now();
        await fleet.record(from + minute * 60);
        minuteMs[kind].push(performance.now() - began);
      }
    }
    const more = (pairs: { keyed: readonly number[]; plain: readonly number[] }) =>
      100 * (median(pairs.keyed.map((ms, i) => ms / pairs.plain[i]!)) - 1);
    const added = median(minuteMs.keyed.map((ms, i) => ms - minuteMs.plain[i]!));
    const whole = TICKS_A_MINUTE * 1000 * tickSeconds + median(minuteMs.plain);
    return {
      title: `What MACs cost: ${workloads} workloads with and without a key, in turn`,
      columns: ROW_COLUMNS,
      rows: [
        row('CPU a refit, all threads of a forecaster, without a key', median(refitMs.plain), 'ms'),
        row('what the MACs add to it', more(refitMs), '%', WANTED_PERCENT),
        row('recording a minute of all, without a key', median(minuteMs.plain), 'ms'),
        row('what the MACs add to that alone', more(minuteMs), '%'),
        row(
          "what they add to a collector's minute: four ticks asked for, one minute recorded",
          (100 * added) / whole,
          '%',
          WANTED_PERCENT,
        ),
      ],
      notes: ['medians of pairs; forecasters, both redis-servers and what drives them share the cores of one machine'],
    };
  } finally {
    await Promise.all([keyed.stop(), plain.stop()]);
  }
}
