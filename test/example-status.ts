import type { MetricStatus, WorkloadStatus } from '../core/workload-status.ts';

/** 2026-03-02T09:02:40Z */
export const EXAMPLE_SECONDS = Date.UTC(2026, 2, 2, 9, 2, 40) / 1000;

/** A metric of the example: 840 ± 30 req/s expected, 110 req/s a pod. */
export function exampleMetric(changes: Partial<MetricStatus> = {}): MetricStatus {
  return {
    name: 'http-requests',
    unit: 'req/s',
    load: 800,
    newest: 820,
    forecastMedian: 835,
    forecastUpper: 890,
    expectedPeak: 840,
    expectedError: 30,
    podCapacity: 110,
    need: { forecast: 930, floor: 926.6, pods: 9 },
    censored: false,
    missing: undefined,
    pods: undefined,
    learnedDays: 7,
    learnedSeconds: EXAMPLE_SECONDS - 5400,
    wape: 0.04,
    ...changes,
  };
}

/** A workload that is about to grow from 6 to 9 pods by its forecast. */
export function exampleStatus(changes: Partial<WorkloadStatus> = {}): WorkloadStatus {
  return {
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    mode: 'auto',
    target: 'scale',
    replicas: { current: 6, ready: 6, wanted: 9, proactive: 9, reactive: 8, min: 3, max: 40 },
    metrics: [exampleMetric()],
    lead: { seconds: 21, source: 'measured', samples: 132 },
    model: {
      kind: 'predictive',
      why: 'calibrated on 7 days',
      network: undefined,
      errors: 3,
      headroom: 0.13,
      stabilizationSeconds: 120,
      reactiveTarget: undefined,
      promiseBp: 1,
      spentBp: 0.4,
    },
    reasons: ['forecast'],
    conditions: [
      { type: 'Ready', status: true, reason: 'Scaling', message: 'scaled ahead', sinceSeconds: EXAMPLE_SECONDS - 3600 },
      { type: 'Forecasting', status: true, reason: 'Learned', message: '7 days', sinceSeconds: EXAMPLE_SECONDS - 3600 },
    ],
    decidedSeconds: EXAMPLE_SECONDS,
    writtenSeconds: EXAMPLE_SECONDS,
    error: undefined,
    ...changes,
  };
}

/** Many workloads of one namespace, each by its number. */
export function exampleStatuses(count: number, first = 0): WorkloadStatus[] {
  return Array.from({ length: count }, (_, i) => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: `web-${first + i}` };
    return exampleStatus({ ref });
  });
}
