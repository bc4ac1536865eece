import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/random.ts';
import { TICKS_PER_DAY } from '../../../core/tick.ts';
import { randomModel } from '../../../models/neural/example-model.ts';
import { TrainingRows } from '../../../models/neural/training-set.ts';
import { LeadTimeLearner } from '../learner.ts';
import { LeadTimeModel, NEURAL_INPUTS } from './neural-model.ts';
import { shippedModel } from './shipped-model.ts';
import { teach } from './training-examples.ts';

const CAPACITY = 5;
const LEAD_TIME_SECONDS = 60;
const random = seededRandom(4);
const noises = Float64Array.from({ length: 4 * TICKS_PER_DAY }, () => 0.97 + 0.06 * random());
const observed = noises.map((noise, t) => (60 - 40 * Math.cos((2 * Math.PI * t) / TICKS_PER_DAY)) * noise);
const DAYS_LATER = 3 * TICKS_PER_DAY;

describe('the neural model at a workload', () => {
  it('says no more than a factor of e over the regression, and never NaN, though its weights be nonsense', () => {
    const wrong: string[] = [];
    for (const seed of [1, 2, 3]) {
      const neural = new LeadTimeModel('nonsense', randomModel(NEURAL_INPUTS, [0.5, 0.99], 16, seed));
      const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY, undefined, undefined, neural);
      for (let t = 0; t < TICKS_PER_DAY; t++) {
        learner.observe(t % 997 < 20 ? Number.NaN : t % 1_500 === 0 ? 1e9 : observed[t]!);
        const { neuralForecast: said, forecast } = learner;
        const { peakPlusFloor } = forecast!;
        if (!(said!.peakPlusFloor > 0) || said!.peakPlusFloor > 2.72 * peakPlusFloor || !(said!.relativeError >= 0)) {
          wrong.push(`tick ${t}: ${JSON.stringify(said)} beside ${peakPlusFloor}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('changes nothing of what the regressions say', () => {
    const [without, beside] = [undefined, shippedModel()].map(
      (neural) => new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY, undefined, undefined, neural),
    );
    for (let t = 0; t < TICKS_PER_DAY; t++) {
      without!.observe(observed[t]!);
      beside!.observe(observed[t]!);
    }
    expect(beside!.forecast).toEqual(without!.forecast);
    expect(without!.neuralForecast).toBeUndefined();
  });

  it('says after a hand-over what it said before, bit for bit, and so goes on', () => {
    const whole = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY, undefined, undefined, shippedModel());
    for (let t = 0; t < DAYS_LATER; t++) whole.observe(observed[t]!);
    const small = new LeadTimeLearner(
      LEAD_TIME_SECONDS,
      CAPACITY,
      structuredClone(whole.state(500)),
      undefined,
      shippedModel(),
    );
    expect(small.neuralForecast).toEqual(whole.neuralForecast);
    for (let t = DAYS_LATER; t < DAYS_LATER + 400; t++) {
      whole.observe(observed[t]!);
      small.observe(observed[t]!);
      expect(small.neuralForecast).toEqual(whole.neuralForecast);
      expect(small.forecast).toEqual(whole.forecast);
    }
  });

  it('is asked of the days before as it would have been asked then', () => {
    const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY, undefined, undefined, shippedModel());
    const said: number[][] = [];
    for (let t = 0; t < TICKS_PER_DAY; t++) {
      learner.observe(observed[t]!);
      const { peakPlusFloor, relativeError } = learner.neuralForecast!;
      said.push([peakPlusFloor, relativeError].map(Math.fround));
    }
    const { peaks, relativeErrors } = learner.days!.askNeural(shippedModel(), 100, TICKS_PER_DAY);
    expect(said.slice(100)).toEqual(Array.from(peaks.subarray(100), (peak, i) => [peak, relativeErrors[100 + i]!]));
  });

  it('is asked of what came since only, and says what it would say if asked of all anew, also once the oldest days are dropped', () => {
    const memory = { kept: 2 * TICKS_PER_DAY, capacity: 3 * TICKS_PER_DAY };
    const read = [1, 2].map(() => new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY, undefined, memory, shippedModel()));
    const [often, once] = read.map((learner) => learner.days!);
    for (let t = 0; t < 4 * TICKS_PER_DAY; t++) {
      for (const learner of read) learner.observe(observed[t]!);
      const held = t + 1 - often!.from;
      if (t % 1_000 === 999) often!.askNeural(shippedModel(), Math.max(0, held - TICKS_PER_DAY), held);
    }
    const span = [4 * TICKS_PER_DAY - often!.from - TICKS_PER_DAY, 4 * TICKS_PER_DAY - often!.from] as const;
    expect(often!.from).toBeGreaterThan(0);
    const [lately, anew] = [often!, once!].map((days) => days.askNeural(shippedModel(), ...span));
    expect(lately!.peaks.subarray(...span)).toEqual(anew!.peaks.subarray(...span));
    expect(lately!.relativeErrors.subarray(...span)).toEqual(anew!.relativeErrors.subarray(...span));
    // Another neural model is asked of everything.
    const other = new LeadTimeModel('other', randomModel(NEURAL_INPUTS, [0.5, 0.99], 16, 5));
    const [asked, fresh] = [often!, once!].map((days) => days.askNeural(other, ...span));
    expect(asked!.peaks.subarray(...span)).toEqual(fresh!.peaks.subarray(...span));
    expect(asked!.peaks.subarray(...span)).not.toEqual(anew!.peaks.subarray(...span));
  });

  it('is free of the unit: a load in thousandths, with pods to match, is forecast a thousandth as high', () => {
    const peaks = [1, 0.001].map((unit) => {
      const learner = new LeadTimeLearner(LEAD_TIME_SECONDS, CAPACITY * unit, undefined, undefined, shippedModel());
      for (let t = 0; t < TICKS_PER_DAY; t++) learner.observe(observed[t]! * unit);
      return learner.neuralForecast!.peakPlusFloor / unit;
    });
    expect(peaks[1]! / peaks[0]!).toBeCloseTo(1, 3);
  });
});

describe('examples', () => {
  const choice = { every: 1, heldOutFrom: 2 * TICKS_PER_DAY };
  const examples = (values: ArrayLike<number>) => {
    const rows = new TrainingRows(NEURAL_INPUTS);
    teach({ observed: values, leadTimeSeconds: LEAD_TIME_SECONDS, podCapacity: CAPACITY }, choice, rows);
    return rows.set();
  };
  const set = examples(observed.subarray(0, DAYS_LATER));

  it('are taken at five ticks of 21, the last third is kept back', () => {
    expect(set.targets.length).toBeGreaterThan(0.98 * (DAYS_LATER * 5) * (1 / 21));
    const kept = set.heldOut.reduce((sum, flag) => sum + flag, 0);
    expect(kept / set.heldOut.length).toBeCloseTo(1 / 3, 2);
  });

  it('are what was said before it was known: another future changes no earlier row', () => {
    const other = examples(observed.subarray(0, DAYS_LATER).map((value, t) => (t < 2 * TICKS_PER_DAY ? value : 7)));
    const settled = Math.floor(((2 * TICKS_PER_DAY - 20) * 5) / 21);
    expect(other.rows.subarray(0, settled * NEURAL_INPUTS)).toEqual(set.rows.subarray(0, settled * NEURAL_INPUTS));
    expect(other.targets.subarray(0, settled)).toEqual(set.targets.subarray(0, settled));
  });

  it('of a load with gaps, of none and of nothing but zeros are few or none, and all finite', () => {
    expect(examples([]).targets.length).toBe(0);
    expect(examples(new Float64Array(5_000)).targets.length).toBe(0);
    const gappy = examples(observed.subarray(0, DAYS_LATER).map((value, t) => (t % 50 < 5 ? Number.NaN : value)));
    expect(gappy.targets.length).toBeLessThan(set.targets.length);
    expect(gappy.rows.every(Number.isFinite)).toBe(true);
  });
});
