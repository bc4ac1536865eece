import { describe, expect, it } from 'vitest';
import type { WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { forecastAnswer } from '../api/answers.ts';
import { whatIfAnswer } from '../api/what-if.ts';
import { dayAhead } from '../fleet/day-ahead.ts';
import { annotateCommand } from './annotate-command.ts';
import { replayPast, whatIfWork } from './replay-past.ts';

const START = 1_772_409_600;
const HOUR = 3_600;

function past(hours: number): { detail: WorkloadDetail; series: WorkloadSeries } {
  const count = hours * 60;
  const values = Float32Array.from({ length: count }, (_, i) => 500 + 400 * Math.sin((i / 1440) * 2 * Math.PI));
  values.fill(Number.NaN, 100, 130);
  const status = exampleStatus({ metrics: [exampleMetric()] });
  const row = { key: 'shop/Deployment/web', status, why: '', baseline: { why: '', madeSeconds: null } };
  const demand = { startSeconds: START, stepSeconds: 60, values };
  return {
    detail: { row, startup: null } as unknown as WorkloadDetail,
    series: {
      metrics: [{ metric: 'http-requests', unit: 'req/s', demand, forecast: null, upper: null }],
      leadTimeSeconds: 21,
      replicas: [],
    },
  };
}

describe('what if', () => {
  it('replays the policies side by side, with what was asked for and the rest as it is', () => {
    const { detail, series } = past(60);
    const work = whatIfWork(detail, series, { max: 5, price: 0.05 });
    if (typeof work === 'string') throw new Error(work);
    const answer = whatIfAnswer.strict().parse(replayPast(work));
    expect(answer.asked).toMatchObject({ max: 5, min: 3, sloPercent: 99.99, price: 0.05 });
    expect(answer.policies.map(({ name }) => name).sort()).toEqual(['hpa', 'oracle', 'predictive']);
    for (const { podHours, cost, servedPercent } of answer.policies) {
      expect(cost).toBeCloseTo(podHours * 0.05, 6);
      // 900 req/s need nine pods of 110, and there are five.
      expect(servedPercent).toBeLessThan(95);
    }
    expect(answer.annotate).toBe(
      'kubectl -n shop annotate --overwrite deployment/web prescale.dev/enabled=true prescale.dev/max-replicas=5',
    );
  });

  it('says what is missing, and takes no gap for a demand of 0', () => {
    const { detail, series } = past(20);
    expect(whatIfWork(detail, series, {})).toMatch(/^two days of demand have to be recorded .* 20 hours are$/);
    const long = past(60);
    const work = whatIfWork(long.detail, long.series, {});
    if (typeof work === 'string') throw new Error(work);
    expect(work.samples.values).toHaveLength(60 * 60 - 30);
  });

  it('ends in a command that a shell takes as it is written', () => {
    expect(annotateCommand("a b/Deployment/$(rm -rf ~)'x", { sloPercent: 99.9, startupSeconds: 30.2 })).toBe(
      `kubectl -n 'a b' annotate --overwrite 'deployment/$(rm -rf ~)'\\''x' prescale.dev/enabled=true prescale.dev/slo=99.9% prescale.dev/lead-time=31s`,
    );
  });
});

describe('the next day', () => {
  it('is forecast from what is recorded, with pods within the bounds', () => {
    const { detail, series } = past(72);
    const answer = forecastAnswer.strict().parse(dayAhead(series, detail));
    expect(answer.startSeconds).toBe(START + 72 * HOUR);
    expect(answer.quantiles.map(({ level }) => level)).toEqual([0.5, 0.8, 0.95, 0.99]);
    expect(answer.planned).toHaveLength(288);
    expect(Math.min(...answer.planned.map(Number))).toBe(3);
    expect(Math.max(...answer.planned.map(Number))).toBeGreaterThan(8);
  });

  it('is not made up from an hour', () => {
    const { detail, series } = past(3);
    expect(dayAhead(series, detail)).toMatch(/^a day of demand has to be recorded .* 2\.5 hours are$/);
  });
});
