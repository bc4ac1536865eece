import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractPod } from './demand-source.contract.ts';
import { type CountablePod, demandForRemoval, groupPods, type PodUsage, readyDemand } from './ready-demand.ts';

const NOW = 1_790_000_000;
const MINUTE = 60;
/** The settings of the HPA's own tests. */
const PERIODS = { cpuInitializationSeconds: 120, initialReadinessDelaySeconds: 10 };

type Given = Partial<CountablePod> & { readonly usage?: number; readonly windowSeconds?: number };

function demandOf(given: readonly Given[], resource: 'cpu' | 'memory' = 'cpu') {
  const usage = new Map<string, PodUsage>();
  const pods = given.map(({ usage: value, windowSeconds = MINUTE, ...pod }, i) => {
    if (value !== undefined) usage.set(`pod-${i}`, { value, endSeconds: NOW, windowSeconds });
    return contractPod(`pod-${i}`, NOW, pod);
  });
  const groups = groupPods(pods, usage, resource, NOW, PERIODS);
  return { groups, reading: readyDemand(pods, usage, resource, NOW, PERIODS) };
}

/** Which group a single pod is in. */
function groupOf(given: Given, resource: 'cpu' | 'memory' = 'cpu'): string {
  const { groups } = demandOf([given], resource);
  return Object.entries(groups).find(([, pods]) => pods.length === 1)![0];
}

const unready = { readySinceSeconds: undefined };

describe('which pods count: the cases of the HPA (TestGroupPods)', () => {
  const young = { startedSeconds: NOW - MINUTE };
  const old = { startedSeconds: NOW - 10 * MINUTE };
  const cases: [name: string, pod: Given, group: string, resource?: 'memory'][] = [
    ['a Ready pod, memory', { usage: 1 }, 'counted', 'memory'],
    ['a pod that is not Ready, memory', { ...unready, usage: 1 }, 'counted', 'memory'],
    ['a pod that the kubelet has not started', { ...unready, startedSeconds: undefined, usage: 1 }, 'starting'],
    [
      'Ready in its first minutes, measured since',
      { ...young, readySinceSeconds: NOW - 30, usage: 1, windowSeconds: 30 },
      'counted',
    ],
    [
      'Ready in its first minutes, measured before too',
      { ...young, readySinceSeconds: NOW - 30, usage: 1 },
      'starting',
    ],
    ['not Ready in its first minutes', { ...young, ...unready, usage: 1 }, 'starting'],
    ['Ready a moment ago, its first minutes over', { ...old, readySinceSeconds: NOW - 5, usage: 1 }, 'counted'],
    [
      'never Ready, its first minutes over',
      { ...old, ...unready, unreadySinceSeconds: NOW - 10 * MINUTE + 6, usage: 1 },
      'starting',
    ],
    [
      'was Ready and is not, its first minutes over',
      { ...old, ...unready, unreadySinceSeconds: NOW - 9 * MINUTE, usage: 1 },
      'counted',
    ],
    ['not Ready, unknown since when, its first minutes over', { ...old, ...unready, usage: 1 }, 'counted'],
    ['no measurement', {}, 'unmeasured'],
    ['pending', { phase: 'Pending', ...unready, startedSeconds: undefined }, 'starting'],
    ['pending, memory', { phase: 'Pending', usage: 1 }, 'starting', 'memory'],
    ['failed', { phase: 'Failed', usage: 1 }, 'ignored'],
    ['done', { phase: 'Succeeded' }, 'ignored'],
    ['being deleted', { deleting: true, usage: 1 }, 'ignored'],
    ['being deleted, not measured', { deleting: true }, 'ignored'],
  ];
  it.each(cases)('%s', (_, pod, group, resource) => expect(groupOf(pod, resource)).toBe(group));
});

/** The HPA's answer from our reading: what it does with missing and unready pods is in the two demands. */
function replicas(given: readonly Given[], perPodTarget: number, current: number): number | undefined {
  const { reading } = demandOf(given);
  if (reading.kind === 'missing') return undefined;
  const { value } = reading;
  const pods = reading.pods!;
  const all = pods.counted + pods.unmeasured;
  const up = value > pods.counted * perPodTarget;
  const demand = up ? value : demandForRemoval(value, pods, perPodTarget, 1);
  const ratio = demand / ((up ? all + pods.starting : all) * perPodTarget);
  const turned = up !== ratio > 1;
  return Math.abs(ratio - 1) <= 0.1 || turned ? current : Math.ceil(demand / perPodTarget);
}

describe('the numbers of the HPA (TestReplicaCalc…), requests of one core', () => {
  const full = (...usages: number[]): Given[] => usages.map((usage) => ({ usage }));
  const notReady = (...usages: number[]): Given[] =>
    usages.map((usage) => ({ usage, ...unready, startedSeconds: NOW - MINUTE }));
  const justStarted = (...usages: number[]): Given[] =>
    usages.map((usage) => ({ usage, startedSeconds: NOW - 30, readySinceSeconds: NOW - 20 }));
  const unmeasured = (count: number): Given[] => Array.from({ length: count }, () => ({}));
  const gone = (...pods: Given[]): Given[] => pods.map((pod) => ({ usage: 5, ...pod }));
  const cases: [name: string, target: number, current: number, pods: Given[], expected: number | undefined][] = [
    ['ScaleUp', 0.3, 3, full(0.3, 0.5, 0.7), 5],
    ['ScaleUpUnreadyLessScale', 0.3, 3, [...notReady(0.3), ...full(0.5, 0.7)], 4],
    ['ScaleUpHotCpuLessScale', 0.3, 3, [...justStarted(0.3), ...full(0.5, 0.7)], 4],
    ['ScaleUpUnreadyNoScale', 0.3, 3, [...full(0.4), ...notReady(0.5, 0.7)], 3],
    ['ScaleUpHotCpuNoScale', 0.3, 3, [...full(0.4), ...justStarted(0.5, 0.7)], 3],
    ['ScaleUpIgnoresFailedPods', 0.3, 2, [...full(0.5, 0.7), ...gone({ phase: 'Failed' }, { phase: 'Failed' })], 4],
    ['ScaleUpIgnoresDeletionPods', 0.3, 2, [...full(0.5, 0.7), ...gone({ deleting: true }, { deleting: true })], 4],
    ['ScaleDown', 0.5, 5, full(0.1, 0.3, 0.5, 0.25, 0.25), 3],
    ['ScaleDownIncludeUnreadyPods', 0.5, 5, [...full(0.1, 0.3, 0.5), ...notReady(0.25, 0.25)], 2],
    ['ScaleDownExcludeHotPods', 0.5, 5, [...full(0.1, 0.3, 0.5), ...justStarted(0.25, 0.25)], 2],
    ['Tolerance', 1, 3, full(1.01, 1.03, 1.02), 3],
    ['MissingMetrics', 1, 4, [...full(0.4, 0.095), ...unmeasured(2)], 3],
    ['EmptyMetrics', 1, 4, unmeasured(4), undefined],
    ['MissingMetricsNoChangeEq', 1, 2, [...full(1), ...unmeasured(1)], 2],
    ['MissingMetricsNoChangeGt', 1, 2, [...full(1.9), ...unmeasured(1)], 2],
    ['MissingMetricsNoChangeLt', 1, 2, [...full(0.6), ...unmeasured(1)], 2],
    ['MissingMetricsUnreadyChange', 0.5, 3, [...notReady(0.1), ...full(0.45), ...unmeasured(1)], 3],
    ['MissingMetricsUnreadyScaleUp', 0.5, 3, [...notReady(0.1), ...full(2), ...unmeasured(1)], 4],
    ['MissingMetricsHotCpuScaleUp', 0.5, 3, [...justStarted(0.1), ...full(2), ...unmeasured(1)], 4],
    ['MissingMetricsUnreadyScaleDown', 0.5, 4, [...notReady(0.1), ...full(0.1, 0.1), ...unmeasured(1)], 3],
  ];
  it.each(cases)('%s', (_, target, current, pods, expected) => expect(replicas(pods, target, current)).toBe(expected));
});

describe('a reading', () => {
  it('says why there is none', () => {
    expect(demandOf([]).reading).toEqual({ kind: 'missing', why: 'it has no pods' });
    expect(demandOf([{}, { phase: 'Pending' }, {}]).reading).toEqual({
      kind: 'missing',
      why: '1 of its 3 pods are starting, 2 have no measured cpu',
    });
  });

  it('is as old as the oldest pod in it, and shows also those that are left out', () => {
    const pods = ['a', 'b', 'c'].map((name) => contractPod(name, NOW, name === 'c' ? { deleting: true } : {}));
    const at = (seconds: number, value: number): PodUsage => ({ value, endSeconds: NOW - seconds, windowSeconds: 30 });
    const usage = new Map([
      ['a', at(15, 1)],
      ['b', at(40, 2)],
      ['c', at(90, 4)],
      ['stranger', at(1, 8)],
    ]);
    const reading = readyDemand(pods, usage, 'cpu', NOW);
    expect(reading).toMatchObject({ value: 3, timeSeconds: NOW - 40 });
    expect(reading.kind === 'value' && [...reading.perPod!]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 4],
    ]);
  });

  it('property: pods that nobody measured never lower the demand on which removals are decided', () => {
    const counts = fc.record({
      counted: fc.integer({ min: 1, max: 50 }),
      starting: fc.nat(20),
      unmeasured: fc.nat(20),
    });
    const amount = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(counts, amount, fc.double({ min: 0.01, max: 10, noNaN: true }), (pods, value, target) => {
        const removal = demandForRemoval(value, pods, target);
        expect(removal).toBeGreaterThanOrEqual(value);
        const oneMore = demandForRemoval(value, { ...pods, unmeasured: pods.unmeasured + 1 }, target);
        expect(oneMore).toBeGreaterThanOrEqual(removal);
      }),
    );
  });
});
