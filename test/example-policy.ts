import type { WorkloadPolicy } from '../core/policy/policy.ts';

/** As of a workload that asks for requests a second, 110 a pod, 2 to 40 pods, and nothing else. */
export function exampleWorkloadPolicy(changes: Partial<WorkloadPolicy> = {}): WorkloadPolicy {
  const metric = { kind: 'template', template: 'http-requests', args: {} } as const;
  return {
    mode: 'auto',
    metrics: [{ metric, target: { kind: 'absolute', perPod: 110 } }],
    minReplicas: 2,
    maxReplicas: 40,
    unmetTargetBp: 1,
    leadTime: 'auto',
    stabilization: 'auto',
    startCost: 'auto',
    bounds: [],
    paused: 'no',
    takeOverHpa: undefined,
    ...changes,
  };
}
