import { expect, it } from 'vitest';
import { roleMetrics } from './role-metrics.io.ts';

it('a role shows what it has, and nothing that it never sets', async () => {
  const metrics = roleMetrics({ queue: true, jobs: false, processMetrics: false });
  metrics.redis({ latencySeconds: 0.002, usedBytes: 5e6, limitBytes: 1e9 });
  metrics.queue({ waiting: 3, running: 1, backingOff: 2, failed: 4, repeating: 10, oldestSeconds: 12.5 });
  metrics.job(1, 'done');
  metrics.stalled();
  const text = await metrics.render();
  expect(text).toContain('prescale_redis_up 1');
  expect(text).toContain('prescale_redis_memory_limit_bytes 1000000000');
  expect(text).toContain('prescale_jobs{state="backing-off"} 2');
  expect(text).toContain('prescale_jobs_oldest_seconds 12.5');
  expect(text).not.toContain('prescale_job_duration');
  metrics.redis(undefined);
  expect(await metrics.render()).toContain('prescale_redis_up 0');
});

it('a forecaster shows how long its jobs took and how they ended', async () => {
  const metrics = roleMetrics({ queue: false, jobs: true, processMetrics: false });
  metrics.job(0.04, 'done');
  metrics.job(61, 'failed');
  metrics.stalled();
  const text = await metrics.render();
  expect(text).toContain('prescale_job_duration_seconds_count{outcome="done"} 1');
  expect(text).toContain('prescale_job_duration_seconds_sum{outcome="failed"} 61');
  expect(text).toContain('prescale_jobs_stalled_total 1');
  expect(text).not.toContain('state=');
});
