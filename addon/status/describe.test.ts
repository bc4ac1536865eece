import { describe, expect, it } from 'vitest';
import type { Reason } from '../../core/decision.ts';
import { exampleMetric, exampleStatus } from '../../test/example-status.ts';
import { decidingNeed, describeChange, describeExternal, describeReason, needOf } from './describe.ts';
import { explainChain } from './explain-chain.ts';

describe('the reason in words', () => {
  it('of a forecast: how much, when, and how long pods need', () => {
    expect(describeChange(exampleStatus(), 6, 9)).toBe('6 → 9: 840 req/s expected at 09:03 UTC, pods need 21 s');
  });

  it('of the headroom over the load that is there', () => {
    const status = exampleStatus({ reasons: ['headroom'] });
    expect(describeReason(status)).toBe('820 req/s now, kept with 13 % headroom');
  });

  it('of a bound: the bound and what would be needed', () => {
    const status = exampleStatus({ reasons: ['forecast', 'max'], replicas: { ...exampleStatus().replicas, max: 7 } });
    expect(describeReason(status)).toBe('never over the maximum of 7; 9 pods needed for 930 req/s');
  });

  it('of missing data: which metric and why', () => {
    const metrics = [
      exampleMetric({ missing: 'Prometheus does not answer', load: undefined, demandEstimate: undefined }),
    ];
    expect(describeReason(exampleStatus({ metrics, reasons: ['no-data'] }))).toBe(
      'no data, nothing changes (http-requests: Prometheus does not answer)',
    );
  });

  it('of a guard: what it saw, and what it holds', () => {
    const words = (reason: Reason) => describeReason(exampleStatus({ reasons: ['forecast', reason] }));
    expect(words('external-change')).toBe(
      'another writer set the replicas, 6 pods now: respected for 10 min as far as the load allows',
    );
    expect(words('never-ready')).toBe("new pods don't become Ready (6 of 6 are): no more are added");
    const message = '9 of 22 pods are not created: exceeded quota: pods';
    const failure = { type: 'ReplicaFailure', status: true, reason: 'FailedCreate', message, sinceSeconds: 1 } as const;
    const refused = exampleStatus({ reasons: ['forecast', 'not-created'], conditions: [failure] });
    expect(describeReason(refused)).toBe(`${message}: no more are added`);
    expect(words('paused')).toBe('paused by annotation; 9 pods needed for 930 req/s');
    expect(words('metric-missing')).toBe('some pods have no measurement: nothing is taken away');
  });

  it('of the window that keeps a need, and of the other rules', () => {
    const words = (reason: 'stabilization' | 'reactive' | 'catch-up' | 'unusually-low' | 'min') =>
      describeReason(exampleStatus({ reasons: [reason] }));
    const kept = { ...exampleStatus().replicas, current: 12, wanted: 10 };
    expect(describeReason(exampleStatus({ reasons: ['headroom', 'needed-again'], replicas: kept }))).toBe(
      '10 pods kept: expected to be needed again within 5 min; 9 pods needed for 930 req/s',
    );
    expect(words('stabilization')).toMatch(/^\d+ pods kept: as many were needed within the last 5 min$/);
    const lower = { ...exampleStatus().replicas, current: 12, wanted: 3 };
    expect(describeReason(exampleStatus({ reasons: ['stabilization'], replicas: lower }))).toBe(
      'no more than 3 pods needed within the last 5 min',
    );
    expect(words('reactive')).toMatch(/prediction does not pay here/);
    const learning = { ...exampleStatus().model, kind: 'learning', reactiveTarget: 1 } as const;
    expect(describeReason(exampleStatus({ reasons: ['reactive'], model: learning }))).toMatch(
      /at a target of 100 %; the HPA's rule until a day is learned/,
    );
    expect(words('catch-up')).toBe('820 req/s now, more than 6 pods serve (Ready of 6): spare pods start too');
    const served = exampleStatus({ reasons: ['catch-up'], metrics: [exampleMetric({ podCapacity: 140 })] });
    expect(describeReason(served)).toBe(
      '820 req/s now, a rise that is carried on for a minute after pods were too few',
    );
    expect(words('unusually-low')).toMatch(/nothing is taken away/);
    expect(words('min')).toMatch(/^never under the minimum of 3; /);
    expect(describeReason(exampleStatus({ reasons: [] }))).toBe('nothing was decided yet');
  });
});

describe('the need', () => {
  it('is that of the metric that needs most pods', () => {
    const cpu = exampleMetric({ name: 'cpu', unit: 'cores', need: { forecast: 20, floor: 18, pods: 40 } });
    const need = decidingNeed(exampleStatus({ metrics: [exampleMetric(), cpu] }))!;
    expect(need.metric.name).toBe('cpu');
  });

  it('is the one that the plan found, and no second formula of it', () => {
    const need = needOf(exampleMetric({ need: { forecast: 930, floor: 926.6, pods: 12 } }));
    expect(need).toMatchObject({ forecast: 930, floor: 926.6, capacity: 930, pods: 12 });
    const reactive = needOf(exampleMetric({ need: { forecast: undefined, floor: 2000, pods: 19 } }));
    expect(reactive).toMatchObject({ forecast: undefined, capacity: 2000, pods: 19 });
    expect(needOf(exampleMetric({ need: undefined })).pods).toBeUndefined();
  });
});

describe('the chain', () => {
  it('goes from the load to what was written', () => {
    const lines = explainChain(exampleStatus({ reasons: ['forecast', 'stabilization'] }));
    expect(lines.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'load: 800 req/s',
      'demand estimate: 820 req/s',
      'expected peak: 840 req/s ± 30 req/s',
      'with margin: 930 req/s',
      'reactive floor: 927 req/s',
      'capacity needed: 930 req/s',
      'pods: 9 pods',
      'stabilization: ',
      'bounds: 3 … 40',
      'wanted: 9 pods',
      'written: at 09:02 UTC',
    ]);
    expect(lines[2]!.note).toBe('within 21 s, the time pods need (measured on 132 start-ups)');
  });

  it('says why there is no number where there is none', () => {
    const metrics = [
      exampleMetric({
        missing: 'no series',
        load: undefined,
        demandEstimate: undefined,
        expectedPeak: undefined,
        need: undefined,
      }),
    ];
    const lines = explainChain(exampleStatus({ metrics, reasons: ['no-data'] }));
    expect(lines[0]).toEqual({ label: 'load', value: 'unknown', note: 'no series' });
    expect(lines.find(({ label }) => label === 'pods')!.value).toBe('unknown');
    expect(lines.find(({ label }) => label === 'with margin')).toBeUndefined();
  });

  it('says of a policy in error what is wrong', () => {
    const message = 'prescale.dev/target: found "abc"; expected 500m';
    const conditions = [{ type: 'Ready', status: false, reason: 'PolicyError', message, sinceSeconds: 0 }] as const;
    const lines = explainChain(exampleStatus({ metrics: [], reasons: [], conditions }));
    expect(lines[0]).toEqual({ label: 'load', value: 'unknown', note: message });
  });

  it('shows the metrics that need less, an observed workload and a failed write', () => {
    const cpu = exampleMetric({
      name: 'cpu',
      unit: 'cores',
      load: 2,
      demandEstimate: 2,
      expectedPeak: 2,
      expectedError: 0.1,
      podCapacity: 1,
    });
    const observed = explainChain(exampleStatus({ mode: 'observe', metrics: [exampleMetric(), cpu] }));
    expect(observed.find(({ label }) => label === 'cpu')!.note).toBe('2 cores now; the largest need wins');
    expect(observed.at(-1)!.value).toBe('no');
    expect(explainChain(exampleStatus({ error: 'HTTP 409' })).at(-1)).toMatchObject({
      value: 'failed',
      note: 'HTTP 409',
    });
  });
});

describe('what another writer did', () => {
  it('is told with what comes of it', () => {
    expect(describeExternal(4, 12)).toBe('4 → 12 by another writer: nothing is taken away from that for 10 min');
    expect(describeExternal(12, 1)).toContain('for 10 min only what the load needs now is added');
    expect(describeExternal(4, 0)).toBe('4 → 0 by another writer: switched off until somebody sets another number');
  });
});
