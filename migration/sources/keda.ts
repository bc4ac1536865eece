import { isRecord, type Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { readBehavior } from '../behavior.ts';
import type { Draft } from '../draft.ts';
import { behaviorRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';
import { readTrigger, TRIGGER_ROWS } from './keda-triggers.ts';

const HPA_CONFIG: Path = ['spec', 'advanced', 'horizontalPodAutoscalerConfig'];
const PAUSES = [
  ['autoscaling.keda.sh/paused', 'true'],
  ['autoscaling.keda.sh/paused-scale-down', 'scale-in'],
  ['autoscaling.keda.sh/paused-scale-in', 'scale-in'],
  ['autoscaling.keda.sh/paused-scale-out', 'scale-out'],
] as const;
/** KEDA's own, where the manifest says nothing: GetHPAMaxReplicas. */
const DEFAULT_MAX = '100';

export const KEDA: AutoscalerSource = {
  title: 'ScaledObject (KEDA)',
  kind: 'ScaledObject',
  groups: ['keda.sh'],
  fieldsFrom:
    'kedacore/keda, apis/keda/v1alpha1/{scaledobject,scaletriggers}_types.go; metadata of triggers: kedacore/keda-docs, scalers',
  rows: [
    ...OBJECT_ROWS,
    ...PAUSES.map(([name, value]) => ({ path: `metadata.annotations["${name}"]`, to: `\`paused: ${value}\`` })),
    {
      path: 'metadata.annotations["autoscaling.keda.sh/paused-replicas"]',
      to: '`paused: true`',
      how: 'without the number: set the replicas of the workload',
    },
    ...targetRows(),
    {
      path: 'spec.scaleTargetRef.envSourceContainerName',
      dropped: 'triggers that read a container’s environment have no counterpart',
    },
    ...replicaRows('spec.minReplicaCount', 'spec.maxReplicaCount'),
    { path: 'spec.pollingInterval', dropped: 'a decision is made every 15 s' },
    {
      path: 'spec.cooldownPeriod',
      dropped: 'there is no way from one pod to none of its own: stabilization holds all removals',
    },
    {
      path: 'spec.initialCooldownPeriod',
      dropped: 'there is no way from one pod to none of its own: stabilization holds all removals',
    },
    {
      path: 'spec.idleReplicaCount',
      dropped: 'there is no number for idle times of its own: min-replicas: 0 lets a workload rest at none',
    },
    { path: 'spec.fallback', dropped: 'missing data never triggers a scale-down here, and the pods stay as they are' },
    ...behaviorRows('spec.advanced.horizontalPodAutoscalerConfig.behavior'),
    {
      path: 'spec.advanced.horizontalPodAutoscalerConfig.name',
      dropped: 'the HPA that KEDA made goes with the ScaledObject',
    },
    { path: 'spec.advanced.restoreToOriginalReplicaCount', dropped: 'replicas stay as they are when Prescale goes' },
    {
      path: 'spec.advanced.scalingModifiers',
      dropped: 'metrics are not computed with each other: write the formula as PromQL of a template',
    },
    ...TRIGGER_ROWS,
  ],
  read: readKeda,
};

function readKeda(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  const [min, max]: [Path, Path] = [
    ['spec', 'minReplicaCount'],
    ['spec', 'maxReplicaCount'],
  ];
  readReplicas(draft, min, max);
  if (draft.at(min) === undefined) {
    draft.annotate('min-replicas', '0', []);
    draft.assume('It names no minReplicaCount: KEDA takes 0 then.');
  }
  if (draft.at(max) === undefined) {
    draft.annotate('max-replicas', DEFAULT_MAX, []);
    draft.assume(`It names no maxReplicaCount: KEDA takes ${DEFAULT_MAX} then.`);
  }
  readPauses(draft);
  readBehavior(draft, [...HPA_CONFIG, 'behavior']);
  for (const at of draft.each(['spec', 'triggers'])) readTrigger(draft, at);
}

/** What KEDA reads of its annotations: anything that is no boolean is true. */
function readPauses(draft: Draft): void {
  if (!isRecord(draft.at(['metadata', 'annotations']))) return;
  const replicas: Path = ['metadata', 'annotations', 'autoscaling.keda.sh/paused-replicas'];
  if (draft.at(replicas) !== undefined) draft.annotate('paused', 'true', [replicas]);
  for (const [name, value] of PAUSES) {
    const path: Path = ['metadata', 'annotations', name];
    const text = draft.text(path);
    if (text === undefined) continue;
    if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) draft.use(path);
    else draft.annotate('paused', value, [path]);
  }
}
