import type { Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { readMetrics } from '../autoscaling-metrics.ts';
import { readBehavior } from '../behavior.ts';
import { type Draft, shown } from '../draft.ts';
import { behaviorRows, metricRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';
import { defaultMetric } from './hpa.ts';

const POD_AGE = 'start-up is measured on the workload’s own pods, and pods that are not Ready are told apart';

export const PHPA: AutoscalerSource = {
  title: 'PredictiveHorizontalPodAutoscaler (PHPA)',
  kind: 'PredictiveHorizontalPodAutoscaler',
  groups: ['jamiethompson.me'],
  fieldsFrom:
    'jthomperoo/predictive-horizontal-pod-autoscaler, api/v1alpha1/predictivehorizontalpodautoscaler_types.go',
  rows: [
    ...OBJECT_ROWS,
    ...targetRows(),
    ...replicaRows(),
    ...metricRows(),
    ...behaviorRows(),
    { path: 'spec.downscaleStabilization', to: '`stabilization`' },
    {
      path: 'spec.decisionType',
      to: '`mode`',
      how: '`maximum` is `auto`; `mean`, `median` and `minimum` would go below what the load needs now',
    },
    {
      path: 'spec.models',
      dropped:
        'models, seasons and margins are chosen by backtest on the workload’s own history; pods are asked for as early as their start-up was measured, not lookAhead',
    },
    { path: 'spec.cpuInitializationPeriod', dropped: POD_AGE },
    { path: 'spec.initialReadinessDelay', dropped: POD_AGE },
    { path: 'spec.tolerance', dropped: 'how far the load may move before pods change is calibrated on its history' },
    { path: 'spec.syncPeriod', dropped: 'a decision is made every 15 s' },
  ],
  read: readPhpa,
};

function readPhpa(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  readReplicas(draft, ['spec', 'minReplicas'], ['spec', 'maxReplicas']);
  if (draft.at(['spec', 'metrics']) === undefined) defaultMetric(draft);
  readMetrics(draft, ['spec', 'metrics']);
  readBehavior(draft, ['spec', 'behavior']);
  const stabilization: Path = ['spec', 'downscaleStabilization'];
  const seconds = draft.whole(stabilization);
  if (seconds !== undefined) draft.annotate('stabilization', `${seconds}s`, [stabilization]);
  const decision: Path = ['spec', 'decisionType'];
  const type = draft.text(decision);
  if (type === undefined || type === 'maximum') draft.annotate('mode', 'auto', [decision]);
  else
    draft.drop(
      decision,
      `${shown(type)} of forecast and load may be fewer pods than the load needs now; here the larger counts`,
    );
}
