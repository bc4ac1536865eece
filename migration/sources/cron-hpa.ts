import type { Path } from '../../kubernetes/manifests/manifest-documents.ts';
import type { Draft } from '../draft.ts';
import type { FieldRow } from '../fields.ts';
import { type JobFields, readJobs } from '../jobs.ts';
import { OBJECT_ROWS, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readTarget } from '../target.ts';

const NO_NAMES = 'rules of bounds have no names';
const SIZE = 'the smallest becomes `min-replicas`, the others floors until the next job';

/** The rows of a list of jobs that each set a number of pods at a time. */
function jobRows(
  list: string,
  { name, schedule, size, once }: { name?: string; schedule: string; size: string; once?: string },
): FieldRow[] {
  return [
    ...(name === undefined ? [] : [{ path: `${list}.${name}`, dropped: NO_NAMES }]),
    { path: `${list}.${schedule}`, to: '`bounds`: `cron` and `duration`', how: 'a window lasts until the next job' },
    { path: `${list}.${size}`, to: '`bounds`: `min`, `min-replicas`', how: SIZE },
    ...(once === undefined
      ? []
      : [{ path: `${list}.${once}`, to: '`bounds`', how: '`false`; a job that runs once is not carried over' }]),
  ];
}

function reader(target: Path, list: Path, fields: JobFields): (draft: Draft) => void {
  return (draft) => {
    readTarget(draft, target);
    readJobs(draft, list, fields);
  };
}

/** Whose clock: neither manifest says it. */
const CLOCK = 'the clock of the controller’s pod';

export const ALIBABA_CRON_HPA: AutoscalerSource = {
  title: 'CronHorizontalPodAutoscaler (Alibaba Cloud)',
  kind: 'CronHorizontalPodAutoscaler',
  groups: ['autoscaling.alibabacloud.com'],
  fieldsFrom:
    'AliyunContainerService/kubernetes-cronhpa-controller, pkg/apis/autoscaling/v1beta1/cronhorizontalpodautoscaler_types.go',
  rows: [
    ...OBJECT_ROWS,
    ...targetRows(),
    {
      path: 'spec.excludeDates',
      to: '`bounds`: `except`',
      how: 'the days of the next three years; a weekday is taken out of `cron`',
    },
    ...jobRows('spec.jobs[]', { name: 'name', schedule: 'schedule', size: 'targetSize', once: 'runOnce' }),
  ],
  read: reader(['spec', 'scaleTargetRef'], ['spec', 'jobs'], {
    schedule: 'schedule',
    size: 'targetSize',
    once: 'runOnce',
    byDefault: CLOCK,
    excluded: () => ['spec', 'excludeDates'],
  }),
};

export const TENCENT_CRON_SCALER: AutoscalerSource = {
  title: 'HorizontalPodCronscaler (Tencent Cloud TKE)',
  kind: 'HorizontalPodCronscaler',
  groups: ['autoscaling.cloud.tencent.com'],
  fieldsFrom: 'Tencent Cloud’s documentation of the HPC add-on',
  rows: [
    ...OBJECT_ROWS,
    ...targetRows('spec.scaleTarget'),
    { path: 'spec.scaleTarget.namespace', dropped: 'the workload is in the namespace of the manifest' },
    ...jobRows('spec.crons[]', { name: 'name', schedule: 'schedule', size: 'targetSize' }),
    { path: 'spec.crons[].minSize', to: '`bounds`: `min`, `min-replicas`', how: SIZE },
    { path: 'spec.crons[].maxSize', to: '`bounds`: `max`, `max-replicas`' },
    {
      path: 'spec.crons[].excludeDates',
      to: '`bounds`: `except`',
      how: 'the days of the next three years; a weekday is taken out of `cron`',
    },
  ],
  read: reader(['spec', 'scaleTarget'], ['spec', 'crons'], {
    schedule: 'schedule',
    size: 'targetSize',
    min: 'minSize',
    max: 'maxSize',
    byDefault: CLOCK,
    excluded: (job) => [...job, 'excludeDates'],
  }),
};

export const TKESTACK_CRON_HPA: AutoscalerSource = {
  title: 'CronHPA (TKEStack)',
  kind: 'CronHPA',
  groups: ['extensions.tkestack.io'],
  fieldsFrom: 'tkestack/cron-hpa, README.md and design.md',
  rows: [...OBJECT_ROWS, ...targetRows(), ...jobRows('spec.crons[]', { schedule: 'schedule', size: 'targetReplicas' })],
  read: reader(['spec', 'scaleTargetRef'], ['spec', 'crons'], {
    schedule: 'schedule',
    size: 'targetReplicas',
    byDefault: CLOCK,
  }),
};
