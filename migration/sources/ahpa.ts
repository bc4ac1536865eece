import { annotation } from '../../core/policy/annotations.ts';
import type { Path } from '../../kubernetes/manifests/manifest-documents.ts';
import { readMetrics } from '../autoscaling-metrics.ts';
import { windowsOfMinutes } from '../cron/windows.ts';
import { type Draft, shown } from '../draft.ts';
import { pushRules, readSchedule } from '../schedules.ts';
import { metricRows, OBJECT_ROWS, replicaRows, targetRows } from '../shared-rows.ts';
import type { AutoscalerSource } from '../source.ts';
import { readReplicas, readTarget } from '../target.ts';

const NO_DATES = 'a rule of bounds has no first and last day';
/** A window that ends so far ahead was meant to have no end: the documented examples have ten years and a hundred. */
const ENDLESS_SECONDS = 366 * 86_400;

export const AHPA: AutoscalerSource = {
  title: 'AdvancedHorizontalPodAutoscaler (Alibaba Cloud AHPA)',
  kind: 'AdvancedHorizontalPodAutoscaler',
  groups: ['autoscaling.alibabacloud.com'],
  fieldsFrom:
    'Alibaba Cloud’s documentation, “Deploy AHPA” and “Use Knative and AHPA to implement scheduled auto scaling”',
  rows: [
    ...OBJECT_ROWS,
    ...targetRows(),
    ...replicaRows(),
    ...metricRows(),
    {
      path: 'spec.scaleStrategy',
      to: '`mode`',
      how: '`observer` is `observe`, `auto` is `auto`, `proactive` is `predictive`, `reactive` is `reactive`; `scalingUpOnly` is `auto` with `paused: scale-in`',
    },
    { path: 'spec.stabilizationWindowSeconds', to: '`stabilization`' },
    { path: 'spec.prediction.scaleUpForward', to: '`lead-time`', how: 'leave it out to have it measured' },
    {
      path: 'spec.prediction.quantile',
      dropped: `a quantile of the forecast is no share of demand that is served; the margin is calibrated for the SLO, which ${annotation('slo')} states`,
    },
    { path: 'spec.instanceBounds[].startTime', to: '`bounds`', how: 'where it is past; a rule has no first day' },
    {
      path: 'spec.instanceBounds[].endTime',
      to: '`bounds`',
      how: 'where it is more than a year ahead; a rule has no last day',
    },
    {
      path: 'spec.instanceBounds[].bounds[].cron',
      to: '`bounds`: `cron` and `duration`',
      how: 'the minutes in which it holds become windows',
    },
    { path: 'spec.instanceBounds[].bounds[].minReplicas', to: '`bounds`: `min`' },
    { path: 'spec.instanceBounds[].bounds[].maxReplicas', to: '`bounds`: `max`' },
  ],
  read: readAhpa,
};

const MODES: Readonly<Record<string, string>> = {
  observer: 'observe',
  auto: 'auto',
  proactive: 'predictive',
  reactive: 'reactive',
  scalingUpOnly: 'auto',
};

function readAhpa(draft: Draft): void {
  readTarget(draft, ['spec', 'scaleTargetRef']);
  readReplicas(draft, ['spec', 'minReplicas'], ['spec', 'maxReplicas']);
  readMetrics(draft, ['spec', 'metrics']);
  readStrategy(draft);
  const stabilization: Path = ['spec', 'stabilizationWindowSeconds'];
  const window = draft.whole(stabilization);
  if (window !== undefined) draft.annotate('stabilization', `${window}s`, [stabilization]);
  const forward: Path = ['spec', 'prediction', 'scaleUpForward'];
  const seconds = draft.whole(forward);
  if (seconds !== undefined) draft.annotate('lead-time', `${seconds}s`, [forward]);
  for (const at of draft.each(['spec', 'instanceBounds'])) readBounds(draft, at);
}

function readStrategy(draft: Draft): void {
  const at: Path = ['spec', 'scaleStrategy'];
  const strategy = draft.text(at);
  if (strategy === undefined) return;
  const mode = Object.hasOwn(MODES, strategy) ? MODES[strategy] : undefined;
  if (mode === undefined) {
    draft.drop(at, `found ${shown(strategy)}; expected one of ${Object.keys(MODES).join(', ')}`);
    return;
  }
  draft.annotate('mode', mode, [at]);
  if (strategy === 'scalingUpOnly') draft.annotate('paused', 'scale-in', [at]);
}

function readBounds(draft: Draft, at: Path): void {
  const problem = datesProblem(draft, at);
  if (problem !== undefined) {
    draft.drop(at, problem);
    return;
  }
  for (const item of draft.each([...at, 'bounds'])) {
    const cron: Path = [...item, 'cron'];
    const schedule = readSchedule(draft, cron, { byDefault: 'the clock of the controller', item });
    if (schedule === undefined) continue;
    const [least, most]: [Path, Path] = [
      [...item, 'minReplicas'],
      [...item, 'maxReplicas'],
    ];
    const [min, max] = [draft.whole(least), draft.whole(most)];
    const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    const from = [cron, least, most, [...at, 'startTime'], [...at, 'endTime']];
    pushRules(draft, windowsOfMinutes(schedule.cron), schedule.timeZone, bounds, from);
  }
}

/** Why rules that come again for ever are not what the dates say; undefined: they are, as far as anybody plans. */
function datesProblem(draft: Draft, at: Path): string | undefined {
  const { nowSeconds } = draft.context;
  const [start, end] = ['startTime', 'endTime'].map((name) => draft.text([...at, name]));
  const [from, to] = [dateSeconds(start), dateSeconds(end)];
  if (start !== undefined && from === undefined)
    return `found the startTime ${shown(start)}; expected one such as "2026-01-31 00:00:00"`;
  if (end !== undefined && to === undefined)
    return `found the endTime ${shown(end)}; expected one such as "2026-01-31 00:00:00"`;
  if (to !== undefined && to <= nowSeconds) return `it ended at ${end}`;
  if (from !== undefined && from > nowSeconds) return `it begins at ${start}, and ${NO_DATES}: add it then`;
  if (to !== undefined && to < nowSeconds + ENDLESS_SECONDS)
    return `it ends at ${end}, and ${NO_DATES}: add it and remove it then`;
  return undefined;
}

/** `2021-12-16 00:00:00`, as UTC: to the day is what counts. */
function dateSeconds(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})/.exec(text ?? '');
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
