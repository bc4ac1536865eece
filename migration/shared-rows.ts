import type { FieldRow } from './fields.ts';

/* Rows that several projects share, as they take over the types of Kubernetes' own HPA. */

/** What every object has. */
export const OBJECT_ROWS: readonly FieldRow[] = [
  { path: 'apiVersion', to: 'the project whose table this is' },
  { path: 'kind', to: 'the project whose table this is' },
  { path: 'metadata.name', to: 'the name in the report' },
  { path: 'metadata.namespace', to: 'namespace of the workload' },
  { path: 'metadata', dropped: 'belongs to the object that goes; labels and annotations of the workload are its own' },
  { path: 'status', dropped: 'written by the controller, no setting' },
];

export function targetRows(at = 'spec.scaleTargetRef'): readonly FieldRow[] {
  return [
    { path: `${at}.apiVersion`, to: 'the workload that is annotated' },
    { path: `${at}.kind`, to: 'the workload that is annotated' },
    { path: `${at}.name`, to: 'the workload that is annotated' },
  ];
}

export function replicaRows(min = 'spec.minReplicas', max = 'spec.maxReplicas'): readonly FieldRow[] {
  return [
    { path: min, to: '`min-replicas`', how: '0 becomes 1 where only `cpu`, `memory` or `gpu` is measured' },
    { path: max, to: '`max-replicas`' },
  ];
}

/** `autoscaling/v2` MetricSpec. */
export function metricRows(at = 'spec.metrics[]'): readonly FieldRow[] {
  const targets = (section: string, fields: readonly string[], how?: string): FieldRow[] =>
    fields.map((field) => ({
      path: `${at}.${section}.target.${field}`,
      to: '`target`',
      ...(how === undefined ? {} : { how }),
    }));
  const amount = 'not a `Value`, which says nothing of what one pod serves';
  const query = 'a template with a draft of its query, to be looked at';
  return [
    { path: `${at}.type`, to: '`metric`' },
    { path: `${at}.resource.name`, to: '`metric`' },
    ...targets('resource', ['type', 'averageUtilization', 'averageValue']),
    ...['name', 'container'].map((field) => ({
      path: `${at}.containerResource.${field}`,
      to: '`metric`',
      how: 'a template over the container, where the target is an `averageValue`',
    })),
    ...targets('containerResource', ['type', 'averageValue'], 'a share of one container’s request is not measured'),
    { path: `${at}.pods.metric.name`, to: '`metric`', how: query },
    ...targets('pods', ['type', 'averageValue']),
    ...['object', 'external'].map((section) => ({ path: `${at}.${section}.metric.name`, to: '`metric`', how: query })),
    ...['pods', 'object', 'external'].map((section) => ({
      path: `${at}.${section}.metric.selector.matchLabels`,
      to: 'labels in the draft of the query',
    })),
    ...['pods', 'object', 'external'].map((section) => ({
      path: `${at}.${section}.metric.selector.matchExpressions`,
      dropped: 'write them into the query as matchers of labels',
    })),
    { path: `${at}.object.describedObject.kind`, to: 'a label in the draft of the query' },
    { path: `${at}.object.describedObject.name`, to: 'a label in the draft of the query' },
    { path: `${at}.object.describedObject.apiVersion`, dropped: 'a query has labels, no API versions' },
    ...targets('object', ['type', 'averageValue'], amount),
    ...targets('external', ['type', 'averageValue'], amount),
  ];
}

/** `autoscaling/v2` HorizontalPodAutoscalerBehavior. */
export function behaviorRows(at = 'spec.behavior'): readonly FieldRow[] {
  return [
    { path: `${at}.scaleDown.stabilizationWindowSeconds`, to: '`stabilization`' },
    {
      path: `${at}.scaleDown.selectPolicy`,
      to: '`paused`',
      how: '`Disabled` is `scale-in`; the others go with the policies',
    },
    {
      path: `${at}.scaleUp.selectPolicy`,
      to: '`paused`',
      how: '`Disabled` is `scale-out`; the others go with the policies',
    },
    {
      path: `${at}.scaleUp.stabilizationWindowSeconds`,
      to: 'how it is anyway',
      how: '0; pods are never added later on purpose',
    },
    {
      path: `${at}.scaleDown.policies`,
      dropped: 'pods are removed as the plan says, held back by guards (docs/safety.md); there is no rate to set',
    },
    { path: `${at}.scaleUp.policies`, dropped: 'pods that are needed are added at once; there is no rate to set' },
    {
      path: `${at}.scaleDown.tolerance`,
      dropped: 'how far the load may move before pods change is calibrated on its history',
    },
    {
      path: `${at}.scaleUp.tolerance`,
      dropped: 'how far the load may move before pods change is calibrated on its history',
    },
  ];
}
