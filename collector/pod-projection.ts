import type { NodeClass, PodRecord } from '../core/pod-record.ts';
import { parseQuantity } from '../core/quantity.ts';
import { epochSeconds, type RawContainer, type RawPod, trueSince } from './raw-pod.ts';

const PHASES: readonly string[] = ['Pending', 'Running', 'Succeeded', 'Failed'];
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** nvidia.com/gpu, amd.com/gpu, aliyun.com/gpu-count; shares of a GPU (aliyun.com/gpu-mem) are no whole one. */
const GPU = /\/gpu(?:-count)?$/;

type Requests = PodRecord['requests'];

/** What is kept of a pod; nothing in it refers to the object that came over the wire. */
export function podRecord(pod: RawPod, nodeClass: NodeClass | undefined): PodRecord {
  const { metadata, spec, status } = pod;
  const cost = metadata.annotations?.[DELETION_COST];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    createdSeconds: epochSeconds(metadata.creationTimestamp) ?? 0,
    readySinceSeconds: trueSince(pod, 'Ready'),
    // As the HPA reads it: when the node took the pod on.
    startedSeconds: epochSeconds(status?.startTime),
    phase: PHASES.includes(status?.phase ?? '') ? (status!.phase as PodRecord['phase']) : 'Unknown',
    deleting: epochSeconds(metadata.deletionTimestamp) !== undefined,
    nodeClass,
    nodeName: spec?.nodeName === '' ? undefined : spec?.nodeName,
    requests: podRequests(pod),
    deletionCost: cost !== undefined && /^-?\d+$/.test(cost) ? Number(cost) : undefined,
  };
}

/** Containers and sidecars, as the HPA sums them; what the pod as a whole requests (Kubernetes 1.34) stands over their sum. */
function podRequests({ spec }: RawPod): Requests {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running: readonly RawContainer[] = [...(spec?.containers ?? []), ...sidecars];
  const sum = (wanted: (resource: string) => boolean) =>
    running.reduce((total, { resources }) => total + requested(resources?.requests, wanted), 0);
  const whole = (resource: string) => {
    const text = spec?.resources?.requests?.[resource];
    return text === undefined ? undefined : amount(text);
  };
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
  };
}

function requested(requests: Readonly<Record<string, string>> = {}, wanted: (resource: string) => boolean): number {
  return Object.entries(requests).reduce((sum, [name, text]) => sum + (wanted(name) ? amount(text) : 0), 0);
}

/** The API server admits no pod with an unreadable quantity; one that is none counts nothing. */
function amount(text: string): number {
  return parseQuantity(text) ?? 0;
}
