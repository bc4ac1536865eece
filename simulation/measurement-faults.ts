import type { DemandReading } from '../collector/demand/demand-source.ts';
import type { Action } from './scenarios/scenario.ts';

/** What is measured of a workload without a fault, at an epoch second. */
export type Truth = (seconds: number) => number;

/** A unit that changed: milliseconds for seconds, bytes for kilobytes. */
export const WRONG_UNIT = 1_000;
/** A late answer is so old. */
export const LATE_SECONDS = 45;

export interface ActiveMeasurementFault {
  readonly action: Action;
  readonly sinceSeconds: number;
  /** Undefined: every workload's. */
  readonly workload: string | undefined;
}

/** What is wrong with the measurement now. */
export class MeasurementFaults {
  /** Another number after each change. */
  version = 0;
  private active: readonly ActiveMeasurementFault[] = [];

  /** @returns ends it */
  begin(action: Action, workload: string | undefined, nowSeconds: number): () => void {
    const fault: ActiveMeasurementFault = { action, workload, sinceSeconds: nowSeconds };
    this.active = [...this.active, fault];
    this.version++;
    return () => {
      this.active = this.active.filter((one) => one !== fault);
      this.version++;
    };
  }

  get away(): boolean {
    return this.active.some(({ action }) => AWAY.includes(action));
  }

  /** The newest one of all workloads, or of one of these. */
  newest(concerns: (workload: string) => boolean): ActiveMeasurementFault | undefined {
    return this.active.findLast(({ workload }) => workload === undefined || concerns(workload));
  }

  /** Of a workload's measurement; undefined: none. The newest one counts. */
  of(workload: string): ActiveMeasurementFault | undefined {
    return this.active.findLast((one) => one.workload === undefined || one.workload === workload);
  }

  /** One number with its fault: as a source reads it. @param seconds the end of what is measured */
  reading(workload: string, seconds: number, truth: Truth): DemandReading {
    const fault = this.of(workload);
    const why = fault && MISSING[fault.action];
    if (why !== undefined) return { kind: 'missing', why };
    return { kind: 'value', value: fault ? wrong(fault, seconds, truth) : truth(seconds), timeSeconds: seconds };
  }

  /** A number for one pod, in the same way; undefined: it isn't measured. */
  ofPod(workload: string, pod: string, seconds: number, truth: Truth): number | undefined {
    const fault = this.of(workload);
    if (!fault) return truth(seconds);
    if (fault.action === 'metric-partial') return pod.charCodeAt(pod.length - 1) % 2 === 0 ? truth(seconds) : undefined;
    return fault.action === 'metric-empty' || fault.action === 'metric-nan' ? undefined : wrong(fault, seconds, truth);
  }
}

/** Nothing is answered at all. */
const AWAY: readonly Action[] = ['metric-away', 'metric-refused', 'metric-silent'];

/** The words of the answers that are no numbers. */
const MISSING: Partial<Record<Action, string>> = {
  'metric-away': 'http://prometheus refuses the connection',
  'metric-refused': 'http://prometheus failed (HTTP 503): query processing would load too many samples into memory',
  'metric-silent': 'http://prometheus did not answer within 5 s',
  'metric-empty': 'the query gives no series',
  'metric-partial':
    'http://prometheus answered in part only, which is unknown and not a number: a store could not be asked',
  'metric-doubled': 'the query gives 2 series; expected one',
};

function wrong({ action, sinceSeconds }: ActiveMeasurementFault, seconds: number, truth: Truth): number {
  switch (action) {
    case 'metric-nan':
      return Number.NaN;
    case 'metric-inf':
      return Number.POSITIVE_INFINITY;
    case 'metric-zero':
      return 0;
    case 'metric-frozen':
      return truth(Math.min(seconds, sinceSeconds));
    case 'metric-late':
      return truth(seconds - LATE_SECONDS);
    // The windows after a restart hold half of their samples.
    case 'metric-half-filled':
      return truth(seconds) * Math.min(1, Math.max(0.25, (seconds - sinceSeconds) / 60));
    case 'metric-unit':
      return WRONG_UNIT * truth(seconds);
    default:
      return truth(seconds);
  }
}
