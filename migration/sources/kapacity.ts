import type { Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { readMetrics } from '../autoscaling-metrics.ts';
import { type Draft, shown } from '../draft.ts';
import { leavesOf, pathText } from '../fields.ts';
import { readStartAndEnd } from '../schedules.ts';
import { metricRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';

const PROVIDERS: Path = ['spec', 'portraitProviders'];
const DYNAMIC = 'spec.portraitProviders[Dynamic].dynamic';
/** An argument of the prediction job. */
const AHEAD = /^--scale-up-ahead-seconds=(\d+)$/;

export const KAPACITY: AutoscalerSource = {
  title: 'IntelligentHorizontalPodAutoscaler (Kapacity)',
  kind: 'IntelligentHorizontalPodAutoscaler',
  groups: ['autoscaling.kapacitystack.io', 'autoscaling.kapacity.traas.io'],
  fieldsFrom:
    'traas-stack/kapacity, apis/autoscaling/v1alpha1/{intelligenthorizontalpodautoscaler,horizontalportrait}_types.go',
  rows: [
    ...OBJECT_ROWS,
    ...targetRows(),
    ...replicaRows(),
    { path: 'spec.paused', to: '`paused`' },
    { path: 'spec.scaleMode', to: '`mode`', how: '`Preview` is `observe`; with `Auto` the portraits say which' },
    ...['Cron', 'Dynamic'].flatMap((type) => [
      { path: `spec.portraitProviders[${type}].type`, to: type === 'Dynamic' ? '`mode`' : '`bounds`' },
    ]),
    {
      path: 'spec.portraitProviders[Static]',
      dropped:
        'a fixed number where nothing else says one: without a forecast the HPA’s rule decides here, and min-replicas is its floor',
    },
    { path: 'spec.portraitProviders[Dynamic].priority', dropped: 'the larger of forecast and reactive rule counts' },
    {
      path: 'spec.portraitProviders[Cron].priority',
      to: '`bounds`: `min`, or `min` and `max`',
      how: 'above that of the Dynamic ones the number is fixed, with the same it is a floor, below it is not carried over',
    },
    ...['name', 'description'].map((field) => ({
      path: `spec.portraitProviders[Cron].cron.crons[].${field}`,
      dropped: 'rules of bounds have no names',
    })),
    { path: 'spec.portraitProviders[Cron].cron.crons[].timeZone', to: '`bounds`: `timeZone`' },
    { path: 'spec.portraitProviders[Cron].cron.crons[].start', to: '`bounds`: `cron`' },
    { path: 'spec.portraitProviders[Cron].cron.crons[].end', to: '`bounds`: `duration`' },
    { path: 'spec.portraitProviders[Cron].cron.crons[].replicas', to: '`bounds`: `min`, `max`' },
    {
      path: `${DYNAMIC}.portraitType`,
      to: '`mode`',
      how: '`Predictive` and `Reactive` are `auto`, one alone is `predictive` or `reactive`',
    },
    ...metricRows(`${DYNAMIC}.metrics[]`),
    { path: `${DYNAMIC}.metrics[].name`, dropped: 'names a metric for its algorithm' },
    { path: `${DYNAMIC}.metrics[].operator`, dropped: 'belongs to stability checks' },
    { path: `${DYNAMIC}.externalGeneratorName`, dropped: 'names a generator of forecasts' },
    {
      path: `${DYNAMIC}.algorithm`,
      dropped: 'model, schedule and margin are chosen by backtest on the workload’s own history',
    },
    {
      path: `${DYNAMIC}.algorithm.externalJob.job.cronJob.template.spec.jobTemplate.spec.template.spec.containers[].args[ahead]`,
      to: '`lead-time`',
      how: 'the argument scale-up-ahead-seconds of the prediction job',
    },
    {
      path: 'spec.behavior',
      dropped: 'there is no gray change of replicas: a new version of the policy is tried with mode observe',
    },
    {
      path: 'spec.stabilityCheckers',
      dropped: 'guards hold removals by themselves (docs/safety.md); other checks belong to alerts',
    },
  ],
  read: readKapacity,
};

function readKapacity(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  readReplicas(draft, ['spec', 'minReplicas'], ['spec', 'maxReplicas']);
  const paused = draft.text(['spec', 'paused']);
  if (paused === 'true') draft.annotate('paused', 'true', [['spec', 'paused']]);
  else draft.use(['spec', 'paused']);
  const providers = draft.each(PROVIDERS).map((at) => ({ at, type: draft.text([...at, 'type']) }));
  for (const { at, type } of providers) {
    if (type === 'Static' || type === 'Cron' || type === 'Dynamic')
      draft.kinds.set(`spec.portraitProviders[${at.at(-1)}]`, `[${type}]`);
    else draft.drop(at, `found the type ${shown(type)}; expected Static, Cron or Dynamic`);
  }
  const dynamic = providers.filter(({ type }) => type === 'Dynamic').map(({ at }) => at);
  const priorities = dynamic.map((at) => draft.whole([...at, 'priority']) ?? 0);
  readMode(draft, dynamic);
  for (const at of dynamic) readDynamic(draft, at);
  for (const { at, type } of providers) if (type === 'Cron') readCron(draft, at, priorities);
}

function readMode(draft: Draft, dynamic: readonly Path[]): void {
  const scaleMode: Path = ['spec', 'scaleMode'];
  const asked = draft.text(scaleMode);
  const types = dynamic.map((at) => draft.text([...at, 'dynamic', 'portraitType']));
  const from: Path[] = [
    scaleMode,
    ...dynamic.flatMap((at) => [
      [...at, 'type'],
      [...at, 'dynamic', 'portraitType'],
    ]),
  ];
  if (asked !== undefined && asked !== 'Auto' && asked !== 'Preview') {
    draft.drop(scaleMode, `found ${shown(asked)}; expected Auto or Preview`);
    return;
  }
  const [predicts, reacts] = [types.includes('Predictive'), types.includes('Reactive')];
  const mode = predicts === reacts ? 'auto' : predicts ? 'predictive' : 'reactive';
  draft.annotate('mode', asked === 'Preview' ? 'observe' : mode, from);
}

function readDynamic(draft: Draft, at: Path): void {
  readMetrics(draft, [...at, 'dynamic', 'metrics']);
  const algorithm: Path = [...at, 'dynamic', 'algorithm'];
  for (const leaf of leavesOf(draft.object.content, algorithm)) {
    const value = draft.at(leaf);
    const seconds = typeof value === 'string' ? AHEAD.exec(value)?.[1] : undefined;
    if (seconds === undefined) continue;
    draft.kinds.set(pathText(leaf), '[ahead]');
    draft.annotate('lead-time', `${seconds}s`, [leaf]);
  }
}

function readCron(draft: Draft, at: Path, dynamic: readonly number[]): void {
  const priority = draft.whole([...at, 'priority']) ?? 0;
  const highest = Math.max(...dynamic);
  if (dynamic.length > 0 && priority < highest) {
    draft.drop(
      at,
      'with a lower priority than the forecast it only counts where there is none, and then the HPA’s rule decides here',
    );
    return;
  }
  for (const item of draft.each([...at, 'cron', 'crons'])) {
    const field = (name: string): Path => [...item, name];
    readStartAndEnd(
      draft,
      {
        item,
        start: field('start'),
        end: field('end'),
        zone: field('timeZone'),
        replicas: field('replicas'),
        byDefault: undefined,
      },
      dynamic.length > 0 && priority > highest ? 'exactly' : 'least',
    );
  }
  if (draft.rules.some(({ from }) => from.some(({ path }) => path[2] === at[2])))
    draft.use([...at, 'priority'], [...at, 'type']);
}
