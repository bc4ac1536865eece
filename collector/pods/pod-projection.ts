import type { NodeClass, PodRecord } from '../../core/pod-record.ts';
import { parseQuantity } from '../../core/quantity.ts';
import { startObstacle } from './lifecycle.ts';
import { epochSeconds, falseSince, type RawContainer, type RawPod, trueSince } from './raw-pod.ts';

/** What controllers label the pods of one template with: Deployments, Argo's Rollouts, StatefulSets and DaemonSets. */
const TEMPLATE_LABELS = ['pod-template-hash', 'rollouts-pod-template-hash', 'controller-revision-hash'] as const;
const PHASES: readonly string[] = ['Pending', 'Running', 'Succeeded', 'Failed'];
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** nvidia.com/gpu, amd.com/gpu, aliyun.com/gpu-count; shares of a GPU (aliyun.com/gpu-mem) are no whole one. */
const GPU = /\/gpu(?:-count)?$/;

type Requests = PodRecord['requests'];

/** What is kept of a pod; nothing in it refers to the object that came over the wire. */
export function podRecord(pod: RawPod, nodeClass: NodeClass | undefined): PodRecord {
  const { metadata, spec, status } = pod;
  const cost = metadata.annotations?.[DELETION_COST];
  const readySinceSeconds = trueSince(pod, 'Ready');
  const templateHash = TEMPLATE_LABELS.map((label) => metadata.labels?.[label]).find((hash) => hash !== undefined);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    createdSeconds: epochSeconds(metadata.creationTimestamp) ?? 0,
    readySinceSeconds,
    // As the HPA reads it: when the node took the pod on.
    startedSeconds: epochSeconds(status?.startTime),
    phase: PHASES.includes(status?.phase ?? '') ? (status!.phase as PodRecord['phase']) : 'Unknown',
    deleting: epochSeconds(metadata.deletionTimestamp) !== undefined,
    nodeClass,
    nodeName: spec?.nodeName === '' ? undefined : spec?.nodeName,
    requests: podRequests(pod),
    deletionCost: cost !== undefined && /^-?\d+$/.test(cost) ? Number(cost) : undefined,
    ...(templateHash === undefined ? {} : { templateHash }),
    ...(readySinceSeconds === undefined ? unready(pod) : {}),
  };
}

/** What only a pod that is not Ready has. */
function unready(pod: RawPod): Pick<PodRecord, 'unreadySinceSeconds' | 'obstacle'> {
  const unreadySinceSeconds = falseSince(pod, 'Ready');
  const obstacle = startObstacle(pod);
  return {
    ...(unreadySinceSeconds === undefined ? {} : { unreadySinceSeconds }),
    ...(obstacle === undefined ? {} : { obstacle }),
  };
}

/** Containers and sidecars, as the HPA sums them; what the pod as a whole requests (Kubernetes 1.34) stands over their sum. */
export function podRequests({ spec }: Pick<RawPod, 'spec'>): Requests {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running: readonly RawContainer[] = [...(spec?.containers ?? []), ...sidecars];
  const sum = (wanted: (resource: string) => boolean) =>
    running.reduce((total, { resources }) => total + requested(resources?.requests, wanted), 0);
  const whole = (resource: string) => {
    const text = spec?.resources?.requests?.[resource];
    return text === undefined ? undefined : amount(text);
  };
  const without = { ...lacking('cpu', spec, running), ...lacking('memory', spec, running) };
  const cpuLimits = running.map(({ resources }) => resources?.limits?.cpu);
  const wholeLimit = spec?.resources?.limits?.cpu;
  // One container without a limit may take all that the node has: then the pod has none.
  const limited = cpuLimits.length > 0 && !cpuLimits.includes(undefined);
  const summedLimit = limited ? cpuLimits.reduce((total, text) => total + amount(text!), 0) : 0;
  return {
    cpuLimitCores: wholeLimit === undefined ? summedLimit : amount(wholeLimit),
    cpuCores: whole('cpu') ?? sum((resource) => resource === 'cpu'),
    memoryBytes: whole('memory') ?? sum((resource) => resource === 'memory'),
    gpus: sum((resource) => GPU.test(resource)),
    ...(without.cpu === undefined && without.memory === undefined ? {} : { without }),
  };
}

/**
 * The first container without a request for it. As the HPA has it (replica_calculator.go, calculateRequests): where the pod as a
 * whole requests anything, one of its containers need not.
 */
function lacking(
  resource: 'cpu' | 'memory',
  spec: RawPod['spec'],
  running: readonly RawContainer[],
): Requests['without'] {
  const asks = ({ resources }: Pick<RawContainer, 'resources'>) => resources?.requests?.[resource] !== undefined;
  if (Object.keys(spec?.resources?.requests ?? {}).length > 0) {
    return asks(spec!) || running.some(asks) ? {} : { [resource]: '' };
  }
  const first = running.find((container) => !asks(container));
  return first === undefined ? {} : { [resource]: first.name ?? '' };
}

function requested(requests: Readonly<Record<string, string>> = {}, wanted: (resource: string) => boolean): number {
  return Object.entries(requests).reduce((sum, [name, text]) => sum + (wanted(name) ? amount(text) : 0), 0);
}

/** The API server admits no pod with an unreadable quantity; one that is none counts nothing. */
function amount(text: string): number {
  return parseQuantity(text) ?? 0;
}
