import { describe, expect, it } from 'vitest';
import { expectedNodeClass, nodeClassOfLabels, nodeClassOfPod } from './node-class.ts';

const pod = (nodeName?: string, metadata: object = {}) => ({
  metadata: { name: 'web-1', uid: 'u', ...metadata },
  spec: nodeName === undefined ? {} : { nodeName },
});
const unknown = () => undefined;

describe('the class of a node', () => {
  it('is virtual by the label of virtual-kubelet', () => {
    expect(nodeClassOfLabels({ type: 'virtual-kubelet' })).toBe('virtual');
    expect(nodeClassOfLabels({ type: 'spot' })).toBe('ordinary');
    expect(nodeClassOfLabels(undefined)).toBe('ordinary');
  });

  it('is a pod’s by its node, by the node’s name, or by what ECI wrote to the pod', () => {
    const ofNode = (name: string) => (name === 'v1' ? ('virtual' as const) : undefined);
    expect(nodeClassOfPod(pod('v1'), ofNode)).toBe('virtual');
    expect(nodeClassOfPod(pod('cn-hangzhou.10.0.0.1'), ofNode)).toBe('ordinary');
    expect(nodeClassOfPod(pod('virtual-kubelet-cn-hangzhou-k'), unknown)).toBe('virtual');
    expect(nodeClassOfPod(pod('n1', { labels: { 'alibabacloud.com/eci': 'true' } }), unknown)).toBe('virtual');
    const annotations = { 'k8s.aliyun.com/eci-instance-id': 'eci-2ze4' };
    expect(nodeClassOfPod(pod('n1', { annotations }), unknown)).toBe('virtual');
  });

  it('is not known before the pod is scheduled, only expected', () => {
    expect(nodeClassOfPod(pod(), unknown)).toBeUndefined();
    expect(nodeClassOfPod(pod(''), unknown)).toBeUndefined();
    expect(expectedNodeClass(pod())).toBe('ordinary');
    expect(expectedNodeClass(pod(undefined, { labels: { 'alibabacloud.com/eci': 'true' } }))).toBe('virtual');
  });
});
