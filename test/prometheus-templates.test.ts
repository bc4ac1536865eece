import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expandTemplate } from '../collector/prometheus/promql/query-templates.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const AT = 1_790_000_040;
const WORKLOAD = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };

/** Services of several tenants: what one may give as an argument, and what nobody may. */
const SERVICES = [
  ...['pay', 'p.y', '...', 'pay-v2', 'pay.v2', 'PAY', 'a:b', '_', '0'],
  ...[
    '.*',
    '.+',
    'pay|mail',
    '(?i)pay',
    '[a-z]+',
    '"} or requests{a="',
    "'",
    '`',
    '\\',
    '\\d',
    '$1',
    '$$',
    '\u007b}',
    '#',
    'pay\n',
    'é',
    '🚀',
  ],
];

const openMetricsText = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

let server: PrometheusServer;
beforeAll(async () => {
  const series = SERVICES.map((service) => `requests{service="${openMetricsText(service)}"} 1 ${AT}\n`);
  const samples = { times: Float64Array.of(AT - 60, AT), values: Float64Array.of(1, 1) };
  server = await startPrometheus('load', samples, { openMetrics: ['# TYPE requests gauge\n', ...series] });
});
afterAll(() => server?.stop());

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

async function ask(query: string): Promise<Answer> {
  const body = new URLSearchParams({ query, time: String(AT) });
  return (await fetch(`${server.url}/api/v1/query`, { method: 'POST', body })).json() as Promise<Answer>;
}

const QUERIES = {
  'a matcher': 'requests{service="$arg.service"}',
  'a pattern': 'requests{service=~"$arg.service"}',
  'a pattern behind a comment': 'requests{service=~ # exactly\n"$arg.service"}',
  'a pattern behind a comment that a carriage return ends': "requests{service=~ # exactly\r'$arg.service'}",
  'the pattern of label_replace': 'label_replace(requests, "hit", "yes", "service", "$arg.service") unless requests',
};

it.each(Object.entries(QUERIES))('in %s, each service finds itself and nobody else', async (_, query) => {
  for (const service of SERVICES) {
    const expanded = expandTemplate('t', { query, args: ['service'] }, WORKLOAD, { service });
    const { status, error, data } = await ask(expanded);
    expect({ status, error }, expanded).toEqual({ status: 'success', error: undefined });
    const found = data!.result.map(({ metric }) => metric.service);
    expect(found, expanded).toEqual([service]);
  }
});

it('in the replacement of label_replace, it is what it is', async () => {
  const query = 'label_replace(requests{service="pay"}, "hit", "$1/$arg.service", "service", "(.*)")';
  for (const service of SERVICES) {
    const { data } = await ask(expandTemplate('t', { query, args: ['service'] }, WORKLOAD, { service }));
    expect(data?.result.map(({ metric }) => metric.hit)).toEqual([`pay/${service}`]);
  }
});

it('property: Prometheus reads every expanded query, whatever the value is', async () => {
  const query = `sum(requests{a=~"$arg.service.+",b!~ # "
    '$name|$arg.service',c="$arg.service"}) or label_join(requests, "d", "$arg.service", "e") or sum(requests) * 0`;
  const value = fc.string({
    unit: fc.oneof(fc.constantFrom(...SERVICES), fc.string({ unit: 'binary', maxLength: 1 })),
    maxLength: 9,
  });
  await fc.assert(
    fc.asyncProperty(value, async (service) => {
      const expanded = expandTemplate('t', { query, args: ['service'] }, WORKLOAD, { service });
      const { status, error } = await ask(expanded);
      expect({ status, error }, expanded).toEqual({ status: 'success', error: undefined });
    }),
    { numRuns: 1000 },
  );
});
