import { describe, expect, it } from 'vitest';
import type { PolicyFigures, Report } from '../result.ts';
import { firstSentence, predictionHelps, recommendationSentences } from './recommendation.ts';

type Facts = Omit<Report, 'recommendation'>;

/** A policy by its cost and its unmet demand in bp. */
function policy(cost: number, unmetBp: number, more: Partial<PolicyFigures> = {}): PolicyFigures {
  const effort = { podHours: cost, starts: 0, startsPerDay: 0, objectiveHours: cost, cost, currency: 'USD' };
  const saturation = { saturationP95: 0.8, saturationP99: 0.9 };
  const service = { unmetBp, violationMinutes: unmetBp, largestShortage: unmetBp, ...saturation };
  const changes = { scaleUps: 1, scaleDowns: 1, leadSeconds: 30 };
  return { ...effort, ...service, ...changes, oracleRatio: null, savingVs: {}, objectiveSavingVs: {}, ...more };
}

function facts(policies: Report['policies'], more: Partial<Facts> = {}): Facts {
  return {
    schemaVersion: 2,
    tool: { name: 'prescale', version: '0.1.0' },
    trace: { source: 'web.csv', sha256: '', stepSeconds: 60, start: 0, end: 86_400, noDataFraction: 0 },
    podCapacity: 100,
    startup: { p50Seconds: 9, p90Seconds: 20, p99Seconds: 39 },
    unmetTargetBp: 1,
    startCostSeconds: 300,
    observation: { kind: 'exact', scrapeSeconds: 15, windowSeconds: 60 },
    findings: [],
    seed: 1,
    bounds: { min: 1, max: null },
    period: { found: true, seconds: [86_400, 604_800], strength: 0.83, reason: 'acf' },
    forecast: { model: 'flat', why: '', leadSeconds: 75, wape: 0.1, wql: 0.1, coverage95: 0.95 },
    policies,
    breakEven: { hoursPerDay: [24, 20, 3], thresholdHoursPerDay: 16, basePods: 2, savingVsAllElastic: 0.12 },
    ...more,
  };
}

const all = (f: Facts) => recommendationSentences(f).join(' ');
const hpa = policy(100, 0, { target: 0.7 });
const tuned = policy(87, 0.8, { target: 0.8 });

describe('the headline', () => {
  it('states both savings and the service when prediction is cheaper', () => {
    const f = facts({ predictive: policy(77, 0.4), hpa, 'hpa-tuned': tuned });
    expect(recommendationSentences(f)[0]).toBe(
      'On this load Prescale would have cost 23 % less than your HPA at 70 % and 11 % less than the best-tuned one, failing 0.4 bp of demand (promise: 1 bp).',
    );
    expect(predictionHelps(f)).toBe(true);
  });

  it('compares once where the HPA is the best-tuned one already', () => {
    const f = facts({ predictive: policy(77, 0.4), hpa, 'hpa-tuned': policy(100, 0, { target: 0.7 }) });
    expect(recommendationSentences(f)[0]).toBe(
      'On this load Prescale would have cost 23 % less than your HPA at 70 %, which no other target beats, failing 0.4 bp of demand (promise: 1 bp).',
    );
  });

  it('says plainly that prediction does not help where the tuned HPA costs as much', () => {
    const f = facts({ predictive: policy(87.1, 0.4), hpa, 'hpa-tuned': tuned });
    expect(recommendationSentences(f)[0]).toBe(
      'Prediction does not help here: it would have cost the same as the best-tuned HPA at 80 %, failing 0.4 bp of demand (promise: 1 bp); stay with the HPA and set its target to 80 %.',
    );
    expect(all(f)).toContain('Against your HPA at 70 % it would have saved 13 %');
    expect(predictionHelps(f)).toBe(false);
  });

  it('says so where it costs more', () => {
    const f = facts({ predictive: policy(110, 0.4), hpa });
    expect(recommendationSentences(f)[0]).toBe(
      'Prediction does not help here: it would have cost 10 % more than your HPA at 70 %, failing 0.4 bp of demand against 0 bp; stay with your HPA.',
    );
    expect(all(f)).not.toContain('it would have saved');
  });

  it('does not call it a win to be cheap by breaking the promise', () => {
    const f = facts({ predictive: policy(60, 12), hpa, 'hpa-tuned': tuned });
    expect(recommendationSentences(f)[0]).toBe(
      'Prediction does not help here: it would have failed 12 bp of demand against 0.8 bp (promise: 1 bp), though it would have cost 31 % less than the best-tuned HPA at 80 %; stay with the HPA and set its target to 80 %.',
    );
    expect(all(f)).toContain('The promise was not kept: 12 bp');
    expect(all(f)).toContain('the best-tuned HPA kept it');
  });

  it('counts it as a win to be dearer where every HPA breaks the promise', () => {
    const f = facts({ predictive: policy(105, 0.9), hpa: policy(100, 15, { target: 0.7 }), 'hpa-tuned': tuned15() });
    expect(recommendationSentences(f)[0]).toBe(
      'On this load Prescale would have cost 5 % more than your HPA at 70 % and 5 % more than the best-tuned one, failing 0.9 bp of demand (promise: 1 bp) where the best-tuned HPA at 30 % failed 15 bp.',
    );
    expect(predictionHelps(f)).toBe(true);
  });

  it("is not turned by a twentieth of the rival's unmet demand where both break the promise", () => {
    const f = facts({ predictive: policy(45, 1.34), hpa, 'hpa-tuned': policy(100, 1.28, { target: 0.3 }) });
    expect(recommendationSentences(f)[0]).toBe(
      'On this load Prescale would have cost 55 % less than your HPA at 70 % and 55 % less than the best-tuned one, failing 1.3 bp of demand (promise: 1 bp) where the best-tuned HPA at 30 % failed 1.3 bp.',
    );
    expect(all(f)).toContain('The promise was not kept');
  });

  it('compares with what ran', () => {
    expect(all(facts({ predictive: policy(50, 0), 'fixed-max': policy(100, 0) }))).toContain(
      '50 % less than fixed replicas at the peak',
    );
    expect(all(facts({ predictive: policy(50, 0), oracle: policy(49, 0) }))).toContain(
      'nothing that could be run instead',
    );
    expect(all(facts({ hpa }))).toContain('was not replayed');
    expect(predictionHelps(facts({ hpa }))).toBeUndefined();
  });

  it('is found again in the whole', () => {
    const f = facts({ predictive: policy(77, 0.4), hpa });
    expect(firstSentence(all(f))).toBe(recommendationSentences(f)[0]);
    expect(firstSentence('')).toBe('');
  });
});

function tuned15(): PolicyFigures {
  return policy(100, 15, { target: 0.3 });
}

describe('the other sentences', () => {
  it('name the period or its absence', () => {
    expect(all(facts({ predictive: policy(1, 0) }))).toContain('every 1 day and 7 days (strength 0.83)');
    const period = { found: false, seconds: [], strength: 0, reason: 'no peak is significant.' };
    expect(all(facts({ predictive: policy(1, 0) }, { period }))).toContain(
      'No period was found (no peak is significant):',
    );
    const said = { ...period, reason: 'no period: no frequency stands out' };
    expect(all(facts({ predictive: policy(1, 0) }, { period: said }))).toContain(
      'No period was found (no frequency stands out):',
    );
  });

  it('name the base, or why there is none', () => {
    const some = all(facts({ predictive: policy(1, 0) }));
    expect(some).toContain('2 of up to 3 pods run more than 16.0 h a day and belong on a resident ECS base');
    const none = { hoursPerDay: [10], thresholdHoursPerDay: 16, basePods: 0, savingVsAllElastic: 0 };
    expect(all(facts({ predictive: policy(1, 0) }, { breakEven: none }))).toContain(
      'No pod runs more than 16.0 h a day',
    );
    const never = { ...none, thresholdHoursPerDay: 24 };
    expect(all(facts({ predictive: policy(1, 0) }, { breakEven: never }))).toContain('every pod belongs on ECI');
  });

  it('tell how far a clairvoyant is, that nobody kept the promise, and that data is missing', () => {
    const trace = { source: '', sha256: '', stepSeconds: 60, start: 0, end: 1, noDataFraction: 0.05 };
    const f = facts({ predictive: policy(100, 9, { oracleRatio: 1.25 }), hpa: policy(100, 15) }, { trace });
    expect(all(f)).toContain('A clairvoyant would have needed 20 % fewer pod-hours');
    expect(all(f)).toContain('no HPA kept it either');
    expect(all(f)).toContain('5 % of the replayed time has no data');
    const best = policy(100, 0, { oracleRatio: 1.001 });
    expect(all(facts({ predictive: best, hpa }))).toContain('No autoscaler could have done it cheaper');
  });
});
