import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/*
 * What the roles of a distributed Prescale show beside the addon's own metrics: of Redis (each role), of the queue (who decides
 * and who fits), of the jobs that a forecaster ran.
 */

export const REDIS_METRICS = {
  prescale_redis_up: '1 where Redis answered lately, else 0.',
  prescale_redis_latency_seconds: 'Time of the last PING.',
  prescale_redis_memory_bytes: 'Memory that Redis uses.',
  prescale_redis_memory_limit_bytes: 'Its maxmemory; 0: none.',
} as const;

export const QUEUE_METRICS = {
  prescale_jobs: 'Refits in the queue by state: waiting, running, backing-off, failed, repeating.',
  prescale_jobs_oldest_seconds: 'How long the oldest refit that is not done is wanted.',
} as const;

export const FORECASTER_METRICS = {
  prescale_job_duration_seconds: 'Time of refits on this forecaster, by outcome: done or failed.',
  prescale_jobs_stalled_total: 'Refits taken over from a forecaster that was silent for too long.',
} as const;

const JOB_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** What was found out about Redis. */
export interface RedisState {
  readonly latencySeconds: number;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly limitBytes: number;
}

/** As BullRefitQueue counts them. */
export interface QueueState {
  readonly waiting: number;
  readonly running: number;
  readonly backingOff: number;
  readonly failed: number;
  readonly repeating: number;
  readonly oldestSeconds: number;
}

export interface RoleMetrics {
  readonly contentType: string;
  /** The exposition text. */
  render(): Promise<string>;
  /** Undefined: Redis does not answer. */
  redis(state: RedisState | undefined): void;
  queue(state: QueueState): void;
  job(seconds: number, outcome: 'done' | 'failed'): void;
  stalled(): void;
}

export interface RoleMetricsOptions {
  readonly queue: boolean;
  readonly jobs: boolean;
  /** Also process_… and nodejs_…: of a role whose other metrics don't bring them. */
  readonly processMetrics: boolean;
}

/** Only what the role has is shown: a metric that nobody sets would read as 0. */
export function roleMetrics({ queue, jobs, processMetrics }: RoleMetricsOptions): RoleMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const redis = Object.entries(REDIS_METRICS).map(([name, help]) => gauge(name, help));
  const [up, latency, used, limit] = redis as [Gauge, Gauge, Gauge, Gauge];
  const states = queue ? gauge('prescale_jobs', QUEUE_METRICS.prescale_jobs, ['state']) : undefined;
  const oldest = queue ? gauge('prescale_jobs_oldest_seconds', QUEUE_METRICS.prescale_jobs_oldest_seconds) : undefined;
  const durations = jobs
    ? new Histogram({
        name: 'prescale_job_duration_seconds',
        help: FORECASTER_METRICS.prescale_job_duration_seconds,
        labelNames: ['outcome'],
        buckets: JOB_BUCKETS,
        registers,
      })
    : undefined;
  const stalls = jobs
    ? new Counter({
        name: 'prescale_jobs_stalled_total',
        help: FORECASTER_METRICS.prescale_jobs_stalled_total,
        registers,
      })
    : undefined;
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    redis(state) {
      up.set(state ? 1 : 0);
      if (!state) return;
      latency.set(state.latencySeconds);
      used.set(state.usedBytes);
      limit.set(state.limitBytes);
    },
    queue({ waiting, running, backingOff, failed, repeating, oldestSeconds }) {
      const counts = { waiting, running, 'backing-off': backingOff, failed, repeating };
      for (const [state, count] of Object.entries(counts)) states?.set({ state }, count);
      oldest?.set(oldestSeconds);
    },
    job: (seconds, outcome) => durations?.observe({ outcome }, seconds),
    stalled: () => stalls?.inc(),
  };
}
