import { InputError } from '../../../core/errors.ts';
import type { Samples } from '../../../core/series.ts';
import { movementOf, rateOf } from '../profile/counter.ts';
import type { Finding } from './finding.ts';
import { counted, percent } from './wording.ts';

/** What a person says a series is: `counter`, a total that only rises; `gauge`, the load itself. */
export type TraceKind = 'counter' | 'gauge';

/** A series as the load that it stands for, and what that reading must be told with. */
export interface Demand {
  readonly samples: Samples;
  readonly findings: readonly Finding[];
}

/** More falls than this share of the moves: whatever it is, it is no counter. */
const MOST_COUNTER_FALLS = 0.15;

/**
 * The load of a series: of a counter its rate, else the series.
 * @param kind undefined: nobody said, so it is a gauge
 * @param where file and line, or the server, for errors
 * @throws InputError where it is said to be a counter and is none
 */
export function demandOf(samples: Samples, kind: TraceKind | undefined, where: string): Demand {
  const { rises, falls, isCounter } = movementOf(samples);
  if (kind !== 'counter') return { samples, findings: kind === 'gauge' && isCounter ? [asGauge(rises, falls)] : [] };
  const moves = rises + falls;
  if (falls > MOST_COUNTER_FALLS * moves) {
    throw new InputError(
      `${where}: --counter: found a series that falls in ${percent(falls / moves)} of its moves; expected a counter, which falls only where it begins anew (leave --counter out)`,
    );
  }
  const { samples: rate, resets, unexplainedFalls } = rateOf(samples);
  if (rate.times.length < 2) {
    throw new InputError(`${where}: --counter: found ${counted(samples.times.length, 'row')}; expected at least three`);
  }
  return { samples: rate, findings: [asRate(resets, unexplainedFalls)] };
}

/**
 * Refuses what would be replayed as a load that grows for ever.
 * @param isQuery the series is a query's, which can ask for the rate itself
 * @throws InputError for a counter of which nobody said what it is
 */
export function refuseCounter(samples: Samples, where: string, isQuery: boolean): void {
  const { rises, falls, isCounter } = movementOf(samples);
  if (!isCounter) return;
  const rate = isQuery ? 'ask for its rate (rate(…[1m])), or take' : 'take';
  throw new InputError(
    `${where}: found a counter (${counted(rises, 'rise')}, ${counted(falls, 'fall')}); expected a load: ${rate} --counter to replay its rate a second, or --gauge if it is a load that grows`,
  );
}

function asRate(resets: number, unexplainedFalls: number): Finding {
  const begun = resets === 0 ? 'it never began anew' : `it began anew ${resets === 1 ? 'once' : `${resets} times`}`;
  const what = `Read as a counter (--counter): the load is its rate a second; ${begun}.`;
  if (unexplainedFalls === 0) {
    return {
      name: 'counter',
      severity: 'note',
      what,
      meaning: 'What a pod serves (--pod-capacity) is a rate a second, too.',
      values: { readAs: 'rate', resets, unexplainedFalls },
    };
  }
  return {
    name: 'counter',
    severity: 'warning',
    what,
    meaning: `It fell ${unexplainedFalls === 1 ? 'once' : `${unexplainedFalls} times`} to more than it could have counted since, as a sum does that loses a member: no data there. Better is a sum of rates, sum(rate(…[1m])).`,
    values: { readAs: 'rate', resets, unexplainedFalls },
  };
}

function asGauge(rises: number, falls: number): Finding {
  return {
    name: 'counter',
    severity: 'warning',
    what: `It only rises (${counted(rises, 'rise')}, ${counted(falls, 'fall')}), and is taken as a load that grows (--gauge).`,
    meaning: 'If it is a total (requests since the start), only its rate is a load: --counter.',
    values: { readAs: 'gauge', rises, falls },
  };
}
