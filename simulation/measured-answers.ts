import type { AnswerFault } from './measurement/answer-faults.ts';
import type { MetricsFault } from './measurement/simulated-metrics-server.ts';
import type { ActiveMeasurementFault } from './measurement-faults.ts';
import { LATE_SECONDS, WRONG_UNIT } from './measurement-faults.ts';

/** A Prometheus that is started anew scrapes nothing for so long, and then has windows to fill. */
const RESTART_SECONDS = 90;
const TIMEOUT_SECONDS = 5;
const PARTIAL = { share: 0.5 } as const;

/** Whether the server itself is away, and scrapes nothing. */
export function serversPause(fault: ActiveMeasurementFault | undefined, nowSeconds: number): boolean {
  return fault?.action === 'metric-half-filled' && nowSeconds - fault.sinceSeconds < RESTART_SECONDS;
}

/** A fault as a Prometheus shows it. */
export function answerFault(fault: ActiveMeasurementFault, nowSeconds: number): AnswerFault | undefined {
  const { action, sinceSeconds } = fault;
  switch (action) {
    case 'metric-away':
      return { kind: 'unreachable' };
    case 'metric-half-filled':
      return serversPause(fault, nowSeconds) ? { kind: 'unreachable' } : undefined;
    case 'metric-empty':
      return { kind: 'empty' };
    case 'metric-nan':
      return { kind: 'value', text: 'NaN' };
    case 'metric-inf':
      return { kind: 'value', text: '+Inf' };
    case 'metric-zero':
      return { kind: 'value', text: '0' };
    case 'metric-frozen':
      return { kind: 'frozen', sinceSeconds };
    case 'metric-late':
      return { kind: 'late', seconds: LATE_SECONDS };
    case 'metric-partial':
      return { kind: 'partial', ...PARTIAL, says: sinceSeconds % 2 === 0 ? 'isPartial' : 'warnings' };
    case 'metric-doubled':
      return { kind: 'doubled', where: 'answered' };
    case 'metric-unit':
      return { kind: 'scaled', factor: WRONG_UNIT };
    case 'metric-refused':
      return sinceSeconds % 2 === 0
        ? { kind: 'status', status: 503, message: 'query processing would load too many samples into memory' }
        : { kind: 'status', status: 422, message: 'found duplicate series for the match group' };
    case 'metric-silent':
      return { kind: 'timeout', afterSeconds: TIMEOUT_SECONDS };
    default:
      return undefined;
  }
}

/** The same as metrics-server shows it; frozen and restarted ones scrape nothing. */
export function metricsFault(fault: ActiveMeasurementFault | undefined): MetricsFault | undefined {
  switch (fault?.action) {
    case 'metric-empty':
    case 'metric-nan':
    case 'metric-inf':
      return { kind: 'empty' };
    case 'metric-zero':
      return { kind: 'zero' };
    case 'metric-unit':
      return { kind: 'scaled', factor: WRONG_UNIT };
    case 'metric-partial':
      return { kind: 'partial', missing: (pod) => pod.charCodeAt(pod.length - 1) % 2 === 1 };
    case 'metric-away':
    case 'metric-refused':
    case 'metric-silent':
      return { kind: 'unavailable' };
    default:
      return undefined;
  }
}
