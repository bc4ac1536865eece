import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cheapestAtService } from '../../core/equal-service.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../../core/series.ts';
import { logNormalStartup } from '../../core/startup.ts';
import { toGrid } from '../clock.ts';
import { DEFAULT_OBSERVATION } from '../observation.ts';
import { Stage } from '../stage.ts';
import { tunedHpa, tunedHpas } from './tuned-hpa.ts';

const MINUTES = (1.5 * DAY_SECONDS) / MINUTE_SECONDS;

interface Case {
  readonly noise: number;
  readonly night: number;
  readonly startCostSeconds: number;
  readonly seed: number;
}

/** A day and a half of a load that has days and nights. @param burst what each 200th minute has more, as a factor */
function stageOf({ noise, night, startCostSeconds, seed }: Case, burst: number, unmetTargetBp: number): Stage {
  const random = seededRandom(seed);
  const values = Float64Array.from({ length: MINUTES }, (_, i) => {
    const day = night + 100 * Math.max(0, Math.sin((2 * Math.PI * i * MINUTE_SECONDS) / DAY_SECONDS));
    return day * (1 + noise * (random() - 0.5)) * (i % 200 === 0 ? burst : 1);
  });
  const times = Float64Array.from(values, (_, i) => i * MINUTE_SECONDS);
  const settings = {
    podCapacity: 10,
    historySeconds: 12 * HOUR_SECONDS,
    min: 1,
    max: 1e6,
    hpaTarget: 0.7,
    seed: 1,
    policies: ['hpa-tuned' as const],
    observation: DEFAULT_OBSERVATION,
    startCostSeconds,
    unmetTargetBp,
  };
  const startup = logNormalStartup(20, 60);
  return new Stage(toGrid({ times, values }, settings), startup, settings);
}

describe('the HPA that is best in hindsight', () => {
  it.each([
    { load: 'a calm load, whose SLO some of the grid keep', burst: 1, unmetTargetBp: 100, keeps: true },
    { load: 'bursts that none of the grid can serve', burst: 8, unmetTargetBp: 1, keeps: false },
  ])('is what playing all of the grid to the end would pick, under $load', ({ burst, unmetTargetBp, keeps }) => {
    const noise = fc.double({ min: 0, max: 0.2, noNaN: true });
    const rest = { startCostSeconds: fc.constantFrom(0, 60, 300), seed: fc.integer({ min: 1, max: 1_000 }) };
    fc.assert(
      fc.property(fc.record({ noise, night: fc.constantFrom(5, 60), ...rest }), (drawn) => {
        const stage = stageOf(drawn, burst, unmetTargetBp);
        const all = tunedHpas(stage);
        expect(all.some(({ unmetBp }) => unmetBp <= unmetTargetBp)).toBe(keeps);
        const { target, windowSeconds } = cheapestAtService(all, unmetTargetBp);
        expect(tunedHpa(stage)).toMatchObject({ target, windowSeconds });
      }),
      { numRuns: 4 },
    );
  });
});
