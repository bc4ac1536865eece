import { isRecord, type Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { type KnownQuery, readMetrics } from '../autoscaling-metrics.ts';
import { readBehavior } from '../behavior.ts';
import { type Draft, shown } from '../draft.ts';
import { pathText } from '../fields.ts';
import { readStartAndEnd } from '../schedules.ts';
import { behaviorRows, metricRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';
import { defaultMetric } from './hpa.ts';

/** Annotations with the PromQL of a metric: `metric-query.autoscaling.crane.io/pods.http_requests`. */
const QUERY_ROW = 'metric-query.autoscaling.crane.io/…';
const QUERY_ANNOTATION = /^metric-(?:query|name)\.autoscaling\.crane\.io\/(?:(pods|external)\.)?(.+)$/;

export const CRANE: AutoscalerSource = {
  title: 'EffectiveHorizontalPodAutoscaler (Crane)',
  kind: 'EffectiveHorizontalPodAutoscaler',
  groups: ['autoscaling.crane.io'],
  fieldsFrom:
    'gocrane/api, autoscaling/v1alpha1/ehpa_types.go and prediction/v1alpha1/types.go; crons and annotations: gocrane/crane, docs',
  rows: [
    ...OBJECT_ROWS,
    {
      path: `metadata.annotations["${QUERY_ROW}"]`,
      to: 'the query of a template',
      how: 'of the metric that the annotation names; summed, as one series is what a template gives',
    },
    ...targetRows(),
    ...replicaRows(),
    {
      path: 'spec.scaleStrategy',
      to: '`mode`',
      how: '`Auto` is `auto`, `Preview` is `observe`; `Manual` of old versions is `paused: true`',
    },
    { path: 'spec.specificReplicas', dropped: 'a number to scale to by hand: set the replicas of the workload' },
    ...metricRows(),
    ...behaviorRows(),
    {
      path: 'spec.prediction.predictionWindowSeconds',
      dropped:
        'how far ahead pods are asked for is their measured start-up; an hour would keep the pods of the next hour’s peak. lead-time says another time',
    },
    {
      path: 'spec.prediction.predictionAlgorithm',
      dropped: 'the model and its margin are chosen by backtest on the workload’s own history',
    },
    ...['name', 'description'].map((field) => ({
      path: `spec.crons[].${field}`,
      dropped: 'rules of bounds have no names',
    })),
    {
      path: 'spec.crons[].timezone',
      to: '`bounds`: `timeZone`',
      how: '`Local` is the clock of the controller: `--timezone`',
    },
    { path: 'spec.crons[].start', to: '`bounds`: `cron`' },
    { path: 'spec.crons[].end', to: '`bounds`: `duration`' },
    {
      path: 'spec.crons[].targetReplicas',
      to: '`bounds`: `min`',
      how: 'Crane takes the larger of it and the other metrics',
    },
  ],
  read: readCrane,
};

const MODES: Readonly<Record<string, string>> = { Auto: 'auto', Preview: 'observe' };

function readCrane(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  readReplicas(draft, ['spec', 'minReplicas'], ['spec', 'maxReplicas']);
  const strategy: Path = ['spec', 'scaleStrategy'];
  const word = draft.text(strategy);
  const mode = word === undefined || !Object.hasOwn(MODES, word) ? undefined : MODES[word];
  if (mode !== undefined) draft.annotate('mode', mode, [strategy]);
  else if (word === 'Manual') draft.annotate('paused', 'true', [strategy]);
  else if (word !== undefined) draft.drop(strategy, `found ${shown(word)}; expected Auto or Preview`);
  const hasCrons = draft.at(['spec', 'crons']) !== undefined;
  if (draft.at(['spec', 'metrics']) === undefined && !hasCrons) defaultMetric(draft);
  readMetrics(draft, ['spec', 'metrics'], knownQueries(draft));
  readBehavior(draft, ['spec', 'behavior']);
  for (const item of draft.each(['spec', 'crons'])) {
    const at = (field: string): Path => [...item, field];
    readStartAndEnd(
      draft,
      {
        item,
        start: at('start'),
        end: at('end'),
        zone: at('timezone'),
        replicas: at('targetReplicas'),
        byDefault: undefined,
      },
      'least',
    );
  }
}

/** The PromQL of annotations, by metric. */
function knownQueries(draft: Draft): KnownQuery {
  const annotations = draft.at(['metadata', 'annotations']);
  const known = new Map<string, { query: string; path: Path }>();
  for (const key of isRecord(annotations) ? Object.keys(annotations) : []) {
    const match = QUERY_ANNOTATION.exec(key);
    const path: Path = ['metadata', 'annotations', key];
    const query = match === null ? undefined : draft.text(path)?.trim();
    if (match === null || query === undefined || query === '') continue;
    draft.kinds.set(pathText(path), `["${QUERY_ROW}"]`);
    for (const section of match[1] === undefined ? ['pods', 'external'] : [match[1]]) {
      known.set(`${section}.${match[2]}`, { query: `sum(${query})`, path });
    }
  }
  return (section, name) => known.get(`${section}.${name}`);
}
