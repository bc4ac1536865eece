import type { Log, LogFields } from '../../telemetry/log/log.ts';
import type { AddonMetrics } from '../../telemetry/metrics/addon-metrics.ts';

/** Metrics that nobody scrapes. */
export const NO_METRICS: AddonMetrics = {
  observe: () => {},
  startups: () => {},
  apiRequests: () => {},
  query: () => {},
  refits: () => {},
  write: () => {},
  tick: () => {},
  consoleFailures: () => {},
  leader: () => {},
  ready: () => {},
};

/** One line of a process' log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that hands on all but debug lines. */
export function simulatedLog(say: (line: LogLine) => void): Log {
  const at =
    (level: LogLine['level'], own: LogFields) =>
    (message: string, fields: LogFields = {}) =>
      say({ level, message, fields: { ...own, ...fields } });
  const log = (own: LogFields): Log => ({
    debug: () => {},
    info: at('info', own),
    warn: at('warn', own),
    error: at('error', own),
    child: (fields) => log({ ...own, ...fields }),
  });
  return log({});
}
