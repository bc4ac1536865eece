import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryMeasurement, statedMeasurement } from './query-measurement.ts';

const rate = (windowSeconds: number) => ({ kind: 'rate', windowSeconds });
const gauge = (windowSeconds: number) => ({ kind: 'gauge', windowSeconds });
const unknown = { kind: 'unknown' };

describe('what a query measures is told from its text', () => {
  it.each([
    ['a rate', 'sum(rate(http_requests_total{namespace="shop",code!~"5.."}[1m]))', rate(60)],
    ['an increase', 'sum by (service) (increase(x_total[5m])) / 300', rate(300)],
    ['two rates of one window', 'sum(rate(a_total[60s])) + on (pod) group_left (x) sum(rate(b_total[60s]))', rate(60)],
    ['an average of a gauge', 'sum(avg_over_time(queue_length{queue="mail"}[1m]))', gauge(60)],
    ['a gauge', 'sum(rabbitmq_queue_messages{queue="mail"}) or vector(0)', gauge(0)],
    ['a gauge without a name', 'max by (x) ({__name__="depth",queue="[5m]"})', gauge(0)],
    ['its last two samples', 'irate(x_total[5m])', unknown],
    ['two windows', 'rate(a_total[1m]) + rate(b_total[5m])', unknown],
    ['a rate for each replica of a gauge', 'sum(rate(a_total[1m])) / sum(kube_pod_info)', unknown],
    ['a rate and an average', 'rate(a_total[1m]) * avg_over_time(b[1m])', unknown],
    ['a subquery', 'max_over_time(rate(a_total[1m])[10m:1m])', unknown],
    ['a quantile over time', 'quantile_over_time(0.9, a[1m])', unknown],
    ['a recording rule', 'sum(job:http_requests:rate5m{namespace="shop"})', unknown],
    ['an earlier time', 'rate(a_total[1m] offset 1h)', unknown],
    ['a number', '42', unknown],
    ['a window that Grafana fills in', 'rate(a_total[$__rate_interval])', unknown],
    ['a rate in a comment and in a label only', 'queue{text="rate(x[1m])"} # rate(x[1m])', gauge(0)],
  ])('%s', (_, query, expected) => {
    expect(queryMeasurement(query)).toEqual(expected);
  });

  it('property: whatever the text, a window is claimed only where it stands in a range of an average, and there alone', () => {
    const piece = fc.constantFrom(
      ...[
        'rate(',
        'increase(',
        'avg_over_time(',
        'irate(',
        'sum(',
        ')',
        'a_total',
        'depth',
        'job:a:rate5m',
        '{x="[9m]"}',
      ],
      ...['[1m]', '[5m]', '[10m:1m]', ' + ', ' offset 1h', ' # rate(x[7m])\n', '42', ' by (pod) ', '"rate(x[8m])"'],
    );
    const windowed = fc.constantFrom(
      ...['rate(a_total[1m])', 'sum(increase(a_total[5m])) by (pod)', 'avg_over_time(depth[1m])'],
      ...['irate(a_total[1m])', 'max_over_time(depth[5m])', 'rate(a_total[1m]) + rate(a_total[5m])'],
    );
    const around = fc.array(piece, { maxLength: 2 });
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.tuple(around, windowed, around).map(([before, query, after]) => [...before, query, ...after].join('')),
    );
    let claimed = 0;
    fc.assert(
      fc.property(text, (query) => {
        const found = queryMeasurement(query);
        const windowSeconds = 'windowSeconds' in found ? found.windowSeconds : 0;
        if (!(windowSeconds > 0)) return;
        claimed++;
        expect(query).toContain(windowSeconds === 60 ? '[1m]' : '[5m]');
        expect(query).not.toContain(windowSeconds === 60 ? '[5m]' : '[1m]');
        expect(query).toMatch(found.kind === 'rate' ? /rate\(|increase\(/ : /avg_over_time\(/);
      }),
      { numRuns: 3_000 },
    );
    expect(claimed).toBeGreaterThan(100);
  });
});

describe('an administrator', () => {
  const rule = 'sum(job:http_requests:rate1m)';

  it('says it where the text does not', () => {
    expect(statedMeasurement({ query: rule })).toEqual(unknown);
    expect(statedMeasurement({ query: rule, kind: 'rate', windowSeconds: 60 })).toEqual(rate(60));
    expect(statedMeasurement({ query: rule, kind: 'gauge' })).toEqual(gauge(0));
  });

  it('who names the kind alone leaves the window to the text', () => {
    expect(statedMeasurement({ query: 'rate(x[5m])', kind: 'rate' })).toEqual(rate(300));
    expect(statedMeasurement({ query: rule, kind: 'rate' })).toEqual(unknown);
  });
});
