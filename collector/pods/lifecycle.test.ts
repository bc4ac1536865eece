import { describe, expect, it } from 'vitest';
import { startObstacle, startupTimings, startupTrouble } from './lifecycle.ts';
import { podRecord } from './pod-projection.ts';
import type { RawPod } from './raw-pod.ts';

/** 09:00:00 + seconds. */
const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 9, 0, seconds)).toISOString().replace('.000', '');
const condition = (type: string, seconds: number, status = 'True') => ({
  type,
  status,
  lastTransitionTime: at(seconds),
});
const running = (name: string, seconds: number, restartCount = 0) => ({
  name,
  restartCount,
  state: { running: { startedAt: at(seconds) } },
});

/** As the kubelet of Kubernetes 1.31 on an EC2 node leaves it: image pulled in 11 s, two containers, a readiness probe. */
const ON_EKS: RawPod = {
  metadata: {
    name: 'web-6d4cf56db6-8fh2k',
    namespace: 'shop',
    uid: '5e0b6b0e-1f0c-4a27-9a6f-0b4c6a0b1c11',
    creationTimestamp: at(0),
    labels: { app: 'web', 'pod-template-hash': '6d4cf56db6' },
  },
  spec: {
    nodeName: 'ip-10-0-3-17.eu-central-1.compute.internal',
    containers: [
      { name: 'web', resources: { requests: { cpu: '500m', memory: '1Gi', 'nvidia.com/gpu': '1' } } },
      { name: 'proxy', resources: { requests: { cpu: '0.1', memory: '128Mi' } } },
    ],
    initContainers: [
      { name: 'migrate', resources: { requests: { cpu: '2' } } },
      { name: 'mesh', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
    ],
  },
  status: {
    phase: 'Running',
    startTime: at(1),
    conditions: [
      condition('PodReadyToStartContainers', 3),
      condition('Initialized', 5),
      condition('Ready', 27),
      condition('ContainersReady', 27),
      condition('PodScheduled', 1),
    ],
    initContainerStatuses: [{ name: 'migrate', state: { terminated: { startedAt: at(4) } } }],
    containerStatuses: [running('web', 18), running('proxy', 17)],
  },
};

/** KWOK and ECI set neither the sandbox condition nor init containers. */
const ON_ECI: RawPod = {
  metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', creationTimestamp: at(0) },
  spec: { nodeName: 'virtual-kubelet-cn-hangzhou-k' },
  status: {
    phase: 'Running',
    conditions: [
      condition('PodScheduled', 0),
      condition('Initialized', 4),
      condition('ContainersReady', 9),
      condition('Ready', 9),
    ],
    containerStatuses: [running('web', 7)],
  },
};

function withConditions(pod: RawPod, ...conditions: NonNullable<NonNullable<RawPod['status']>['conditions']>): RawPod {
  return { ...pod, status: { ...pod.status, conditions } };
}

describe('the start-up of a pod', () => {
  it('is told stage by stage on an ordinary node, the image pull by its Event', () => {
    const pulled = [
      { reason: 'Pulling', timeSeconds: Date.parse(at(5)) / 1000 },
      { reason: 'Pulled', timeSeconds: Date.parse(at(16)) / 1000 },
      { reason: 'Created', timeSeconds: undefined },
    ];
    expect(startupTimings(ON_EKS, undefined, pulled)).toEqual({
      createdSeconds: Date.parse(at(0)) / 1000,
      stageSeconds: { scheduled: 1, sandbox: 2, initialized: 2, pulled: 11, started: 2, ready: 9 },
      totalSeconds: 27,
      readySeconds: Date.parse(at(27)) / 1000,
      oddities: [],
    });
  });

  it('counts what is not known to the next stage that is', () => {
    expect(startupTimings(ON_EKS)?.stageSeconds).toMatchObject({ initialized: 2, started: 13, ready: 9 });
    const eci = startupTimings(ON_ECI);
    expect(eci).toMatchObject({ stageSeconds: { scheduled: 0, started: 7, ready: 2 }, totalSeconds: 9, oddities: [] });
    expect(eci?.stageSeconds).not.toHaveProperty('initialized');
  });

  it('has no total before it is Ready, or once it is Ready no more, or for a finished job', () => {
    const pending = { ...ON_ECI, status: { phase: 'Pending', conditions: [condition('PodScheduled', 1)] } };
    expect(startupTimings(pending)).toMatchObject({ stageSeconds: { scheduled: 1 }, totalSeconds: undefined });
    const unready = withConditions(ON_ECI, condition('PodScheduled', 0), condition('Ready', 300, 'False'));
    expect(startupTimings(unready)?.totalSeconds).toBeUndefined();
    const job = {
      ...ON_ECI,
      status: {
        phase: 'Succeeded',
        conditions: [{ ...condition('Ready', 60, 'False'), reason: 'PodCompleted' }],
        containerStatuses: [{ state: { terminated: { startedAt: at(7) } } }],
      },
    };
    expect(startupTimings(job)).toMatchObject({ stageSeconds: { started: 7 }, totalSeconds: undefined });
  });

  it('waits for readiness gates, not for the containers alone', () => {
    const gated = withConditions(
      ON_ECI,
      condition('ContainersReady', 9),
      condition('target-health', 40),
      condition('Ready', 40),
    );
    expect(startupTimings(gated)).toMatchObject({ totalSeconds: 40, stageSeconds: { ready: 33 } });
  });

  it('of a pod that restarted is unknown, unless it was watched from its start', () => {
    const restarted = {
      ...ON_ECI,
      status: {
        ...ON_ECI.status,
        containerStatuses: [{ ...running('web', 500, 1), lastState: { terminated: { startedAt: at(6) } } }],
      },
    };
    const unseen = startupTimings(restarted);
    expect(unseen).toMatchObject({ stageSeconds: { started: 6 }, totalSeconds: undefined, oddities: ['restarted'] });
    expect(startupTimings(restarted, { watchedFromStart: true })).toMatchObject({ totalSeconds: 9, oddities: [] });
  });

  it('is not the failed probe of yesterday', () => {
    const again = withConditions(ON_ECI, condition('Ready', 86_400));
    expect(startupTimings(again)).toMatchObject({ totalSeconds: undefined, oddities: ['ready-again'] });
    expect(startupTimings(again, { watchedFromStart: true })?.totalSeconds).toBe(86_400);
  });
});

describe('clocks', () => {
  it('that round against each other lose nothing', () => {
    const rounded = withConditions(ON_ECI, condition('PodScheduled', -1), condition('Ready', 9));
    expect(startupTimings(rounded)).toMatchObject({ stageSeconds: { scheduled: 0 }, totalSeconds: 9, oddities: [] });
  });

  it('of a node a minute behind are put right by what runs backwards', () => {
    const behind: RawPod = {
      ...ON_ECI,
      status: {
        conditions: [
          condition('PodScheduled', 0),
          condition('PodReadyToStartContainers', -58),
          condition('Ready', -50),
        ],
        containerStatuses: [running('web', -53)],
      },
    };
    const timings = startupTimings(behind);
    expect(timings).toMatchObject({ stageSeconds: { scheduled: 0, started: 5, ready: 3 }, totalSeconds: 8 });
    expect(timings?.stageSeconds).not.toHaveProperty('sandbox');
    expect(timings?.oddities).toEqual(['clock-skew']);
  });

  it('of a node a minute ahead are cut at the moment it was seen Ready', () => {
    const ahead = withConditions(ON_ECI, condition('PodScheduled', 0), condition('Ready', 69));
    const seenSeconds = Date.parse(at(10)) / 1000;
    const timings = startupTimings(ahead, { watchedFromStart: true, seenSeconds });
    expect(timings).toMatchObject({ totalSeconds: 10, oddities: ['clock-skew'] });
  });

  it('of our own, a minute behind, change nothing', () => {
    const seenSeconds = Date.parse(at(9 - 60)) / 1000;
    expect(startupTimings(ON_ECI, { watchedFromStart: true, seenSeconds })).toMatchObject({
      totalSeconds: 9,
      oddities: [],
    });
  });

  it('read times in milliseconds, and none where there is none', () => {
    const micro = { ...condition('Ready', 0), lastTransitionTime: at(9).replace('Z', '.250000Z') };
    expect(startupTimings(withConditions(ON_ECI, micro))?.totalSeconds).toBe(9.25);
    for (const lastTransitionTime of [null, '0001-01-01T00:00:00Z', 'soon']) {
      expect(startupTimings(withConditions(ON_ECI, { ...micro, lastTransitionTime }))?.totalSeconds).toBeUndefined();
    }
    expect(startupTimings({ ...ON_ECI, metadata: { name: 'x', uid: 'y', creationTimestamp: null } })).toBeUndefined();
  });
});

describe('a pod that does not get Ready', () => {
  it('says why: its image, its crashes, no node', () => {
    const waits = (reason: string): RawPod => ({
      ...ON_ECI,
      status: { containerStatuses: [{ state: { waiting: { reason } } }] },
    });
    expect(startupTrouble(waits('ImagePullBackOff'))).toBe('image-pull');
    expect(startupTrouble(waits('CrashLoopBackOff'))).toBe('crash-loop');
    expect(startupTrouble(waits('ContainerCreating'))).toBeUndefined();
    const nowhere = { ...condition('PodScheduled', 1, 'False'), reason: 'Unschedulable' };
    expect(startupTrouble(withConditions(ON_ECI, nowhere))).toBe('unschedulable');
    expect(startupTrouble(ON_EKS)).toBeUndefined();
  });

  it('says it in Kubernetes’ own words, which are kept while it is not Ready', () => {
    const full = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available';
    const nowhere = { ...condition('PodScheduled', 1, 'False'), reason: 'Unschedulable', message: full };
    const pending = withConditions(ON_ECI, nowhere, condition('Ready', 1, 'False'));
    const record = podRecord(pending, undefined);
    expect(record.obstacle).toEqual({ reason: 'Unschedulable', message: full });
    expect(record.unreadySinceSeconds).toBe(Date.parse(at(1)) / 1000);
    const message = 'secret "db" not found';
    const misconfigured: RawPod = {
      ...ON_ECI,
      status: { containerStatuses: [{ state: { waiting: { reason: 'CreateContainerConfigError', message } } }] },
    };
    expect(podRecord(misconfigured, undefined).obstacle).toEqual({ reason: 'CreateContainerConfigError', message });
    expect(podRecord(ON_EKS, undefined)).not.toHaveProperty('obstacle');
  });

  it('in a few hundred characters, cut between words: a scheduler names the reasons of all nodes', () => {
    const message = `0/5000 nodes are available: ${'1 node(s) had untolerated taint {dedicated: batch}, '.repeat(40)}`;
    const nowhere = { ...condition('PodScheduled', 1, 'False'), reason: 'Unschedulable', message };
    const kept = startObstacle(withConditions(ON_ECI, nowhere))!.message;
    expect(kept.length).toBeLessThan(310);
    expect(message.startsWith(kept.slice(0, -2))).toBe(true);
    expect(kept).toMatch(/[\w}),:] …$/);
  });
});

describe('what is kept of a pod', () => {
  it('is a record with its requests summed as the HPA sums them: containers and sidecars, no init containers', () => {
    const record = podRecord(ON_EKS, 'ordinary');
    expect(record).toEqual({
      namespace: 'shop',
      name: 'web-6d4cf56db6-8fh2k',
      uid: '5e0b6b0e-1f0c-4a27-9a6f-0b4c6a0b1c11',
      createdSeconds: Date.parse(at(0)) / 1000,
      readySinceSeconds: Date.parse(at(27)) / 1000,
      startedSeconds: Date.parse(at(1)) / 1000,
      phase: 'Running',
      deleting: false,
      nodeClass: 'ordinary',
      nodeName: 'ip-10-0-3-17.eu-central-1.compute.internal',
      templateHash: '6d4cf56db6',
      requests: {
        cpuCores: expect.closeTo(0.7, 9),
        memoryBytes: 1152 * 2 ** 20,
        gpus: 1,
        cpuLimitCores: 0,
        without: { memory: 'mesh' },
      },
      deletionCost: undefined,
    });
  });

  it('takes requests of the pod as a whole, deletion and its cost', () => {
    const { metadata, spec } = ON_EKS;
    const pod = {
      metadata: {
        ...metadata,
        deletionTimestamp: at(60),
        annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-100' },
      },
      spec: { ...spec, resources: { requests: { cpu: '2' } } },
    };
    const record = podRecord(pod, undefined);
    expect(record).toMatchObject({
      deleting: true,
      deletionCost: -100,
      phase: 'Unknown',
      readySinceSeconds: undefined,
    });
    expect(record.requests).toMatchObject({ cpuCores: 2, memoryBytes: 1152 * 2 ** 20 });
  });

  it('has the CPU limit of all its containers together, and none where one has none', () => {
    const limited = (...cpus: (string | undefined)[]) => {
      const containers = cpus.map((cpu) => ({ resources: { limits: cpu === undefined ? {} : { cpu } } }));
      return podRecord({ ...ON_ECI, spec: { containers } }, undefined).requests.cpuLimitCores;
    };
    expect(limited('1', '500m')).toBe(1.5);
    expect(limited('1', undefined)).toBe(0);
    expect(limited()).toBe(0);
    const whole = { ...ON_ECI, spec: { containers: [{}], resources: { limits: { cpu: '2' } } } };
    expect(podRecord(whole, undefined).requests.cpuLimitCores).toBe(2);
  });

  it('names the first container without a request, sidecars included, init containers not', () => {
    const cpu = (name: string, amount: string | undefined, restartPolicy?: string) => ({
      name,
      resources: { requests: { memory: '1Gi', ...(amount !== undefined && { cpu: amount }) } },
      ...(restartPolicy !== undefined && { restartPolicy }),
    });
    const without = (spec: NonNullable<RawPod['spec']>) => podRecord({ ...ON_ECI, spec }, undefined).requests.without;
    const web = cpu('web', '500m');
    expect(without({ containers: [web, cpu('istio-proxy', undefined)] })).toEqual({ cpu: 'istio-proxy' });
    expect(without({ containers: [web], initContainers: [cpu('proxy', undefined, 'Always')] })).toEqual({
      cpu: 'proxy',
    });
    expect(without({ containers: [web], initContainers: [cpu('migrate', undefined)] })).toBeUndefined();
    expect(without({ containers: [web, cpu('idle', '0')] })).toBeUndefined();
    expect(without({ containers: [{ name: 'web' }] })).toEqual({ cpu: 'web', memory: 'web' });
    const proxied = [web, cpu('istio-proxy', undefined)];
    expect(without({ containers: proxied, resources: { requests: { cpu: '800m' } } })).toBeUndefined();
    const memoryOnly = { containers: [cpu('a', undefined)], resources: { requests: { memory: '2Gi' } } };
    expect(without(memoryOnly)).toEqual({ cpu: '' });
  });
});
