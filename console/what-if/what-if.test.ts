import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HpaObject } from '../../actuator/targets/hpa.ts';
import { baselineHpa } from '../../addon/baseline/baseline-hpa.ts';
import type { WhatIfBase, WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { WorkloadPolicy } from '../../core/policy/policy.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import { exampleWorkloadPolicy } from '../../test/example-policy.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { forecastAnswer } from '../api/answers.ts';
import { type WhatIfQuestion, whatIfAnswer, whatIfQuestion } from '../api/what-if.ts';
import { dayAhead } from '../fleet/day-ahead.ts';
import { annotateCommand, observeCommand } from './annotate-command.ts';
import { replayPast } from './replay-past.ts';
import { type WhatIfTask, whatIfTask, whatIfWork } from './what-if-task.ts';

const START = 1_772_409_600;
const HOUR = 3_600;
const WEB: WorkloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const LIMITS = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 1_000,
  allowRawQueries: false,
  templates: { 'http-requests': { args: [] } },
} as const;

function demand(hours: number, scale = 1) {
  const values = Float32Array.from(
    { length: hours * 60 },
    (_, i) => scale * (500 + 400 * Math.sin((i / 1440) * 2 * Math.PI)),
  );
  values.fill(Number.NaN, 100, 130);
  return { startSeconds: START, stepSeconds: 60, values };
}

function past(hours: number): { detail: WorkloadDetail; series: WorkloadSeries } {
  const status = exampleStatus({ metrics: [exampleMetric(), exampleMetric({ name: 'cpu', podCapacity: 2 })] });
  const row = { key: 'shop/Deployment/web', status, why: '', baseline: { why: '', madeSeconds: null } };
  return {
    detail: { row, startup: null } as unknown as WorkloadDetail,
    series: {
      metrics: [
        { metric: 'http-requests', unit: 'req/s', demand: demand(hours), forecast: null, upper: null },
        { metric: 'cpu', unit: 'cores', demand: demand(hours, 0.01), forecast: null, upper: null },
      ],
      leadTimeSeconds: 21,
      replicas: [],
    },
  };
}

const METRICS = [
  { name: 'http-requests', metric: exampleWorkloadPolicy().metrics[0]!.metric, request: undefined },
  { name: 'cpu', metric: { kind: 'resource', resource: 'cpu' }, request: 2 } as const,
];

function base(policy: Partial<WorkloadPolicy> = {}, spec?: object): WhatIfBase {
  const own = spec && {
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1' },
    spec: { maxReplicas: 8, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
  };
  return {
    policy: exampleWorkloadPolicy(policy),
    startCostSeconds: typeof policy.startCost === 'number' ? policy.startCost : 300,
    hpa: baselineHpa(own as unknown as HpaObject | undefined, METRICS, { min: 2, max: 40 }),
    leastStabilizationTicks: null,
    mostReplicas: 1_000,
  };
}

function taskOf(question: WhatIfQuestion, of: WhatIfBase = base(), hours = 60): WhatIfTask {
  return whatIfTask(past(hours).detail, of, 'http-requests', question);
}

function answers(task: WhatIfTask, hours = 60) {
  const { metrics } = past(hours).series;
  const work = whatIfWork(task, ({ name }) => metrics.find(({ metric }) => metric === name)?.demand);
  return [...replayPast(work)].map((one) => whatIfAnswer.strict().parse(one));
}

describe('what if', () => {
  it('answers with the predictive policy first, then with all of them beside it', () => {
    const [first, all] = answers(taskOf({ max: 5, price: 0.05 }));
    expect(first!.policies.map(({ name }) => name)).toEqual(['predictive']);
    expect(first!.pending).toEqual(['hpa', 'oracle']);
    expect(first!.policies[0]!.savedShare).toBeNull();
    expect(all!.policies.map(({ name }) => name)).toEqual(['predictive', 'hpa', 'oracle']);
    expect(all!.pending).toEqual([]);
    expect(all!.policies[0]).toEqual({ ...first!.policies[0], savedShare: expect.any(Number) });
    expect(all!.asked).toMatchObject({ max: 5, min: 2, sloPercent: 99.99, price: 0.05 });
    for (const { name, podHours, cost, servedPercent } of all!.policies) {
      expect(cost).toBeCloseTo(podHours * 0.05, 6);
      // 900 req/s need nine pods of 110, and there are five but for the HPA.
      if (name !== 'hpa') expect(servedPercent).toBeLessThan(95);
    }
  });

  it('says that there is no HPA, and which one is played instead', () => {
    const [answer] = answers(taskOf({ min: 9 }));
    expect(answer!.hpa).toEqual({
      source: 'default',
      object: null,
      target: '70 % of what one pod serves',
      targetShare: 0.7,
      note: '',
      windowSeconds: 300,
      min: 2,
      max: 40,
    });
  });

  it("plays the workload's own HPA as it stands, whatever is asked for", () => {
    const pods = { metric: { name: 'http_requests' }, target: { type: 'AverageValue', averageValue: '55' } };
    const scaleDown = { stabilizationWindowSeconds: 60 };
    const own = base({}, { minReplicas: 3, metrics: [{ type: 'Pods', pods }], behavior: { scaleDown } });
    const [, all] = answers(taskOf({ max: 30 }, own));
    expect(all!.hpa).toMatchObject({
      source: 'manifest',
      object: 'shop/web',
      target: 'http_requests at 55 a pod',
      targetShare: 0.5,
      windowSeconds: 60,
      min: 3,
      max: 8,
    });
    const [, other] = answers(taskOf({ max: 12 }, own));
    const hpaOf = (answer: typeof all) => answer!.policies.find(({ name }) => name === 'hpa')!;
    expect(hpaOf(other)).toEqual(hpaOf(all));
    // Its eight pods serve 880 of 900 req/s.
    expect(hpaOf(all).servedPercent).toBeLessThan(100);
    expect(hpaOf(all).podHours).toBeLessThan(8 * 36);
  });

  it('plays an HPA by another metric on the demand of that metric', () => {
    const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };
    const own = base({}, { minReplicas: 1, maxReplicas: 40, metrics: [{ type: 'Resource', resource }] });
    const task = taskOf({}, own);
    expect(task.hpaMetric).toEqual({ index: 1, name: 'cpu' });
    const [, all] = answers(task);
    expect(all!.hpa).toMatchObject({ target: 'cpu at 50 % of the request', targetShare: null });
    // A core a pod: 5 on average, 9 at the peak.
    const { podHours } = all!.policies.find(({ name }) => name === 'hpa')!;
    expect(podHours / 36).toBeGreaterThan(5);
    expect(podHours / 36).toBeLessThan(9);
  });

  it('is as today where nothing is asked for, and says what is left out', () => {
    const policy = { unmetTargetBp: 50, startCost: 900, minReplicas: 4, maxReplicas: 7 } as const;
    const calendarNames = { timeZone: 'Europe/Berlin', holidays: 'none' } as WorkloadPolicy['calendarNames'] & {};
    const { asked, leftOut } = taskOf({}, base({ ...policy, calendarNames }));
    expect(asked).toMatchObject({ sloPercent: 99.5, startCostSeconds: 900, min: 4, max: 7 });
    expect(leftOut).toEqual(['neural', 'calendar']);
  });

  it('refuses what no annotation could ask for', () => {
    expect(() => taskOf({ min: 50 })).toThrow('min: found 50; expected at most the maximum, which is 40');
    expect(() => taskOf({ max: 1_001 })).toThrow("max: found 1001; expected at most 1000, the administrator's cap");
    const metrics = [
      { metric: { kind: 'resource', resource: 'cpu' }, target: { kind: 'utilization', fraction: 0.7 } },
    ] as const;
    expect(() => taskOf({ min: 0 }, base({ metrics }))).toThrow(/^min: found 0; expected at least 1/);
    expect(taskOf({ min: 0 }).asked.min).toBe(0);
    expect(whatIfQuestion.safeParse({ startCostSeconds: '3601' }).success).toBe(false);
    expect(whatIfQuestion.safeParse({ max: '4.5' }).success).toBe(false);
  });

  it('says what is missing, and takes no gap for a demand of 0', () => {
    const { series, detail } = past(20);
    const demandOf = ({ name }: { readonly name: string }) =>
      series.metrics.find(({ metric }) => metric === name)?.demand;
    expect(() => whatIfWork(taskOf({}), demandOf)).toThrow(/^two days of demand have to be recorded .* 20 hours are$/);
    expect(() => whatIfWork(taskOf({}), () => null)).toThrow('no demand of http-requests is recorded yet');
    expect(() => whatIfTask(detail, base(), undefined, {})).toThrow('is not known yet');
    expect(() => whatIfTask(detail, undefined, 'http-requests', {})).toThrow('its annotations are wrong');
    const { metrics } = past(60).series;
    expect(whatIfWork(taskOf({}), () => metrics[0]!.demand).samples.values).toHaveLength(60 * 60 - 30);
  });

  it('ends where the checkpoint throws', () => {
    const { metrics } = past(60).series;
    const stop = () => {
      throw new Error('called off');
    };
    expect(() => [
      ...replayPast(
        whatIfWork(taskOf({}), () => metrics[0]!.demand),
        stop,
      ),
    ]).toThrow('called off');
  });
});

describe('the command', () => {
  /** As kubectl writes it: the annotations after the object. */
  const annotations = (command: string) =>
    Object.fromEntries(
      command
        .split(' ')
        .slice(6)
        .map((pair) => pair.split(/=(.*)/s).slice(0, 2)),
    );

  it('makes what was tried: the addon reads it so', () => {
    const asked = fc.record(
      {
        sloPercent: fc.integer({ min: 900_000, max: 999_999 }).map((share) => share / 10_000),
        startupSeconds: fc.integer({ min: 1, max: 3_600 }),
        min: fc.integer({ min: 0, max: 20 }),
        max: fc.integer({ min: 20, max: 1_000 }),
        startCostSeconds: fc.integer({ min: 0, max: 3_600 }),
      },
      { requiredKeys: [] },
    );
    const today = fc.record({
      mode: fc.constantFrom<WorkloadPolicy['mode'][]>('observe', 'auto', 'predictive', 'reactive'),
      leadTime: fc.constantFrom<WorkloadPolicy['leadTime'][]>('auto', 180),
    });
    fc.assert(
      fc.property(asked, today, (question, policy) => {
        const before = exampleWorkloadPolicy({ ...policy, minReplicas: 2, maxReplicas: 40 });
        const task = taskOf(question, { ...base(), policy: before });
        const written = {
          'prescale.dev/mode': before.mode,
          'prescale.dev/metric': 'http-requests',
          'prescale.dev/target': '110',
          'prescale.dev/min-replicas': '2',
          'prescale.dev/max-replicas': '40',
          'prescale.dev/lead-time': before.leadTime === 'auto' ? 'auto' : '180s',
          ...annotations(task.annotate!),
        };
        const opted = parsePolicy({}, written, LIMITS);
        if (opted.kind !== 'in') throw new Error(JSON.stringify(opted));
        const { sloPercent, min, max, startCostSeconds } = task.asked;
        expect(opted.policy).toMatchObject({ mode: 'auto', leadTime: 'auto', minReplicas: min, maxReplicas: max });
        expect(100 - opted.policy.unmetTargetBp / 100).toBeCloseTo(sloPercent, 9);
        expect(opted.policy.startCost === 'auto' ? 300 : opted.policy.startCost).toBe(startCostSeconds);
      }),
    );
  });

  it('has only what was asked for', () => {
    const policy = { mode: 'auto', leadTime: 'auto' } as const;
    expect(annotateCommand(WEB, policy, { max: 5, price: 3, startupSeconds: 30 })).toBe(
      'kubectl -n shop annotate --overwrite deployment/web prescale.dev/enabled=true prescale.dev/max-replicas=5',
    );
    const rollout = { ...WEB, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
    expect(observeCommand(rollout)).toBe(
      'kubectl -n shop annotate --overwrite rollout.v1alpha1.argoproj.io/web prescale.dev/enabled=true prescale.dev/mode=observe',
    );
  });

  it('is none for a name that no object has: a shell would take it for something else', () => {
    const policy = { mode: 'auto', leadTime: 'auto' } as const;
    for (const name of ["$(rm -rf ~)'x", 'web; reboot', '--all', 'a\nb', '', 'Web', '‮bew', '`id`']) {
      expect(annotateCommand({ ...WEB, name }, policy, {}), name).toBeNull();
      expect(observeCommand({ ...WEB, namespace: name }), name).toBeNull();
      if (name !== 'Web') expect(observeCommand({ ...WEB, kind: name }), name).toBeNull();
    }
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
