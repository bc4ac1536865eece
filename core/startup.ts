import { InputError } from './errors.ts';
import { normalQuantile } from './random.ts';

/** The distribution of a pod's start-up latency, created → Ready. */
export interface StartupLatency {
  /** Seconds. @param level in (0, 1) */
  quantile(level: number): number;
  readonly description: string;
}

/** p90 of a standard normal: ln(p90 ÷ p50) = 1.2816 σ. */
const Z90 = normalQuantile(0.9);

/** Log-normal by its median and 90th percentile, both in seconds. */
export function logNormalStartup(p50Seconds: number, p90Seconds: number): StartupLatency {
  if (!(p50Seconds > 0) || !(p90Seconds >= p50Seconds) || !Number.isFinite(p90Seconds)) {
    throw new InputError(`start-up latency needs 0 < p50 ≤ p90, not p50=${p50Seconds}s,p90=${p90Seconds}s`);
  }
  const mu = Math.log(p50Seconds);
  const sigma = Math.log(p90Seconds / p50Seconds) / Z90;
  return {
    quantile: (level) => Math.exp(mu + sigma * normalQuantile(level)),
    description: `log-normal, p50 ${p50Seconds} s, p90 ${p90Seconds} s`,
  };
}

/** The empirical distribution of measured latencies, seconds (linear interpolation between order statistics). */
export function empiricalStartup(seconds: readonly number[], description = 'measured'): StartupLatency {
  if (seconds.length === 0) throw new InputError('start-up latencies are empty: at least one measured value is needed');
  const sorted = Float64Array.from(seconds).sort();
  return {
    quantile: (level) => {
      const at = Math.min(Math.max(level, 0), 1) * (sorted.length - 1);
      const low = Math.floor(at);
      const a = sorted[low]!;
      const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
      return a + (b - a) * (at - low);
    },
    description: `${description} (${seconds.length} values)`,
  };
}

/** Elastic Container Instance with an image cache: p50 9 s, p90 20 s. */
export function eciStartup(): StartupLatency {
  return logNormalStartup(9, 20);
}

/** A distribution as plain data, to be sent or stored. Seconds. */
export type StartupSpec =
  | { readonly kind: 'log-normal'; readonly p50Seconds: number; readonly p90Seconds: number }
  | { readonly kind: 'measured'; readonly seconds: readonly number[] };

export function startupOf(spec: StartupSpec): StartupLatency {
  return spec.kind === 'log-normal'
    ? logNormalStartup(spec.p50Seconds, spec.p90Seconds)
    : empiricalStartup(spec.seconds);
}

/** So many quantiles stand for a distribution: p99 and a little beyond are still told apart. */
const SPEC_QUANTILES = 200;

/** A distribution as its quantiles at the middle of 200 equal shares, in whole milliseconds: it is sent with each refit. */
export function specOf(startup: StartupLatency): StartupSpec {
  const seconds = Array.from(
    { length: SPEC_QUANTILES },
    (_, i) => Math.round(startup.quantile((i + 0.5) / SPEC_QUANTILES) * 1000) / 1000,
  );
  return { kind: 'measured', seconds };
}
