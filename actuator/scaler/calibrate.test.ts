import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { eciStartup } from '../../core/startup.ts';
import { TICKS_PER_DAY } from '../../core/tick.ts';
import { type Calibration, calibrate } from './calibrate.ts';
import type { Margins } from './plan.ts';
import { type BacktestHistory, drawLatencies, type Outcome, PolicyBacktest } from './policy-backtest.ts';

const CAPACITY = 10;
const FLOOR = CAPACITY / 3;
const TICKS = TICKS_PER_DAY;
const LATENCIES = drawLatencies(eciStartup(), 1);
/** Lead time of the made-up forecasts, ticks. */
const LEAD = 4;

/** Utilisation targets of a reactive rule, as an operator would try them. */
const TARGETS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** A day of history from the demand by tick and the forecast of the coming peak by tick. */
function history(
  demand: (t: number) => number,
  forecast?: (t: number) => number,
  relativeError = 0.02,
  keepPeak = (_t: number) => 0,
): BacktestHistory {
  const estimate = Float32Array.from({ length: TICKS }, (_, t) => demand(t - 1));
  const load = Float32Array.from({ length: TICKS }, (_, t) => demand(t - 2));
  const clairvoyant = (t: number) => Math.max(...Array.from({ length: LEAD + 1 }, (_, i) => demand(t + i)));
  return {
    load,
    estimate,
    estimateLessError: estimate,
    peaks: Float32Array.from({ length: TICKS }, (_, t) => (forecast ?? clairvoyant)(t) + FLOOR),
    keepPeaks: Float32Array.from({ length: TICKS }, (_, t) => keepPeak(t) + FLOOR),
    relativeErrors: new Float32Array(TICKS).fill(relativeError),
    seen: new Uint8Array(TICKS).fill(1),
    unusuallyLow: new Uint8Array(TICKS),
    lagTicks: 0,
    floor: FLOOR,
    first: 0,
    end: TICKS,
  };
}

const backtestOf = (past: BacktestHistory) => new PolicyBacktest(past, CAPACITY, LATENCIES, LEAD);
const wave = (t: number) => 120 - 80 * Math.cos((2 * Math.PI * t) / 480);
const random = seededRandom(5);
const flicker = Array.from({ length: TICKS + 20 }, () => 40 + 160 * random());
const noise = (t: number) => flicker[t + 2]!;

describe('a policy backtest', () => {
  const margins = (safetyMultiplier: number, headroom: number) => ({
    safetyMultiplier,
    headroom,
    keepMultiplier: 0,
    stabilizationTicks: 1,
  });

  it('of a constant load costs just what fits and fails nobody', () => {
    const backtest = backtestOf(history(() => 50));
    const { cost, unmetBp } = backtest.predictive(margins(0, 0));
    expect(unmetBp).toBe(0);
    expect(cost / backtest.leastCost()).toBeCloseTo(1, 2);
  });

  it('of the reactive rule costs one over its target', () => {
    const backtest = backtestOf(history(() => 500));
    expect(backtest.reactive(0.5).cost / backtest.leastCost()).toBeCloseTo(2, 1);
  });

  it('shows what a forecast that is always late leaves unmet, and that margins pay for it', () => {
    const backtest = backtestOf(history(wave, (t) => wave(t - 8)));
    const [lean, wide] = [backtest.predictive(margins(0, 0)), backtest.predictive(margins(20, 1.6))];
    expect(lean.unmetBp).toBeGreaterThan(2);
    expect(wide.unmetBp).toBeLessThan(lean.unmetBp / 4);
    expect(wide.cost).toBeGreaterThan(lean.cost);
  });

  it('changes nothing over ticks without an observation, and asks nothing of them', () => {
    const past = history(wave);
    past.seen.fill(0, 1);
    const { unmetBp } = backtestOf(past).predictive(margins(0, 0));
    expect(unmetBp).toBe(0);
  });

  it('plans by what live plans by: what was recovered from a noisy signal, less its error', () => {
    const past = history(() => 50);
    const noisy = past.estimate.map((value, t) => (t % 7 === 0 ? 2 * value : value));
    const [certain, uncertain] = [{ estimateLessError: noisy }, { estimateLessError: past.estimate }].map((known) =>
      backtestOf({ ...past, estimate: noisy, ...known }).predictive(margins(0, 0)),
    );
    expect(uncertain!.cost).toBeLessThan(0.7 * certain!.cost);
  });

  it('ends once it has left too much unmet, or is sure to cost too much', () => {
    const backtest = backtestOf(history(wave, (t) => wave(t - 8)));
    const whole = backtest.predictive(margins(0, 0));
    expect(backtest.predictive(margins(0, 0), whole.unmetBp, 1.01 * whole.cost)).toEqual(whole);
    const unmet = backtest.predictive(margins(0, 0), whole.unmetBp / 3);
    expect(unmet.cost).toBe(Number.POSITIVE_INFINITY);
    expect(unmet.unmetBp).toBeGreaterThan(whole.unmetBp / 3);
    expect(unmet.unmetBp).toBeLessThan(whole.unmetBp);
    const dear = backtest.predictive(margins(0, 0), whole.unmetBp, 0.9 * whole.cost);
    expect(dear.cost).toBe(Number.POSITIVE_INFINITY);
    expect(dear.unmetBp).toBeLessThan(whole.unmetBp);
  });

  it('of means over two minutes holds the pods against the demand amid them, and its error', () => {
    const ramp = (t: number) => (Math.floor(t / 480) % 2 === 0 ? 50 : 100);
    const past = history(ramp);
    // The mean of eight ticks ends a tick ago; where it stands for the demand estimate, a step looks as if it came four ticks later.
    const mean = (t: number) => Array.from({ length: 8 }, (_, i) => ramp(t - 1 - i)).reduce((sum, d) => sum + d / 8, 0);
    const load = Float32Array.from({ length: TICKS }, (_, t) => mean(t));
    const follow = (lagTicks: number, error: number) => {
      const peaks = load.map((value) => value + FLOOR);
      const seen = { load, estimate: load, estimateLessError: load.map((value) => value - error), peaks };
      return backtestOf({ ...past, ...seen, lagTicks }).predictive(margins(0, 0)).unmetBp;
    };
    expect(follow(5, 0)).toBeGreaterThan(3 * follow(0, 0));
    expect(follow(5, 4)).toBeGreaterThan(follow(5, 0));
  });

  it('charges each start: pods that are kept for the next one cost less than pods that are started anew', () => {
    // Every four minutes a minute of ten pods instead of five.
    const pulse = (t: number) => (t % 16 < 4 ? 100 : 50);
    const known = backtestOf(history(pulse, undefined, 0.02, () => 100));
    const keep = known.predictive({ safetyMultiplier: 0, headroom: 0, keepMultiplier: 0, stabilizationTicks: 1 });
    const blind = backtestOf(history(pulse)).predictive({
      safetyMultiplier: 0,
      headroom: 0,
      keepMultiplier: 0,
      stabilizationTicks: 1,
    });
    expect(keep.cost).toBeLessThanOrEqual(blind.cost);
    const free = new PolicyBacktest(history(pulse), CAPACITY, LATENCIES, LEAD, 0);
    expect(free.predictive(margins(0, 0)).cost).toBeLessThanOrEqual(blind.cost);
  });

  it('gives the same twice', () => {
    const backtest = backtestOf(history(wave));
    expect(backtest.predictive(margins(1, 0.1))).toEqual(backtest.predictive(margins(1, 0.1)));
  });
});

describe('calibration', () => {
  it('of a good forecast keeps the SLO at little more than what just fits', () => {
    const { mode, unmetBp, costRatio } = calibrate(backtestOf(history(wave)), 1);
    expect(mode.kind).toBe('predictive');
    expect(unmetBp).toBeLessThanOrEqual(1);
    // Pods that always just fit cost 1; each start counts as five minutes of a pod, and a wave of two hours starts 16.
    expect(costRatio).toBeLessThan(1.12);
  });

  it('pays nothing for a forecast that says nothing: no dearer than the reactive target that keeps the SLO', () => {
    const blind = backtestOf(
      history(
        (t) => (Math.floor(t / 480) % 2 === 0 ? 50 : 55),
        (t) => (t % 2 === 0 ? 10_000 : 0),
        5,
      ),
    );
    const keeping = TARGETS.map((target) => blind.reactive(target)).filter(({ unmetBp }) => unmetBp <= 2);
    const { unmetBp, costRatio } = calibrate(blind, 2);
    expect(unmetBp).toBeLessThanOrEqual(2);
    expect(costRatio * blind.leastCost()).toBeLessThanOrEqual(Math.min(...keeping.map(({ cost }) => cost)) + 1e-6);
  });

  it('is never dearer than a reactive target that leaves no more unmet, on loads that no rule can serve', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const draw = seededRandom(seed);
      // Bursts of one to four ticks, over before any pod is Ready.
      const length = 1 + (seed % 4);
      const burst = Array.from({ length: TICKS }, () => (draw() < 0.02 * seed ? 100 + 400 * draw() : 0));
      const load = (t: number) => 20 + (burst[Math.floor(Math.max(0, t) / length)] ?? 0);
      const backtest = backtestOf(history(load, (t) => load(t - 2), 0.5));
      const { unmetBp, costRatio, mode } = calibrate(backtest, 1);
      if (mode.kind === 'reactive') continue;
      const equal = TARGETS.map((target) => backtest.reactive(target)).filter((own) => own.unmetBp <= unmetBp);
      for (const { cost } of equal) expect(costRatio * backtest.leastCost()).toBeLessThanOrEqual(cost + 1e-6);
    }
  });

  it('chooses what it would choose if every policy backtest were played to its end', () => {
    class Patient extends PolicyBacktest {
      override predictive(margins: Margins): Outcome {
        return super.predictive(margins);
      }
    }
    const load = (t: number) => wave(t) * (0.9 + 0.001 * noise(t));
    for (const lag of [0, 2, 6]) {
      const past = history(load, (t) => load(t - lag), 0.05);
      for (const unmetTargetBp of [0.3, 3, 30]) {
        expect(calibrate(backtestOf(past), unmetTargetBp)).toEqual(
          calibrate(new Patient(past, CAPACITY, LATENCIES, LEAD), unmetTargetBp),
        );
      }
    }
  });

  describe('with a network beside the regression', () => {
    const late = backtestOf(history(wave, (t) => wave(t - 6), 0.05));
    const good = backtestOf(history(wave));

    it('takes it where it is cheaper at the same SLO, names it, and says what each got', () => {
      const { mode, withoutNeural, why, costRatio } = calibrate(late, 1, { id: 'a1', backtest: good });
      expect(mode).toMatchObject({ kind: 'predictive', neural: 'a1' });
      expect(costRatio).toBeLessThan(0.99 * calibrate(late, 1).costRatio);
      // Who has no such neural model does what would have been done without it.
      expect(withoutNeural).toEqual(calibrate(late, 1).mode);
      expect(why).toMatch(
        /: neural 1\.\d+ at [\d.]+ % unmet, own regression 1\.\d+ at [\d.]+ % unmet, reactive \d\.\d+ at/,
      );
    });

    it('leaves it where it is worse, or no better: all is as if there were none', () => {
      for (const backtest of [late, backtestOf(history(wave)), backtestOf(history(wave, () => 1e9, 5))]) {
        const { why: _, ...chosen } = calibrate(good, 1, { id: 'a1', backtest });
        const { why: __, ...alone } = calibrate(good, 1);
        expect(chosen).toEqual(alone);
      }
    });

    it('takes it where it alone keeps the SLO', () => {
      const burst = (t: number) => 20 + (t % 97 < 2 ? 300 : 0);
      const blind = backtestOf(history(burst, (t) => burst(t - 2), 0.5));
      const seeing = backtestOf(history(burst));
      const { mode } = calibrate(blind, 0.001, { id: 'a1', backtest: seeing });
      expect(mode).toMatchObject({ kind: 'predictive', neural: 'a1' });
    });
  });

  // Demand that fails starts spares, so a little more margin can cost less: the search walks there.
  it('of an SLO that can be kept: a tighter one is never cheaper', () => {
    const past = history(
      (t) => wave(t) * (0.9 + 0.001 * noise(t)),
      (t) => wave(t + 2),
    );
    const backtest = backtestOf(past);
    // Below what the reactive rule can keep, cost and service are weighed another way.
    const least = Math.min(...TARGETS.map((target) => backtest.reactive(target).unmetBp));
    const costs = [1, 4, 16, 64].map((times) => calibrate(backtest, times * Math.max(1, least)).costRatio);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
  });

  it('says why, with figures that are numbers, whatever the history was', () => {
    const odd: BacktestHistory[] = [
      history(() => 0),
      history(noise),
      history(() => 1e9, undefined, 0),
      history(() => 1e-9),
    ];
    const unseen = history(wave);
    unseen.seen.fill(0);
    for (const past of [...odd, unseen]) {
      const { why, unmetBp, costRatio }: Calibration = calibrate(backtestOf(past), 1);
      expect(why).not.toBe('');
      expect(unmetBp).toBeGreaterThanOrEqual(0);
      expect(costRatio).toBeGreaterThanOrEqual(0);
    }
  });
});
