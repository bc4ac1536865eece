import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from './cluster/binaries.ts';

/*
 * The chart's alerts of mode distributed, as Prometheus evaluates them on series of an hour: promtool decides. Series are in its
 * notation, `1x5 0x54` is 1 for six minutes and then 0.
 */
const ALERTS = [
  'PrescaleDown',
  'PrescaleNoLeader',
  'PrescaleRedisDown',
  'PrescaleRedisNearlyFull',
  'PrescaleRedisSlow',
  'PrescaleCollectorsGone',
  'PrescaleForecastsOld',
  'PrescaleRefitsLate',
  'PrescaleRefitsFailed',
  'PrescaleForecastersDie',
] as const;
type Alert = (typeof ALERTS)[number];

const HEALTHY = {
  'prescale_build_info{pod="actuator-a"}': '1x60',
  'prescale_build_info{pod="collector-a"}': '1x60',
  'prescale_leader{pod="actuator-a"}': '1x60',
  'prescale_leader{pod="actuator-b"}': '0x60',
  'prescale_redis_up{pod="actuator-a"}': '1x60',
  'prescale_redis_up{pod="collector-a"}': '1x60',
  'prescale_redis_up{pod="forecaster-a"}': '1x60',
  'prescale_redis_latency_seconds{pod="actuator-a"}': '0.001x60',
  'prescale_redis_memory_bytes{pod="actuator-a"}': '600x60',
  'prescale_redis_memory_limit_bytes{pod="actuator-a"}': '1000x60',
  'prescale_jobs{pod="actuator-a", state="failed"}': '0x60',
  'prescale_jobs{pod="actuator-a", state="waiting"}': '9000x60',
  'prescale_jobs_oldest_seconds{pod="actuator-a"}': '240x60',
  'prescale_jobs_stalled_total{pod="forecaster-a"}': '0x60',
  // Two collectors' ticks by the test's clock, which begins at 0; one of them was replaced.
  'prescale_collector_last_tick_timestamp_seconds{pod="collector-a"}': '0+60x60',
  'prescale_collector_last_tick_timestamp_seconds{pod="collector-b"}': '0+60x20',
  // A refit each three hours: just before it, the newest observation is that old.
  'prescale_oldest_forecast_seconds{pod="actuator-a"}': '7300+60x60',
  'prescale_oldest_forecast_seconds{pod="actuator-b"}': '7300+60x60',
};
type Series = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), 'prescale-alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fails with what promtool says where other alerts than these fire at the hour's end. */
async function expectFiring(series: Series, expected: readonly { alert: Alert; summary: string; severity: string }[]) {
  const rules = resolve('helm/rules/alerts.yaml');
  const file = join(folder, 'test.yaml');
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: ALERTS.map((alertname) => ({
      eval_time: '60m',
      alertname,
      exp_alerts: expected
        .filter(({ alert }) => alert === alertname)
        .map(({ summary, severity }) => ({
          exp_labels: { severity },
          exp_annotations: {
            summary,
            runbook_url: `RUNBOOK#${alertname.toLowerCase()}`,
            dashboard_url: 'DASHBOARDS/d/prescale-operations',
          },
        })),
    })),
  };
  writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }));
  expect(await run('promtool', ['test', 'rules', file])).toContain('SUCCESS');
}

it.each<[string, Series, Alert | undefined, string, string]>([
  ['all is well, in the middle of a cycle', {}, undefined, '', ''],
  [
    'one role no longer reaches Redis',
    { 'prescale_redis_up{pod="forecaster-a"}': '1x50 0x9' },
    'PrescaleRedisDown',
    'critical',
    'Redis does not answer a role; without readings nothing is scaled.',
  ],
  [
    'Redis is nearly full',
    { 'prescale_redis_memory_bytes{pod="actuator-a"}': '900x60' },
    'PrescaleRedisNearlyFull',
    'warning',
    'Redis uses 90% of its maxmemory; at 100% nothing is written any more.',
  ],
  [
    'a Redis without a limit grows',
    {
      'prescale_redis_memory_bytes{pod="actuator-a"}': '900x60',
      'prescale_redis_memory_limit_bytes{pod="actuator-a"}': '0x60',
    },
    undefined,
    '',
    '',
  ],
  [
    'Redis is slow',
    { 'prescale_redis_latency_seconds{pod="actuator-a"}': '2x60' },
    'PrescaleRedisSlow',
    'warning',
    'Redis takes 2s to answer a PING.',
  ],
  [
    'all collectors stand still',
    {
      'prescale_collector_last_tick_timestamp_seconds{pod="collector-a"}': '0+60x50 3000x9',
    },
    'PrescaleCollectorsGone',
    'critical',
    'No collector measures anything; without readings nothing is scaled.',
  ],
  [
    'forecasts are not renewed',
    { 'prescale_oldest_forecast_seconds{pod="actuator-a"}': '10200+60x60' },
    'PrescaleForecastsOld',
    'warning',
    'The oldest forecast was made 3h 50m 0s ago; when it ends, the observed load alone decides.',
  ],
  [
    'nobody fits',
    { 'prescale_jobs_oldest_seconds{pod="actuator-a"}': '0+60x60' },
    'PrescaleRefitsLate',
    'warning',
    'A refit is wanted for 1h 0m 0s and not done; forecasts end an hour after theirs is due.',
  ],
  [
    'refits fail, and are asked for again after ten minutes',
    { 'prescale_jobs{pod="actuator-a", state="failed"}': '3x9 0 3x9 0 3x9 0 3x9 0 3x9 0 3x10' },
    'PrescaleRefitsFailed',
    'warning',
    '3 refits fail in all their tries.',
  ],
  [
    'forecasters are killed again and again',
    { 'prescale_jobs_stalled_total{pod="forecaster-a"}': '0+1x60' },
    'PrescaleForecastersDie',
    'warning',
    '60 refits of the last hour were taken over from forecasters that went silent.',
  ],
])('%s', async (_, changed, alert, severity, summary) => {
  await expectFiring({ ...HEALTHY, ...changed }, alert === undefined ? [] : [{ alert, severity, summary }]);
});

const without = (role: string) => Object.fromEntries(Object.entries(HEALTHY).filter(([name]) => !name.includes(role)));

it('all actuators gone, the other roles there: Prescale is down', async () => {
  const summary = 'No replica of Prescale is scraped; replicas stay as they are.';
  await expectFiring(without('actuator'), [{ alert: 'PrescaleDown', severity: 'critical', summary }]);
});

it('all collectors gone', async () => {
  const summary = 'No collector measures anything; without readings nothing is scaled.';
  await expectFiring(without('collector'), [{ alert: 'PrescaleCollectorsGone', severity: 'critical', summary }]);
});

it('collectors that can not work without Redis: Redis alone is named', async () => {
  const summary = 'Redis does not answer a role; without readings nothing is scaled.';
  const down = ['actuator-a', 'collector-a', 'forecaster-a'].map((pod) => [
    `prescale_redis_up{pod="${pod}"}`,
    '1x50 0x9',
  ]);
  const still = { 'prescale_collector_last_tick_timestamp_seconds{pod="collector-a"}': '0+60x50 3000x9' };
  await expectFiring({ ...HEALTHY, ...Object.fromEntries(down), ...still }, [
    { alert: 'PrescaleRedisDown', severity: 'critical', summary },
  ]);
});

it('one process with all roles has no collectors, and none is missed', async () => {
  const single = ['prescale_build_info', 'prescale_leader', 'prescale_oldest_forecast_seconds'];
  const series = Object.entries(without('collector')).filter(([name]) => single.some((own) => name.startsWith(own)));
  await expectFiring(Object.fromEntries(series), []);
});
