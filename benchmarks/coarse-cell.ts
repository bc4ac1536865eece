import { MINUTE_SECONDS, type Samples } from '../core/series.ts';
import { eciStartup } from '../core/startup.ts';
import { runFigures } from '../replay/figures.ts';
import { FILLINGS, type Filling } from '../replay/filling/fill.ts';
import { replay } from '../replay/replay.ts';
import type { PolicyName, ReplaySettings } from '../replay/result.ts';
import { firstDays, HISTORY_DAYS, settingsFor } from './frontier-cell.ts';

const REPLAYED_DAYS = 7;
/** Minutes. */
export const COARSE_STEPS = [5, 10, 30] as const;
export const COARSE_POLICIES = ['hpa', 'predictive'] as const satisfies readonly PolicyName[];
/** Basis points, a tenth of the usual SLO's: what is left unmet is compared with so much more on both sides, so that nothing to nothing is one. */
const UNMET_FLOOR_BP = 0.1;

/** What one policy did on one load. */
interface Outcome {
  readonly podHours: number;
  readonly starts: number;
  readonly unmetBp: number;
}

/** A replay of the thinned load against that of the full one. */
export interface Bias {
  /** Pod-hours: share by which they are more. */
  readonly cost: number;
  /** Pod starts and unmet demand: how many times as many. */
  readonly starts: number;
  readonly unmet: number;
}

export interface CoarseCell {
  readonly load: string;
  readonly policy: (typeof COARSE_POLICIES)[number];
  readonly minutes: number;
  readonly full: Outcome;
  readonly bias: Readonly<Record<Filling, Bias>>;
}

/** A load by the minute under both policies, in full and thinned to each step with each filling. */
export function coarseCells(load: string, samples: Samples, hasNetwork: boolean): CoarseCell[] {
  const minutes = firstDays(samples, HISTORY_DAYS + REPLAYED_DAYS);
  // A pod is as large for the thinned load as for the full one.
  const settings = settingsFor(minutes, hasNetwork, COARSE_POLICIES);
  const full = outcomes(minutes, settings);
  return COARSE_STEPS.flatMap((step) => {
    const thinned = thin(minutes, step * MINUTE_SECONDS);
    const filled = new Map(FILLINGS.map((filling) => [filling, outcomes(thinned, { ...settings, filling })]));
    return COARSE_POLICIES.map((policy): CoarseCell => {
      const biasOf = (filling: Filling) => bias(filled.get(filling)![policy], full[policy]);
      const all = Object.fromEntries(FILLINGS.map((filling) => [filling, biasOf(filling)]));
      return { load, policy, minutes: step, full: full[policy], bias: all as Record<Filling, Bias> };
    });
  });
}

function bias(thinned: Outcome, full: Outcome): Bias {
  return {
    cost: thinned.podHours / full.podHours - 1,
    starts: (thinned.starts + 1) / (full.starts + 1),
    unmet: (thinned.unmetBp + UNMET_FLOOR_BP) / (full.unmetBp + UNMET_FLOOR_BP),
  };
}

function outcomes(samples: Samples, settings: ReplaySettings): Record<(typeof COARSE_POLICIES)[number], Outcome> {
  const { timeline } = replay(samples, eciStartup(), settings);
  const of = (name: PolicyName): Outcome => {
    const run = timeline.runs.find((one) => one.name === name)!;
    const { podHours, starts, unmetBp } = runFigures(timeline, run, settings);
    return { podHours, starts, unmetBp };
  };
  return { hpa: of('hpa'), predictive: of('predictive') };
}

/** The rows that are a whole number of steps after the first one. */
function thin({ times, values }: Samples, stepSeconds: number): Samples {
  const kept = [...times.keys()].filter((i) => (times[i]! - times[0]!) % stepSeconds === 0);
  return { times: Float64Array.from(kept, (i) => times[i]!), values: Float64Array.from(kept, (i) => values[i]!) };
}
