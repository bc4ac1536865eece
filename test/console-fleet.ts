import { baselineHpa } from '../addon/baseline/baseline-hpa.ts';
import type { BoundRow } from '../addon/bounds/cluster-bounds.ts';
import type {
  Baseline,
  ConsoleData,
  FiguresOrigin,
  JournalEntry,
  MinuteSeries,
  ObjectDetail,
  WhatIfBase,
} from '../addon/console/console-data.ts';
import { sparklineStart } from '../addon/console/sparkline.ts';
import { describeReason } from '../addon/status/describe.ts';
import { explainChain } from '../addon/status/explain-chain.ts';
import { type AnnotationName, annotation } from '../core/policy/annotations.ts';
import { workloadKey } from '../core/workload.ts';
import type { ExpectedChange, WorkloadStatus } from '../core/workload-status.ts';
import { exampleWorkloadPolicy } from './example-policy.ts';
import { exampleMetric, exampleStatus } from './example-status.ts';

const DAY_SECONDS = 86_400;
const NAMESPACES = ['shop', 'pay', 'search', 'media'];
const APPS = ['web', 'api', 'cart', 'worker', 'checkout', 'index', 'thumbnails', 'login'];
const POD_CAPACITY = 110;

/** A name that would run, break an attribute or turn its line around if it were taken for anything but text. */
export const HOSTILE = `<img src=x onerror="document.title='owned'">"'&\u202egpj.exe\u001b[2J`;

export interface MadeFleet {
  readonly statuses: readonly WorkloadStatus[];
  readonly data: ConsoleData;
  /** What is gone from now on. */
  faults: ReturnType<ConsoleData['faults']>;
  /** Of workloads that have not opted in, from now on. */
  bounds: ReturnType<ConsoleData['bounds']>;
}

/** Many workloads with a week of demand, decisions and baselines, as the addon would hand them on; the first ones have troubles. */
export function madeFleet(count: number, nowSeconds: number): MadeFleet {
  const statuses = Array.from({ length: count }, (_, i) => statusAt(i, nowSeconds));
  const known = new Map(statuses.map((status) => [workloadKey(status.ref), status]));
  const baselines = new Map(statuses.map((status, i) => [workloadKey(status.ref), baselineAt(i, nowSeconds)]));
  const fleet: MadeFleet = {
    statuses,
    faults: [],
    bounds: boundsAt(nowSeconds),
    data: {
      fleet: () => ({ ...origin(nowSeconds), version: '0.1.0', rows: [], faults: [] }),
      origin: () => origin(nowSeconds),
      baselines: () => baselines,
      nextChanges: () => (status) => nextAt(status, nowSeconds),
      faults: () => fleet.faults,
      bounds: () => fleet.bounds,
      workload: (key) => {
        const status = known.get(key);
        if (!status) return undefined;
        const row = { key, status, why: describeReason(status), baseline: baselines.get(key)! };
        return {
          ...origin(nowSeconds),
          row,
          chain: explainChain(status),
          minutes: [],
          decisions: [],
          decisionsTruncated: false,
          startup: { source: 'measured', samples: 212, batch: 1, p50Seconds: 60, p90Seconds: 97, p99Seconds: 140 },
          stages: ['schedule', 'pull', 'start', 'ready'].map((stage, i) => ({
            nodeClass: 'ordinary',
            stage,
            boundsSeconds: [5, 30, 60],
            buckets: [0, 0, 0],
            sumSeconds: [4, 31, 22, 40][i]! * 212,
            count: 212,
          })),
        };
      },
      whatIfBase: async (key) => {
        const status = known.get(key);
        return status && whatIfBaseOf(status);
      },
      object: async (key) => (known.has(key) ? objectOf(nowSeconds) : undefined),
      sparklines: async (keys) =>
        new Map(
          keys.flatMap((key) => {
            const i = statuses.findIndex(({ ref }) => workloadKey(ref) === key);
            const startSeconds = sparklineStart(nowSeconds);
            const values = Float32Array.from({ length: 48 }, (_, step) =>
              step === 11 ? Number.NaN : demandAt(startSeconds + step * 1_800 + i * 977),
            );
            return i < 0 ? [] : [[key, { startSeconds, stepSeconds: 1_800, values }] as const];
          }),
        ),
      series: async (key, fromSeconds, toSeconds) => {
        const status = known.get(key);
        if (!status) return undefined;
        const made = (shift: number, factor: number) =>
          minutes(fromSeconds, toSeconds, (at) => factor * demandAt(at + shift));
        return {
          metrics: [
            {
              metric: 'http-requests',
              unit: 'req/s',
              demand: made(0, 1),
              forecast: made(120, 1.02),
              upper: made(120, 1.15),
            },
          ],
          leadTimeSeconds: 97,
          replicas: entriesOf(fromSeconds, toSeconds).map(({ atSeconds, to }) => [atSeconds, to] as const),
        };
      },
      journal: async (key, { beforeSeconds = nowSeconds, limit }) => {
        if (!known.has(key)) return undefined;
        const all = entriesOf(nowSeconds - 7 * DAY_SECONDS, Math.min(nowSeconds, beforeSeconds - 1)).reverse();
        const entries = all.slice(0, limit);
        const nextBeforeSeconds = all.length > limit ? entries.at(-1)!.atSeconds : null;
        return { entries, nextBeforeSeconds, sinceSeconds: nowSeconds - 7 * DAY_SECONDS };
      },
    },
  };
  return fleet;
}

/** Those called web have an HPA of their own. */
function whatIfBaseOf({ ref: { namespace, name, kind }, mode = 'auto' }: WorkloadStatus): WhatIfBase {
  const pods = { metric: { name: 'http_requests' }, target: { type: 'AverageValue', averageValue: '80' } };
  const own = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, uid: 'u', resourceVersion: '7', creationTimestamp: '' },
    spec: {
      minReplicas: 3,
      maxReplicas: 20,
      scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
      metrics: [{ type: 'Pods', pods }],
    },
  };
  const policy = exampleWorkloadPolicy({ mode });
  const metrics = policy.metrics.map(({ metric }) => ({ name: 'http-requests', metric, request: undefined }));
  const hpa = baselineHpa(name === 'web' ? own : undefined, metrics, { min: 2, max: 40 });
  return { policy, startCostSeconds: 300, hpa, leastStabilizationTicks: null, mostReplicas: 1_000 };
}

function objectOf(nowSeconds: number): ObjectDetail {
  const setting = (name: AnnotationName, understood: string | null, written: string | null = null) => ({
    annotation: annotation(name),
    written,
    understood,
  });
  const event = (type: string, reason: string, message: string, ago: number, by: string, count = 1) => ({
    type,
    reason,
    message,
    count,
    atSeconds: nowSeconds - ago,
    by,
  });
  return {
    settings: [
      setting('enabled', 'true', 'true'),
      setting('mode', 'auto', 'auto'),
      setting('metric', 'http-requests', 'http-requests'),
      setting('metric-args', 'service=web', 'service=web'),
      setting('target', '110', '110'),
      setting('min-replicas', '2', '2'),
      setting('max-replicas', '40', '40'),
      setting('slo', '99.99%'),
      setting('lead-time', 'auto'),
      setting('stabilization', 'auto'),
      setting('start-cost', 'auto'),
      setting('time-zone', 'Europe/Berlin', 'Europe/Berlin'),
      setting('holidays', 'none'),
      setting('paused', 'false'),
    ],
    settingsProblem: null,
    events: [
      event('Normal', 'Scaled', '6 → 7: 642 req/s expected, pods need 97 s', 1_500, 'prescale.dev/prescale'),
      event('Normal', 'ScalingReplicaSet', 'Scaled up replica set web-5d9c to 7', 1_499, 'deployment-controller'),
      event('Warning', 'ReplicasRefused', `exceeded quota: ${HOSTILE}`, 3_000, 'prescale.dev/prescale', 3),
    ],
    eventsTruncated: true,
    eventsProblem: null,
  };
}

function origin(nowSeconds: number): FiguresOrigin {
  return {
    replica: 'prescale-a',
    leads: true,
    leader: 'prescale-a',
    figuresSeconds: nowSeconds - 5,
    nowSeconds,
    stored: 'own',
    note: null,
  };
}

/** A day with its evening, and weekends with less. */
function demandAt(atSeconds: number): number {
  const hour = (atSeconds % DAY_SECONDS) / 3_600;
  const weekday = Math.floor(atSeconds / DAY_SECONDS + 4) % 7;
  const day = 500 + 420 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + 180 * Math.exp(-((hour - 20) ** 2) / 3);
  const ripple = 1 + 0.03 * Math.sin(atSeconds / 997) + 0.02 * Math.sin(atSeconds / 311);
  return day * (weekday === 0 || weekday === 6 ? 0.7 : 1) * ripple;
}

function minutes(fromSeconds: number, toSeconds: number, value: (at: number) => number): MinuteSeries {
  const startSeconds = Math.ceil(fromSeconds / 60) * 60;
  const count = Math.max(0, Math.floor((toSeconds - startSeconds) / 60) + 1);
  const values = Float32Array.from({ length: count }, (_, i) => value(startSeconds + i * 60));
  // An hour that nobody measured.
  for (let i = 300; i < 360 && i < count; i++) values[i] = Number.NaN;
  return { startSeconds, stepSeconds: 60, values };
}

/** A change whenever another number of pods is needed, looked at each half hour. */
function entriesOf(fromSeconds: number, toSeconds: number): JournalEntry[] {
  const entries: JournalEntry[] = [];
  let before = 6;
  for (let at = Math.ceil(fromSeconds / 1800) * 1800; at <= toSeconds; at += 1800) {
    const to = Math.max(2, Math.ceil((demandAt(at + 1800) * 1.12) / POD_CAPACITY));
    if (to === before) continue;
    const why = `${Math.round(demandAt(at + 1800))} req/s expected, pods need 97 s`;
    entries.push({ atSeconds: at, from: before, to, by: 'prescale', field: 'replicas', reason: 'forecast', why });
    before = to;
  }
  return entries;
}

/** Forty workloads that nobody opted in, each third of which nothing is known. */
function boundsAt(nowSeconds: number): MadeFleet['bounds'] {
  const key = (i: number) => `legacy/Deployment/${APPS[i % APPS.length]}-${i}`;
  const rows = Array.from({ length: 40 }, (_, i): BoundRow => {
    const podHours = 400 + ((i * 7919) % 2_600);
    return {
      key: key(i),
      apiVersion: 'apps/v1',
      optedIn: false,
      baseline: i % 2 === 0 ? 'fixed' : 'own-hpa',
      label: i % 2 === 0 ? `${Math.round(podHours / 168)} pods` : 'cpu at 60 % of the request, 2-20 pods',
      hours: 168,
      podHours,
      leastPodHours: podHours * (0.4 + ((i * 31) % 50) / 100),
      servedShare: 0.9999,
      startsPerDay: i % 2 === 0 ? 0 : 12,
      notes: i === 3 ? [`its HPA also scales by ${HOSTILE}, which is not played`] : [],
    };
  });
  return {
    ...{ madeSeconds: nowSeconds - 20_000, prometheus: 'http://prometheus.monitoring:9090', queries: 12 },
    ...{ fromSeconds: nowSeconds - 7 * DAY_SECONDS, toSeconds: nowSeconds, startupSeconds: 60, failed: null },
    ...{ unlisted: [], rows: rows.filter((_, i) => i % 3 !== 2) },
    unknown: rows
      .filter((_, i) => i % 3 === 2)
      .map((row) => ({ key: row.key, why: 'Prometheus has no CPU usage of its pods', fault: false })),
  };
}

/** Each third one has a change within the hour. */
function nextAt({ ref, replicas }: WorkloadStatus, nowSeconds: number): ExpectedChange | undefined {
  const place = ref.name.length + ref.namespace.length;
  if (place % 3 !== 0) return undefined;
  return { atSeconds: Math.floor(nowSeconds / 300) * 300 + 300 * (1 + (place % 10)), replicas: replicas.wanted + 2 };
}

function statusAt(i: number, nowSeconds: number): WorkloadStatus {
  const namespace = NAMESPACES[i % NAMESPACES.length]!;
  const name = i < 32 ? `${APPS[Math.floor(i / 4)]}` : `${APPS[Math.floor(i / 4) % 8]}-${Math.floor(i / 32)}`;
  const ref = { apiVersion: 'apps/v1', kind: i % 11 === 10 ? 'StatefulSet' : 'Deployment', namespace, name };
  const load = demandAt(nowSeconds + i * 977);
  const needed = Math.max(2, Math.ceil((load * 1.12) / POD_CAPACITY));
  const base = exampleStatus();
  const sinceSeconds = nowSeconds - 3_600 - i;
  const ready = { type: 'Ready', status: true, reason: 'Ready', message: 'can be acted on', sinceSeconds } as const;
  const period = 'a period of 24 h and 168 h; collected 7.0 of 7 days';
  const others = [
    { type: 'Forecasting', status: true, reason: 'Period', message: period, sinceSeconds },
    { type: 'Paused', status: false, reason: 'Active', message: 'not paused', sinceSeconds },
    {
      type: 'Conflict',
      status: i === 2,
      reason: i === 2 ? 'PutBack' : 'None',
      message: i === 2 ? 'another writer puts its replicas back to 4' : 'nobody else writes its replicas',
      sinceSeconds,
    },
    { type: 'ReplicaFailure', status: false, reason: 'None', message: 'no pod is refused', sinceSeconds },
  ] as const;
  const notReady = { ...ready, status: false, reason: 'NoMetric', message: `no data, so nothing changes: ${HOSTILE}` };
  return exampleStatus({
    ref,
    mode: i % 5 === 4 ? 'observe' : 'auto',
    replicas: {
      current: needed,
      ready: needed,
      wanted: needed + (i % 7 === 3 ? 1 : 0),
      proactive: needed,
      reactive: needed - 1,
      min: 2,
      max: 40,
    },
    metrics: [
      exampleMetric({
        load,
        demandEstimate: load,
        expectedPeak: load * 1.05,
        need: { forecast: load * 1.12, floor: load, pods: needed },
        wape: 0.03 + (i % 9) / 100,
      }),
    ],
    leadTime: { seconds: 20 + (i % 13) * 9, source: 'measured', samples: 212 },
    model: { ...base.model, slo: 0.9999, unmetShare: (i === 3 ? 1.6 : (i % 10) / 12) / 10_000 },
    conditions: [i === 1 ? notReady : ready, ...others],
    decidedSeconds: nowSeconds - 5,
    writtenSeconds: nowSeconds - 900,
  });
}

function baselineAt(i: number, nowSeconds: number): Baseline {
  const hpa = 900 + ((i * 7919) % 1500);
  const own = hpa * (0.68 + ((i * 31) % 25) / 100);
  return {
    source: 'default',
    name: 'the default HPA at 70 %',
    note: '',
    fromSeconds: nowSeconds - 7 * DAY_SECONDS,
    toSeconds: nowSeconds,
    hours: 168,
    own: { podHours: own, servedShare: 0.99994, starts: 22 },
    hpa: { podHours: hpa, servedShare: 0.99999, starts: 41 },
    savedShare: 1 - own / hpa,
    madeSeconds: nowSeconds - 20_000,
  };
}
