import type { RawCondition, RawContainerStatus } from '../../collector/pods/raw-pod.ts';

/** What keeps a pod from becoming, or being, Ready. */
export type Illness = 'image-pull' | 'crash-loop' | 'never-ready' | 'unready';

/** A pod of the plant. Times are epoch seconds. */
export interface SimulatedPod {
  readonly name: string;
  readonly uid: string;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly nodeClass: 'virtual' | 'ordinary';
  readonly requestCores: number;
  readonly limitCores: number;
  readonly memoryGib: number;
  readonly createdSeconds: number;
  scheduledSeconds: number | undefined;
  startedSeconds: number | undefined;
  /** While it is Ready. */
  readySeconds: number | undefined;
  /** When it was last not Ready, after it had been. */
  unreadySeconds: number | undefined;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** No node has room for it, in the scheduler's words. */
  unschedulable: string | undefined;
  illness: Illness | undefined;
  deletedSeconds: number | undefined;
  restarts: number;
  /** Cores that it uses now, and core-seconds so far; GiB. */
  cores: number;
  coreSeconds: number;
  gib: number;
}

export function isReady(pod: SimulatedPod): boolean {
  return pod.readySeconds !== undefined && pod.deletedSeconds === undefined;
}

/** Neither finished nor being deleted. */
export function isActive({ phase, deletedSeconds }: SimulatedPod): boolean {
  return deletedSeconds === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** As the API shows times: whole seconds. */
export function apiTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const known = texts.get(whole);
  if (known !== undefined) return known;
  const text = `${new Date(whole * 1000).toISOString().slice(0, 19)}Z`;
  if (texts.size >= MOST_TEXTS) texts.clear();
  texts.set(whole, text);
  return text;
}

/** The same few instants are written again and again. */
const texts = new Map<number, string>();
const MOST_TEXTS = 5_000;

/** The object as the API server would have it. */
export function podObject(pod: SimulatedPod, namespace: string, labels: Readonly<Record<string, string>>): object {
  const { owner, requestCores, limitCores, memoryGib } = pod;
  const requests = { cpu: `${Math.round(1_000 * requestCores)}m`, memory: `${Math.round(1024 * memoryGib)}Mi` };
  const limits = limitCores > 0 ? { limits: { cpu: `${Math.round(1_000 * limitCores)}m` } } : {};
  const virtual = pod.nodeClass === 'virtual' ? { 'alibabacloud.com/eci': 'true' } : {};
  return {
    metadata: {
      name: pod.name,
      namespace,
      uid: pod.uid,
      creationTimestamp: apiTime(pod.createdSeconds),
      ...(pod.deletedSeconds === undefined ? {} : { deletionTimestamp: apiTime(pod.deletedSeconds) }),
      labels: { ...labels, ...virtual },
      ...(owner ? { ownerReferences: [ownerReference(owner)] } : {}),
    },
    spec: {
      ...(pod.scheduledSeconds === undefined ? {} : { nodeName: nodeOf(pod) }),
      containers: [{ name: 'main', resources: { requests, ...limits } }],
    },
    status: podStatus(pod),
  };
}

/** The status alone: what changes as a pod comes up. */
export function podStatus(pod: SimulatedPod): object {
  const { startedSeconds, scheduledSeconds, phase } = pod;
  return {
    phase,
    ...(scheduledSeconds === undefined ? {} : { startTime: apiTime(scheduledSeconds) }),
    conditions: conditions(pod),
    ...(scheduledSeconds === undefined ? {} : { containerStatuses: [container(pod, startedSeconds)] }),
  };
}

export function nodeOf({ nodeClass }: Pick<SimulatedPod, 'nodeClass'>): string {
  return nodeClass === 'virtual' ? 'virtual-kubelet-0' : 'node-0';
}

function ownerReference({ kind, name, uid }: { readonly kind: string; readonly name: string; readonly uid: string }) {
  return { apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1', kind, name, uid, controller: true };
}

function conditions(pod: SimulatedPod): RawCondition[] {
  const { createdSeconds, scheduledSeconds, readySeconds, unreadySeconds, unschedulable } = pod;
  if (scheduledSeconds === undefined) {
    const since = { lastTransitionTime: apiTime(createdSeconds) };
    return unschedulable === undefined
      ? []
      : [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: unschedulable,
            ...since,
          } as RawCondition,
        ];
  }
  const at = (seconds: number) => ({ lastTransitionTime: apiTime(seconds) });
  return [
    { type: 'PodScheduled', status: 'True', ...at(scheduledSeconds) },
    { type: 'Initialized', status: 'True', ...at(scheduledSeconds) },
    readySeconds === undefined
      ? { type: 'Ready', status: 'False', reason: 'ContainersNotReady', ...at(unreadySeconds ?? scheduledSeconds) }
      : { type: 'Ready', status: 'True', ...at(readySeconds) },
  ];
}

function container({ illness, restarts }: SimulatedPod, startedSeconds: number | undefined): RawContainerStatus {
  const name = 'main';
  if (illness === 'image-pull') return { name, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } };
  if (illness === 'crash-loop') {
    const last =
      startedSeconds === undefined ? {} : { lastState: { terminated: { startedAt: apiTime(startedSeconds) } } };
    return { name, restartCount: Math.max(1, restarts), state: { waiting: { reason: 'CrashLoopBackOff' } }, ...last };
  }
  if (startedSeconds === undefined)
    return { name, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } };
  return { name, restartCount: restarts, state: { running: { startedAt: apiTime(startedSeconds) } } };
}

/** The letters of Kubernetes' generated names: no vowels, so that no words come of it. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** Another text for each number. */
export function safeName(number: number, length: number): string {
  let text = '';
  for (let left = number; text.length < length; left = Math.floor(left / SAFE.length))
    text = SAFE[left % SAFE.length] + text;
  return text;
}
