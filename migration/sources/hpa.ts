import { readMetrics } from '../autoscaling-metrics.ts';
import { readBehavior } from '../behavior.ts';
import type { Draft } from '../draft.ts';
import { behaviorRows, metricRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';

const CPU_SHARE = ['spec', 'targetCPUUtilizationPercentage'];

/** Kubernetes' own autoscaler. It may stay: Prescale raises its minReplicas ahead of the load. */
export const HPA: AutoscalerSource = {
  title: 'HorizontalPodAutoscaler (Kubernetes)',
  kind: 'HorizontalPodAutoscaler',
  groups: ['autoscaling'],
  versions: ['v1', 'v2', 'v2beta2'],
  fieldsFrom: 'kubernetes/kubernetes, staging/src/k8s.io/api/autoscaling/{v1,v2,v2beta2}/types.go',
  rows: [
    ...OBJECT_ROWS,
    { path: 'metadata.name', to: '`take-over-hpa`', how: 'the HPA stays, and its minReplicas is raised' },
    ...targetRows(),
    ...replicaRows(),
    { path: 'spec.targetCPUUtilizationPercentage', to: '`target` of `cpu`', how: '`autoscaling/v1`' },
    ...metricRows(),
    ...behaviorRows(),
  ],
  read: readHpa,
};

function readHpa(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  const name = draft.text(['metadata', 'name']);
  if (name !== undefined) draft.annotate('take-over-hpa', name, [['metadata', 'name']]);
  readReplicas(draft, ['spec', 'minReplicas'], ['spec', 'maxReplicas']);
  const share = draft.whole(CPU_SHARE);
  if (share !== undefined) {
    draft.metrics.push({ metric: { resource: 'cpu' }, target: `${share}%`, from: draft.origin(CPU_SHARE) });
  } else if (draft.at(['spec', 'metrics']) === undefined) defaultMetric(draft);
  readMetrics(draft, ['spec', 'metrics']);
  readBehavior(draft, ['spec', 'behavior']);
}

/** What the API server fills in. */
export function defaultMetric(draft: Draft): void {
  draft.metrics.push({ metric: { resource: 'cpu' }, target: '80%', from: [] });
  draft.assume('It names no metric: Kubernetes takes 80 % of the CPU request then.');
}
