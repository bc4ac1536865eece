import { duration, percent } from '../report/wording.ts';
import { DEFAULT_FILLING, type Filling, isCoarse } from './fill.ts';
import { FILLING_BIAS, type FillingBias, type PolicyBias } from './filling-bias.ts';

/** In report.json, of a trace whose samples are over a minute apart: how the demand between them was made up. */
export interface FillingFacts {
  readonly method: Filling;
  readonly stepSeconds: number;
  /** How far replays of loads thinned to the nearest step were off; nothing where the method is not the usual one. */
  readonly measured?: FillingBias;
  /** What the step hides, and that in words. */
  readonly text: string;
}

/** @returns undefined where nothing was filled */
export function fillingFacts(stepSeconds: number, method: Filling = DEFAULT_FILLING): FillingFacts | undefined {
  if (!isCoarse(stepSeconds)) return undefined;
  const hides = `Samples are ${duration(stepSeconds)} apart: what the load did between two of them is not in the trace, least of all a peak that is shorter.`;
  if (method !== DEFAULT_FILLING)
    return { method, stepSeconds, text: `${hides} It is filled by the method "${method}".` };
  const measured = biasAt(stepSeconds);
  const text = `${hides} It is made up, as rough as the trace itself is between its samples. ${measuredWords(measured, stepSeconds)}`;
  return { method, stepSeconds, measured, text };
}

/** The finest measured step that is not finer; else the coarsest. */
function biasAt(stepSeconds: number): FillingBias {
  return FILLING_BIAS.find((bias) => bias.stepSeconds >= stepSeconds) ?? FILLING_BIAS.at(-1)!;
}

function measuredWords(bias: FillingBias, stepSeconds: number): string {
  const step = duration(bias.stepSeconds);
  const beyond = bias.stepSeconds < stepSeconds ? `; coarser ones were not measured, and are further off` : '';
  return `When ${bias.loads} loads by the minute were thinned to ${step} and replayed so, the HPA ${off(bias.hpa)}, Prescale ${off(bias.predictive)}${beyond}.`;
}

function off({ costMedianOff, costMostOff, unmetWithinTwo, unmetMostOff }: PolicyBias): string {
  const most = unmetMostOff >= 10 ? unmetMostOff.toFixed(0) : unmetMostOff.toFixed(1);
  return `cost ${percent(costMedianOff)} too much or too little (median; at most ${percent(costMostOff)}) and left up to ${most} times more or less demand unmet (within twice in ${percent(unmetWithinTwo)} of them)`;
}
