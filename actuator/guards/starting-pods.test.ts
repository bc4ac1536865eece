import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/pod-record.ts';
import { startingPods, startTroubles } from './starting-pods.ts';

const NOW = 1_800_000_000;

/** A pod that was created so long ago. */
const pod = (age: number, rest: Partial<PodRecord> = {}): PodRecord => ({
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  createdSeconds: NOW - age,
  readySinceSeconds: undefined,
  startedSeconds: NOW - age + 1,
  phase: 'Running',
  deleting: false,
  nodeClass: 'virtual',
  nodeName: 'v',
  requests: { cpuCores: 1, memoryBytes: 1, gpus: 0 },
  deletionCost: undefined,
  ...rest,
});
const ready = (age: number) => pod(age, { readySinceSeconds: NOW - age + 9 });
const obstructed = (age: number, reason: string) => pod(age, { obstacle: { reason, message: 'in words' } });

describe('pods that are starting', () => {
  it('are expected one start-up time after they were made', () => {
    const pods = [ready(600), ready(100), pod(0), pod(0), pod(15)];
    const counts = { total: 5, ready: 2, starting: 3, stuck: 0 };
    expect(startingPods(pods, 20, NOW, 4)).toEqual({ ...counts, readySoon: 0 });
    expect(startingPods(pods, 20, NOW, 5)).toEqual({ ...counts, readySoon: 1 });
    expect(startingPods(pods, 20, NOW, 20)).toEqual({ ...counts, readySoon: 3 });
  });

  it('that are late may be late for as long again, until they are overdue', () => {
    const soon = (age: number) => startingPods([pod(age)], 20, NOW, 20);
    expect(soon(30)).toMatchObject({ starting: 1, readySoon: 1 });
    expect(soon(41)).toMatchObject({ starting: 1, readySoon: 0 });
    expect(soon(300)).toMatchObject({ starting: 1, readySoon: 0, stuck: 0 });
    expect(soon(301)).toMatchObject({ starting: 0, readySoon: 0, stuck: 1 });
  });

  it('leave out those that finished or are being deleted', () => {
    const pods = [ready(600), pod(3, { deleting: true }), pod(3, { phase: 'Failed' }), pod(3, { phase: 'Succeeded' })];
    expect(startingPods(pods, 20, NOW, 20)).toEqual({ total: 1, ready: 1, starting: 0, readySoon: 0, stuck: 0 });
  });

  it('that no node has room for may get a new one, for two minutes over their start-up time', () => {
    const stuck = (age: number, reason: string) => startingPods([obstructed(age, reason)], 45, NOW, 45).stuck;
    expect([stuck(165, 'Unschedulable'), stuck(166, 'Unschedulable')]).toEqual([0, 1]);
    expect([stuck(30, 'ImagePullBackOff'), stuck(31, 'ImagePullBackOff')]).toEqual([0, 1]);
  });

  it('are not those that were Ready for hours and fail under their load', () => {
    const lapsed = pod(7_200, { unreadySinceSeconds: NOW - 60 });
    expect(startingPods([lapsed, ready(7_200)], 20, NOW, 20)).toEqual({
      ...{ total: 2, ready: 1, starting: 0, readySoon: 0, stuck: 0 },
    });
    expect(startTroubles([lapsed], 20, NOW).stuck).toBe(0);
    expect(startTroubles([pod(7_200, { unreadySinceSeconds: NOW - 7_199 })], 20, NOW).stuck).toBe(1);
  });
});

describe('pods that never become Ready', () => {
  it('are those older than three lead times, at least five minutes; finished and leaving ones do not count', () => {
    const pods = [
      ...[pod(1000), pod(301), pod(299), ready(100), pod(1000, { readySinceSeconds: NOW - 20 })],
      ...[pod(1000, { deleting: true }), pod(1000, { phase: 'Failed' })],
    ];
    expect(startTroubles(pods, 20, NOW)).toMatchObject({ total: 5, starting: 1, stuck: 2 });
    expect(startTroubles(pods, 200, NOW)).toMatchObject({ total: 5, starting: 2, stuck: 1 });
  });

  it('say why in Kubernetes’ words, where it says anything', () => {
    expect(startTroubles([ready(100), obstructed(200, 'ImagePullBackOff')], 20, NOW).obstacle).toEqual({
      reason: 'ImagePullBackOff',
      message: 'in words',
    });
    expect(startTroubles([pod(1000)], 20, NOW).obstacle).toBeUndefined();
  });

  it('in a full cluster: eleven of a batch came up, then none beside the last three', () => {
    const eleven = Array.from({ length: 11 }, () => ready(600));
    const full = Array.from({ length: 3 }, () => obstructed(400, 'Unschedulable'));
    expect(startTroubles([...eleven, ...full], 20, NOW)).toMatchObject({ stuck: 3, becameReady: 0 });
    expect(startTroubles([...eleven, ...full, ready(100)], 20, NOW)).toMatchObject({ stuck: 3, becameReady: 1 });
  });

  it('of a rollout that is stuck beside the pods of the old template, which would still come up', () => {
    const old = Array.from({ length: 8 }, () => ({ ...ready(9_000), templateHash: 'old' }));
    const broken = Array.from({ length: 5 }, () => ({ ...obstructed(600, 'CrashLoopBackOff'), templateHash: 'new' }));
    expect(startTroubles([...old, ...broken], 20, NOW)).toMatchObject({ stuck: 5, becameReady: 8 });
  });
});
