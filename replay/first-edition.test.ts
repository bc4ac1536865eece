import { expect, it } from 'vitest';
import { logNormalStartup } from '../core/startup.ts';
import { dailyLoad, SETTINGS, sampled } from '../test/generated-traces.ts';
import { runFigures } from './figures.ts';
import { EXACT_OBSERVATION } from './observation.ts';
import { replay } from './replay.ts';

/**
 * Pod-hours, unmet demand in basis points, ups, downs and target, as the first edition of replay computed them: starts cost nothing, the
 * observations are exact.
 */
const FIRST_EDITION: Readonly<Record<string, readonly [number, number, number, number, number?]>> = {
  predictive: [310.275, 0.2155035644603255, 13, 2],
  hpa: [310.275, 0.2155035644603255, 13, 2, 0.7],
  'hpa-tuned': [249.4625, 4.4059804872256105, 13, 6, 0.9],
  cron: [245.47083333333333, 5.880743973500107, 10, 3],
  'fixed-max': [336.0875, 0, 1, 0],
  fixed: [192.05, 2647.7120640109642, 1, 0],
  oracle: [226.525, 8.165119773782962, 157, 148],
};

it('--start-cost 0 --observation exact gives the first edition back, digit by digit', () => {
  const daily = dailyLoad(4);
  const load = (t: number) => {
    const hour = t / 3_600;
    if (hour > 30 && hour < 30.3) return Number.NaN;
    return daily(t) * (hour > 27 && hour < 27.2 ? 1.5 : 1) * (hour > 33 && hour < 33.05 ? 0.2 : 1);
  };
  const settings = { ...SETTINGS, unmetTargetBp: 10, startCostSeconds: 0, observation: EXACT_OBSERVATION };
  const { timeline } = replay(sampled(40 * 3_600, load), logNormalStartup(40, 90), settings);
  const figures = timeline.runs.map((run) => {
    const { podHours, objectiveHours, unmetBp, scaleUps, scaleDowns } = runFigures(timeline, run, settings);
    expect(objectiveHours).toBe(podHours);
    return [run.name, [podHours, unmetBp, scaleUps, scaleDowns, ...(run.target === undefined ? [] : [run.target])]];
  });
  expect(Object.fromEntries(figures)).toEqual(FIRST_EDITION);
});
