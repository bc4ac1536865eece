import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS } from '../telemetry/metric-table.ts';
import { addonMetrics } from '../telemetry/metrics.ts';

/** The columns of its tables may be aligned or not. */
const page = readFileSync('docs/metrics.md', 'utf8').replace(/^\|.*$/gm, (row) =>
  row.replace(/ +/g, ' ').replace(/-{3,}/g, '---'),
);

it('docs/metrics.md says of every metric what the addon says of it, in the same order', async () => {
  const exposed = [
    ...(await addonMetrics({ version: '1' }).render()).matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\S+)$/gm),
  ];
  const table = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\| (.+) \|$/gm)];
  expect(table.map(([, name, type, , help]) => [name, type, help])).toEqual(
    exposed.map(([, name, help, type]) => [name, type, help]),
  );
  const labels = table.map(([, , , labels]) => [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label));
  expect(labels).toEqual(Object.values(METRICS).map((metric) => [...metric.labels]));
});

it('its queries name metrics and labels that exist', () => {
  const queries = /```promql\n([\s\S]*?)```/.exec(page)![1]!;
  const names = [...queries.matchAll(/\bprescale_\w+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''));
  expect(names.length).toBeGreaterThan(4);
  expect(Object.keys(METRICS)).toEqual(expect.arrayContaining(names));
});
