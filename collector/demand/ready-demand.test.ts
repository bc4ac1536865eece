import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/pod-record.ts';
import { contractPod } from './demand-source.contract.ts';
import { groupPods, type PodUsage, readyDemand } from './ready-demand.ts';

const NOW = 1_790_000_000;
const MINUTE = 60;
/** The settings of the HPA's own tests. */
const PERIODS = { cpuInitializationSeconds: 120, initialReadinessDelaySeconds: 10 };

type Given = Partial<PodRecord> & { readonly usage?: number; readonly windowSeconds?: number };

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

describe('the numbers of the HPA (TestReplicaCalc…), requests of one core', () => {
  const full = (...usages: number[]): Given[] => usages.map((usage) => ({ usage }));
  const notReady: Given[] = [0.25, 0.25].map((usage) => ({ usage, ...unready, startedSeconds: NOW - MINUTE }));
  const justStarted: Given[] = notReady.map((pod) => ({
    ...pod,
    startedSeconds: NOW - 30,
    readySinceSeconds: NOW - 20,
  }));
  const gone = (pod: Given): Given[] => [1, 2].map(() => ({ usage: 5, ...pod }));
  const cases: [
    name: string,
    pods: Given[],
    value: number,
    counts: [counted: number, starting: number, unmeasured: number],
  ][] = [
    ['ScaleDown', full(0.1, 0.3, 0.5, 0.25, 0.25), 1.4, [5, 0, 0]],
    ['ScaleDownExcludeUnreadyPods', [...full(0.1, 0.3, 0.5), ...notReady], 0.9, [3, 2, 0]],
    ['ScaleDownIgnoreHotCpuPods', [...full(0.1, 0.3, 0.5), ...justStarted], 0.9, [3, 2, 0]],
    ['ScaleUpIgnoresFailedPods', [...full(0.5, 0.7), ...gone({ phase: 'Failed' })], 1.2, [2, 0, 0]],
    ['ScaleUpIgnoresDeletionPods', [...full(0.5, 0.7), ...gone({ deleting: true })], 1.2, [2, 0, 0]],
    ['MissingMetrics', [...full(0.4, 0.095), {}, {}], 0.495, [2, 0, 2]],
  ];
  it.each(cases)('%s: which usage is the demand', (_, pods, value, [counted, starting, unmeasured]) => {
    const { reading } = demandOf(pods);
    expect(reading).toMatchObject({ kind: 'value', pods: { counted, starting, unmeasured } });
    expect(reading.kind === 'value' && reading.value).toBeCloseTo(value, 9);
  });
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
});
