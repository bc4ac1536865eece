import { OBSERVATION_SECONDS } from '../../collector/demand/demand-source.ts';
import { queryMeasurement, statedMeasurement } from '../../collector/prometheus/promql/query-measurement.ts';
import { type Measurement, UNKNOWN } from '../../core/measurement.ts';
import type { MetricRef } from '../../core/policy/policy.ts';
import { parseSeconds } from '../../core/quantity.ts';
import type { AddonConfig } from '../config/config.ts';

/** What the numbers of a metric are of its demand. */
export function measurementOf(metric: MetricRef, config: AddonConfig): Measurement {
  switch (metric.kind) {
    case 'resource':
      return metric.resource === 'cpu' ? usageMeasurement('rate') : usageMeasurement('gauge');
    case 'template': {
      const template = config.prometheus.templates[metric.template];
      if (template === undefined) return UNKNOWN;
      const { window } = template;
      return statedMeasurement({ ...template, windowSeconds: window === undefined ? undefined : parseSeconds(window) });
    }
    case 'query':
      return queryMeasurement(metric.query);
  }
}

/** As resource-expressions.ts asks. An answer of another window, as from metrics.k8s.io, says so itself: see DemandReading. */
function usageMeasurement(kind: 'rate' | 'gauge'): Measurement {
  return { kind, windowSeconds: OBSERVATION_SECONDS };
}
