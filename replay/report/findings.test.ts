import { expect, it } from 'vitest';
import { syntheticReplay } from '../../test/synthetic-replay.ts';
import { readPriceBook } from '../cost/price-book-file.io.ts';
import { buildReport } from './build.ts';
import { readPageAssets } from './page/assets.io.ts';
import { renderHtml } from './page/html.ts';

it('the page says before its first figure what changes how figures must be read, escaped', () => {
  const result = syntheticReplay({ days: 1 });
  const prices = readPriceBook('prices/alibaba-cloud.yaml');
  const findings = [{ name: 'saturated', severity: 'warning', text: 'A flat top at <b>100</b>.' }] as const;
  const context = { source: 'web.csv', sha256: 'ab'.repeat(32), version: '0.1.0', prices, findings };
  const html = renderHtml(buildReport(result, context), result, readPageAssets());
  const at = html.indexOf('A flat top at &lt;b&gt;100&lt;/b&gt;.');
  expect(at).toBeGreaterThan(0);
  expect(at).toBeLessThan(html.indexOf('<h1'));
  const { findings: _, ...unknown } = context;
  expect(renderHtml(buildReport(result, unknown), result, readPageAssets())).not.toContain('Before you read');
});
