import type { NodeClass } from '../../core/pod-record.ts';
import type { RawPod } from './raw-pod.ts';

/** What Alibaba's virtual-kubelet names its nodes: `virtual-kubelet-cn-hangzhou-k`. */
const VIRTUAL_NAME = /^virtual-(?:kubelet|node)(?:-|$)/;

/** By the node's labels: every virtual-kubelet provider sets `type: virtual-kubelet`; taints are not in metadata. */
export function nodeClassOfLabels(labels: Readonly<Record<string, string>> | undefined): NodeClass {
  return labels?.type === 'virtual-kubelet' || labels?.['node-role.kubernetes.io/agent'] === 'virtual-kubelet'
    ? 'virtual'
    : 'ordinary';
}

/** Whether the pod itself says that it runs, or will run, as an elastic container instance. */
function isElastic({ metadata }: RawPod): boolean {
  if (metadata.labels?.['alibabacloud.com/eci'] === 'true') return true;
  if (metadata.labels?.['alibabacloud.com/compute-class'] === 'eci') return true;
  // ECI writes the instance's id to the pod: k8s.aliyun.com/eci-instance-id. Wishes (eci-use-specs, …) prove nothing.
  return metadata.annotations?.['k8s.aliyun.com/eci-instance-id'] !== undefined;
}

/**
 * Where the pod runs; undefined until it is scheduled.
 * @param ofNode class by node name as the node watch knows it; undefined for a node not seen yet
 */
export function nodeClassOfPod(
  pod: RawPod,
  ofNode: (nodeName: string) => NodeClass | undefined,
): NodeClass | undefined {
  const nodeName = pod.spec?.nodeName;
  if (nodeName === undefined || nodeName === '') return undefined;
  if (isElastic(pod) || VIRTUAL_NAME.test(nodeName)) return 'virtual';
  return ofNode(nodeName) ?? 'ordinary';
}

/** Where a pod that is not scheduled yet will most likely run. */
export function expectedNodeClass(pod: RawPod): NodeClass {
  return isElastic(pod) ? 'virtual' : 'ordinary';
}
