import { describe, expect, it } from 'vitest';
import { ConditionTimes, wrongStatus } from '../../addon/status/addon-status.ts';
import type { MetricStatus } from '../../core/workload-status.ts';
import { EXAMPLE_SECONDS, exampleMetric, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import type { StartupHistogram } from './addon-metrics.ts';
import { METRICS } from './metric-table.ts';
import { addonMetrics, type PromAddonMetrics } from './metrics.io.ts';

const WEB = 'namespace="shop",kind="Deployment",workload="web"';
const LOAD = `${WEB},metric="http-requests",unit="req/s"`;
const BOUNDS = [10, 30];
const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const printed = async (metrics: PromAddonMetrics) => (await metrics.render()).toString();

function startup(name: string, span: string): StartupHistogram {
  const counts = { buckets: [3, 9], count: 10, sumSeconds: 250 };
  return { workload: `shop/Deployment/${name}`, nodeClass: 'virtual', span, counts };
}

describe('the metrics of a workload', () => {
  it('say how much is asked, expected and decided', async () => {
    const metrics = addonMetrics({ version: '1.2.3' });
    metrics.observe([exampleStatus()]);
    expect(samples(await printed(metrics))).toEqual(
      expect.arrayContaining([
        `prescale_current_replicas{${WEB}} 6`,
        `prescale_requested_replicas{${WEB}} 9`,
        `prescale_proactive_replicas{${WEB}} 9`,
        `prescale_max_replicas{${WEB}} 40`,
        `prescale_load{${LOAD}} 800`,
        `prescale_forecast_load{${LOAD},level="0.5"} 835`,
        `prescale_forecast_load{${LOAD},level="0.95"} 890`,
        `prescale_history_seconds{${LOAD}} 604800`,
        `prescale_slo_ratio{${WEB}} 0.9999`,
        `prescale_condition{${WEB},type="Ready"} 1`,
        'prescale_workloads{mode="auto",target="scale"} 1',
        'prescale_build_info{version="1.2.3"} 1',
      ]),
    );
  });

  it('are absent where nothing is known: no value is not zero', async () => {
    const metrics = addonMetrics({ version: '1' });
    const metric = exampleMetric({ load: undefined, missing: 'no series', forecastMedian: Number.NaN });
    metrics.observe([exampleStatus({ metrics: [metric], writtenSeconds: undefined })]);
    const text = await printed(metrics);
    expect(text).toContain(`prescale_load_missing{${LOAD}} 1`);
    expect(text).not.toMatch(/^prescale_load\{/m);
    expect(text).not.toMatch(/level="0.5"/);
    expect(text).not.toMatch(/^prescale_last_write_timestamp_seconds\{/m);
  });

  it('of one whose annotations are wrong are its condition alone: it has the pods that it has, and was never decided on', async () => {
    const metrics = addonMetrics({ version: '1' });
    const message = 'prescale.dev/target: found "abc"';
    const { ref } = exampleStatus();
    const wrong = wrongStatus(
      'shop/Deployment/web',
      ref,
      { message, mode: 'auto' },
      EXAMPLE_SECONDS,
      new ConditionTimes(),
    );
    metrics.observe([wrong]);
    const lines = samples(await printed(metrics));
    expect(lines.filter((line) => line.includes(WEB))).toEqual([
      `prescale_lead_time_measured_startups{${WEB}} 0`,
      `prescale_condition{${WEB},type="Ready"} 0`,
    ]);
    expect(lines).toEqual(
      expect.arrayContaining(['prescale_workloads{mode="auto",target="dry-run"} 1', 'prescale_policy_errors 1']),
    );
  });

  it('count each decision once, and every rule that spoke', async () => {
    const metrics = addonMetrics({ version: '1' });
    const at = (decidedSeconds: number) => exampleStatus({ decidedSeconds, reasons: ['forecast', 'max'] });
    metrics.observe([at(15)]);
    metrics.observe([at(15)]);
    metrics.observe([at(30)]);
    const text = await printed(metrics);
    expect(text).toContain(`prescale_decision_reasons_total{${WEB},reason="max"} 2`);
    expect(await printed(metrics)).toBe(text);
  });

  it('say how old the oldest forecast in use is, and nothing where there is none', async () => {
    const metrics = addonMetrics({ version: '1', maxSeries: 1 });
    const aged = (seconds: number, changes: Partial<MetricStatus> = {}) =>
      exampleStatus({ metrics: [exampleMetric({ learnedSeconds: EXAMPLE_SECONDS - seconds, ...changes })] });
    const oldest = async () =>
      samples(await printed(metrics)).filter((line) => line.startsWith('prescale_oldest_forecast'));
    // Without a value no refit is asked for: the metric's own alert says so.
    metrics.observe([aged(600), aged(7_200), aged(90_000, { load: undefined, missing: 'no series' })]);
    expect(await oldest()).toEqual(['prescale_oldest_forecast_seconds 7200']);
    metrics.observe([exampleStatus({ metrics: [exampleMetric({ learnedSeconds: undefined })] })]);
    expect(await oldest()).toEqual([]);
    metrics.observe([]);
    expect(await oldest()).toEqual([]);
  });

  it('count the workloads with wrong annotations', async () => {
    const metrics = addonMetrics({ version: '1' });
    const wrong = { type: 'Ready', status: false, reason: 'PolicyError', message: '', sinceSeconds: 0 } as const;
    metrics.observe([exampleStatus({ conditions: [wrong] }), ...exampleStatuses(2)]);
    const text = await printed(metrics);
    expect(text).toContain('prescale_policy_errors 1');
    expect(text).toContain('prescale_workload_conditions{type="Ready",status="false"} 1');
    expect(text).toContain('prescale_workload_conditions{type="Ready",status="true"} 2');
  });

  it('show start-up latencies as the cumulative buckets they came in', async () => {
    const metrics = addonMetrics({ version: '1' });
    metrics.observe([exampleStatus()]);
    metrics.startups(BOUNDS, () => [startup('web', 'total'), startup('gone', 'total')]);
    const labels = `${WEB},node_class="virtual"`;
    expect(samples(await printed(metrics)).filter((line) => line.startsWith('prescale_pod_startup'))).toEqual([
      `prescale_pod_startup_seconds_bucket{le="10",${labels}} 3`,
      `prescale_pod_startup_seconds_bucket{le="30",${labels}} 9`,
      `prescale_pod_startup_seconds_bucket{le="+Inf",${labels}} 10`,
      `prescale_pod_startup_seconds_sum{${labels}} 250`,
      `prescale_pod_startup_seconds_count{${labels}} 10`,
    ]);
  });

  it('show the stages of start-ups over all workloads', async () => {
    const metrics = addonMetrics({ version: '1' });
    metrics.startups(BOUNDS, () => [startup('web', 'pulled'), startup('db', 'pulled'), startup('db', 'ready')]);
    const lines = samples(await printed(metrics));
    expect(lines).toContain(
      'prescale_pod_startup_stage_seconds_bucket{le="30",node_class="virtual",stage="pulled"} 18',
    );
    expect(lines).toContain('prescale_pod_startup_stage_seconds_count{node_class="virtual",stage="ready"} 10');
  });
});

describe('series', () => {
  it('leave with their workload: after 10,000 that came and went there are as many as at the start', async () => {
    const metrics = addonMetrics({ version: '1' });
    metrics.observe(exampleStatuses(100));
    const first = samples(await printed(metrics)).length;
    for (let i = 1; i <= 100; i++) {
      metrics.observe(exampleStatuses(100, i * 100));
      if (i % 25 === 0) expect(samples(await printed(metrics))).toHaveLength(first);
    }
    const text = await printed(metrics);
    expect(text).toContain('workload="web-10000"');
    expect(text).not.toContain('workload="web-0"');
    metrics.observe([]);
    expect(await printed(metrics)).not.toContain('workload=');
  });

  it('are capped by whole workloads, and it is said how many are hidden, once', async () => {
    const said: number[] = [];
    const metrics = addonMetrics({ version: '1', maxSeries: 400, onCapReached: (hidden) => said.push(hidden) });
    for (let i = 0; i < 3; i++) metrics.observe(exampleStatuses(100));
    const text = await printed(metrics);
    const ofWorkloads = samples(text).filter((line) => line.includes('workload='));
    expect(ofWorkloads.length).toBeLessThanOrEqual(400);
    const shown = new Set(ofWorkloads.map((line) => /workload="([^"]+)"/.exec(line)![1]));
    expect(shown.size).toBeGreaterThan(5);
    expect(text).toContain(`prescale_series_limited_workloads ${100 - shown.size}`);
    expect(text).toContain('prescale_workloads{mode="auto",target="scale"} 100');
    expect(said).toEqual([100 - shown.size]);
  });
});

describe('the addon itself', () => {
  it('counts its requests, queries, writes and ticks', async () => {
    const metrics = addonMetrics({ version: '1' });
    metrics.apiRequests(() => [{ verb: 'patch', resource: 'deployments/scale', status: 409, count: 2, seconds: 0.25 }]);
    metrics.query('prometheus', 'error', 3);
    metrics.write('hpa', 'ok');
    metrics.tick(0.04, 1_700_000_000);
    metrics.leader(true);
    metrics.ready(false);
    const text = await printed(metrics);
    expect(samples(text)).toEqual(
      expect.arrayContaining([
        'prescale_api_requests_total{verb="patch",resource="deployments/scale",code="409"} 2',
        'prescale_api_request_seconds_total{verb="patch",resource="deployments/scale",code="409"} 0.25',
        'prescale_queries_total{source="prometheus",outcome="error"} 1',
        'prescale_writes_total{target="hpa",outcome="ok"} 1',
        'prescale_tick_duration_seconds_bucket{le="0.05"} 1',
        'prescale_last_tick_timestamp_seconds 1700000000',
        'prescale_leader 1',
        'prescale_ready 0',
      ]),
    );
  });

  it('keeps the naming rules: base units at the end, counters in _total', () => {
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect(name).toMatch(/^prescale_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(help).toMatch(/\.$/);
    }
  });
});

it('others are answered again and again while all are printed, also within a metric of thousands of series', async () => {
  const metrics = addonMetrics({ version: '1.2.3' });
  metrics.observe(exampleStatuses(1_500, 1));
  let answered = 0;
  let isPrinted = false;
  const answer = () => {
    answered++;
    if (!isPrinted) setImmediate(answer);
  };
  setImmediate(answer);
  const text = await printed(metrics);
  isPrinted = true;
  const lines = text.split('\n').length;
  expect(lines).toBeGreaterThan(30_000);
  expect(answered).toBeGreaterThan(text.match(/^# TYPE /gm)!.length + lines / 1_000);
});
