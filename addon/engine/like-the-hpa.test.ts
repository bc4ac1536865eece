import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculateReplicas, ReactiveRule } from '../../actuator/scaler/reactive.ts';
import { contractPod } from '../../collector/demand/demand-source.contract.ts';
import { type PodUsage, readyDemand } from '../../collector/demand/ready-demand.ts';
import type { PodRecord } from '../../core/pod-record.ts';
import type { PodTarget } from '../../core/policy/policy.ts';
import { PodCapacity } from './pod-capacity.ts';

/*
 * The cases of kubernetes v1.35 pkg/controller/podautoscaler/replica_calculator_test.go by their names, each with its numbers: pods and
 * their usage go through what counts as demand, what a pod serves, and the reactive rule. Not here: metrics of one object and of
 * one container, tolerances other than 0.1, and integers that overflow, which this addon does not have.
 */

const NOW = 1_790_000_000;
const MINUTE = 60;
/** The settings of the HPA's own tests. */
const PERIODS = { cpuInitializationSeconds: 120, initialReadinessDelaySeconds: 10 };

type Given = Partial<PodRecord> & { readonly usage?: number; readonly request?: number };
interface Case {
  readonly current: number;
  readonly pods: readonly Given[];
  readonly target: PodTarget;
}

/** What the rule is asked with; a text where it is not asked. */
function asked({ pods: given, target, current }: Case) {
  const usage = new Map<string, PodUsage>();
  const pods = given.map(({ usage: value, request = 1, ...pod }, i) => {
    if (value !== undefined) usage.set(`pod-${i}`, { value, endSeconds: NOW, windowSeconds: MINUTE });
    return contractPod(`pod-${i}`, NOW, { requests: { cpuCores: request, memoryBytes: 0, gpus: 0 }, ...pod });
  });
  usage.set('of-another-workload', { value: 3.2, endSeconds: NOW, windowSeconds: MINUTE });
  const reading = readyDemand(pods, usage, 'cpu', NOW, PERIODS);
  if (reading.kind === 'missing') return reading.why;
  const capacity = new PodCapacity({ metric: { kind: 'resource', resource: 'cpu' }, target }).update(pods);
  if (typeof capacity !== 'number') return capacity;
  const fullPerPod = target.kind === 'utilization' ? capacity / target.fraction : capacity;
  return { load: reading.value, capacity, current, measured: { ...reading.pods!, fullPerPod } };
}

function answer(one: Case): number | string | undefined {
  const question = asked(one);
  if (typeof question !== 'object') return question;
  return calculateReplicas(question.load, question.capacity, question.current, question.measured);
}

const percent = (value: number): PodTarget => ({ kind: 'utilization', fraction: value / 100 });
const raw = (perPod: number): PodTarget => ({ kind: 'absolute', perPod });
const full = (...usages: number[]): Given[] => usages.map((usage) => ({ usage }));
const requesting = (requests: number[], usages: number[]): Given[] =>
  requests.map((request, i) => ({ request, ...(usages[i] !== undefined && { usage: usages[i] }) }));
const unready = { readySinceSeconds: undefined };
const notReady = (...usages: number[]): Given[] =>
  usages.map((usage) => ({ usage, ...unready, startedSeconds: NOW - MINUTE }));
const hot = (...usages: number[]): Given[] =>
  usages.map((usage) => ({ usage, startedSeconds: NOW - 30, readySinceSeconds: NOW - 20 }));
const unmeasured = (count: number): Given[] => Array.from({ length: count }, () => ({}));
const failed: Given[] = [1, 2].map(() => ({ phase: 'Failed', ...unready }));
const deleted: Given[] = [1, 2].map(() => ({ deleting: true, ...unready }));
const stillRunning: Given[] = [1, 2].map(() => ({ deleting: true, usage: 5, ...unready }));
const pending: Given[] = [1, 2, 3, 4].map(() => ({ phase: 'Pending', ...unready, startedSeconds: undefined }));

describe('the reactive rule is the HPA: TestReplicaCalc…, cpu as a share of the request', () => {
  const cases: [name: string, current: number, target: number, pods: Given[], expected: number][] = [
    ['ScaleUp', 3, 30, full(0.3, 0.5, 0.7), 5],
    ['ScaleUpUnreadyLessScale', 3, 30, [...notReady(0.3), ...full(0.5, 0.7)], 4],
    ['ScaleUpHotCpuLessScale', 3, 30, [...hot(0.3), ...full(0.5, 0.7)], 4],
    ['ScaleUpUnreadyNoScale', 3, 30, [...full(0.4), ...notReady(0.5, 0.7)], 3],
    ['ScaleHotCpuNoScale', 3, 30, [...full(0.4), ...hot(0.5, 0.7)], 3],
    ['ScaleUpIgnoresFailedPods', 2, 30, [...full(0.5, 0.7), ...failed], 4],
    ['ScaleUpIgnoresDeletionPods', 2, 30, [...full(0.5, 0.7), ...deleted], 4],
    ['ScaleDown', 5, 50, full(0.1, 0.3, 0.5, 0.25, 0.25), 3],
    ['ScaleDownExcludeUnreadyPods', 5, 50, [...full(0.1, 0.3, 0.5), ...notReady(0.25, 0.25)], 2],
    ['ScaleDownExcludeUnscheduledPods', 5, 50, [...full(0.1), ...pending], 1],
    ['ScaleDownIgnoreHotCpuPods', 5, 50, [...full(0.1, 0.3, 0.5), ...hot(0.25, 0.25)], 2],
    ['ScaleDownIgnoresFailedPods', 5, 50, [...full(0.1, 0.3, 0.5, 0.25, 0.25), ...failed], 3],
    ['ScaleDownIgnoresDeletionPods', 5, 50, [...full(0.1, 0.3, 0.5, 0.25, 0.25), ...deleted], 3],
    ['ScaleDownIgnoresDeletionPods_StillRunning', 5, 50, [...full(0.1, 0.3, 0.5, 0.25, 0.25), ...stillRunning], 3],
    ['Tolerance', 3, 100, requesting([0.9, 1, 1.1], [1.01, 1.03, 1.02]), 3],
    ['SuperfluousMetrics', 4, 100, full(4, 9.5, 3, 7), 24],
    ['MissingMetrics', 4, 100, [...full(0.4, 0.095), ...unmeasured(2)], 3],
    ['MissingMetricsNoChangeEq', 2, 100, [...full(1), ...unmeasured(1)], 2],
    ['MissingMetricsNoChangeGt', 2, 100, [...full(1.9), ...unmeasured(1)], 2],
    ['MissingMetricsNoChangeLt', 2, 100, [...full(0.6), ...unmeasured(1)], 2],
    ['MissingMetricsUnreadyChange', 3, 50, [...notReady(0.1), ...full(0.45), ...unmeasured(1)], 3],
    ['MissingMetricsHotCpuNoChange', 3, 50, [...hot(0.1), ...full(0.45), ...unmeasured(1)], 3],
    ['MissingMetricsUnreadyScaleUp', 3, 50, [...notReady(0.1), ...full(2), ...unmeasured(1)], 4],
    ['MissingMetricsHotCpuScaleUp', 3, 50, [...hot(0.1), ...full(2), ...unmeasured(1)], 4],
    ['MissingMetricsUnreadyScaleDown', 4, 50, [...notReady(0.1), ...full(0.1, 0.1), ...unmeasured(1)], 3],
    [
      'MissingMetricsScaleDownTargetOver100',
      ...([4, 300] as const),
      [...notReady(0.2), ...requesting([1, 2, 2], [0.1, 0.1])],
      2,
    ],
    ['DuringRollingUpdateWithMaxSurge', 2, 50, [...full(0.1, 0.1), ...unmeasured(1)], 2],
    ['ComputedToleranceAlgImplementation, over it', 10, 56, spread(), 9],
    ['ComputedToleranceAlgImplementation, within it', 10, 55, spread(), 10],
  ];
  it.each(cases)('%s', (_, current, target, pods, expected) => {
    expect(answer({ current, pods, target: percent(target) })).toBe(expected);
  });

  it.each([
    ['DisjointResourcesMetrics', 1, unmeasured(1), /1 have no measured cpu/],
    ['EmptyMetrics', 4, unmeasured(4), /4 have no measured cpu/],
    [
      'EmptyCPURequest',
      1,
      [{ usage: 0.2, requests: { cpuCores: 0, memoryBytes: 0, gpus: 0, without: { cpu: 'container1' } } }],
      /^missing request for cpu in container container1 of Pod pod-0/,
    ],
  ] as const)('%s: no answer, and why', (_, current, pods, why) => {
    expect(answer({ current, pods, target: percent(100) })).toMatch(why);
  });
});

describe('the reactive rule is the HPA: TestReplicaCalc…CM, an absolute target a pod', () => {
  const cases: [name: string, current: number, target: number, pods: Given[], expected: number][] = [
    ['ScaleUpCM', 3, 15, full(20, 10, 30), 4],
    ['ScaleUpCMExternal', 1, 4.4, full(8.6), 2],
    ['ScaleDownCM', 5, 20, full(12, 12, 12, 12, 12), 3],
    ['ToleranceCM', 3, 20, full(20, 21, 21), 3],
    ['PlainMetricMissingMetricsNoChangeEq', 5, 20, [...full(20, 19, 21), ...unmeasured(2)], 5],
    ['DuringRollingUpdateWithMaxSurgeCM', 2, 17, [...full(10, 10), ...unmeasured(1)], 2],
  ];
  it.each(cases)('%s', (_, current, target, pods, expected) => {
    expect(answer({ current, pods, target: raw(target) })).toBe(expected);
  });

  /** Of a query there is the sum alone: pods that aren't Ready are in it. */
  const summed: [name: string, current: number, ready: number, target: number, load: number, expected: number][] = [
    ['ScaleUpCMUnreadyHotCpuNoLessScale', 3, 2, 15, 90, 6],
    ['ScaleUpCMUnreadyHotCpuScaleWouldScaleDown', 3, 1, 15, 95, 7],
    ['ScaleUpCMPerPodObject', 3, 3, 5, 20, 4],
    ['ScaleUpPerPodCMExternal', 3, 3, 2.15, 8.6, 4],
    ['ScaleDownPerPodCMObject', 5, 5, 2, 6, 3],
    ['ScaleDownPerPodCMExternal', 5, 5, 2.867, 8.6, 3],
    ['TolerancePerPodCMObject', 4, 4, 5, 20.166, 4],
    ['TolerancePerPodCMExternal', 3, 3, 2.9, 8.6, 3],
  ];
  it.each(summed)('%s', (_, current, ready, target, load, expected) => {
    expect(new ReactiveRule(target).replicas(load, 1, current, ready)).toBe(expected);
  });
});

describe('the edges of the tolerance', () => {
  it.each([
    [11, 10],
    [11.01, 12],
    [9, 10],
    [8.99, 9],
    [10, 10],
  ])('ten pods with a load of %d are %d', (load, expected) => {
    expect(new ReactiveRule(1).replicas(load, 1, 10, 10)).toBe(expected);
  });

  it('hold whatever the target is a fraction of: 110 % of 0.3 in any number of pods', () => {
    for (let pods = 1; pods <= 300; pods++) {
      expect(new ReactiveRule(0.3).replicas(pods * 0.3 * 1.1, 1, pods, pods)).toBe(pods);
      expect(new ReactiveRule(0.3).replicas(pods * 0.3 * 0.9, 1, pods, pods)).toBe(pods);
    }
  });
});

describe('pods that nobody measures', () => {
  it('property: never make fewer of the workload than it would be without them, and never turn the direction', () => {
    const pods = fc.record({ counted: fc.integer({ min: 1, max: 50 }), starting: fc.nat(20), unmeasured: fc.nat(20) });
    const load = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(pods, load, (measured, demand) => {
        const total = measured.counted + measured.starting + measured.unmeasured;
        const replicas = calculateReplicas(demand, 1, total, { ...measured, fullPerPod: 2 });
        if (demand > measured.counted) expect(replicas).toBeGreaterThanOrEqual(total);
        else expect(replicas).toBeLessThanOrEqual(total);
        expect(replicas).toBeGreaterThanOrEqual(Math.min(total, Math.ceil(demand - 1e-6)));
      }),
    );
  });
});

/** Ten pods that use 150m of about 300m each. */
function spread(): Given[] {
  return requesting(
    [100, -100, 10, -10, 2, -2, 1, -1, 0, 0].map((more) => (300 + more) / 1000),
    new Array<number>(10).fill(0.15),
  );
}
