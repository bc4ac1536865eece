import type { MetricRef } from '../../core/policy/policy.ts';
import type { AddonConfig } from '../config/config.ts';

/** The unit in which a metric's demand is shown; empty: not known. */
export function unitOf(metric: MetricRef, config: AddonConfig): string {
  switch (metric.kind) {
    case 'resource':
      return { cpu: 'cores', memory: 'bytes', gpu: 'GPUs' }[metric.resource];
    case 'template':
      return config.prometheus.templates[metric.template]?.unit ?? '';
    case 'query':
      return '';
  }
}
