import { describe, expect, it } from 'vitest';
import { type SyntheticOptions, syntheticReplay } from '../../../test/synthetic-replay.ts';
import { readPriceBook } from '../../cost/price-book-file.io.ts';
import type { ReplayResult } from '../../result.ts';
import { buildReport } from '../build.ts';
import { demandData } from '../charts/demand-data.ts';
import { readPageAssets } from './assets.io.ts';
import { renderHtml } from './html.ts';
import { jsonForScript, Markup, markup } from './markup.ts';

const assets = readPageAssets();
const prices = readPriceBook('prices/alibaba-cloud.yaml');

function page(result: ReplayResult, source = 'web.csv'): string {
  const report = buildReport(result, { source, sha256: 'ab'.repeat(32), version: '0.1.0', prices });
  return renderHtml(report, result, assets);
}

/** What a reader would see as a mistake: a number that is none, or a value that is missing. */
const MISTAKES = /\b(NaN|undefined|null|Infinity|\[object)\b/;

/** The page without scripts and styles. */
const visible = (html: string) => html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '');

describe('report.html', () => {
  it('is the same byte for byte from the same replay', () => {
    expect(page(syntheticReplay({ days: 1 }))).toBe(page(syntheticReplay({ days: 1 })));
  });

  it('refers to nothing outside itself', () => {
    const html = page(syntheticReplay({ days: 1 }));
    expect(html).not.toMatch(/\b(src|href)=/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html).toContain('default-src &#39;none&#39;');
  });

  it('stays small for a fortnight by the minute and for a quarter', () => {
    const policies = ['predictive', 'hpa'] as const;
    expect(page(syntheticReplay({ days: 14, policies })).length).toBeLessThan(1_000_000);
    const quarter = syntheticReplay({ days: 90, policies });
    expect(demandData(quarter, policies).most.length).toBeLessThan(20_200);
    expect(page(quarter).length).toBeLessThan(1_500_000);
  });

  it('escapes what users named', () => {
    const html = page(syntheticReplay({ days: 1 }), '</script><script>alert(1)</script><b>"\u0000');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<b>');
    expect(html).not.toContain('\u0000');
  });

  it.each<[string, Partial<SyntheticOptions>]>([
    ['predictive alone', { policies: ['predictive'] }],
    ['rivals alone', { policies: ['hpa', 'oracle'] }],
    ['one policy that is fixed', { policies: ['fixed-max'] }],
    ['a thousand pods', { peakPods: 1_000, policies: ['predictive', 'hpa'] }],
  ])('has nothing odd in it with %s', (_, options) => {
    expect(visible(page(syntheticReplay({ days: 1, ...options })))).not.toMatch(MISTAKES);
  });

  it.each([
    ['no data', Number.NaN],
    ['no demand', 0],
  ])('has nothing odd in it with %s at all', (_, value) => {
    const result = syntheticReplay({ days: 1 });
    const demand = result.timeline.demand.map(() => value);
    const trace = { ...result.trace, values: result.trace.values.map(() => value) };
    const html = page({ ...result, reasons: {}, trace, timeline: { ...result.timeline, demand } });
    expect(visible(html)).not.toMatch(MISTAKES);
  });

  it('has nothing odd in it when nothing ever ran or was forecast', () => {
    const result = syntheticReplay({ days: 1, policies: ['predictive', 'oracle'] });
    const none = new Int32Array(result.timeline.demand.length);
    const runs = result.timeline.runs.map((run) => ({ ...run, desired: none, total: none, ready: none }));
    const dayAhead = { ...result.dayAhead, levels: [], values: [] };
    expect(visible(page({ ...result, dayAhead, timeline: { ...result.timeline, runs } }))).not.toMatch(MISTAKES);
  });
});

describe('markup', () => {
  it('escapes every part that is not markup itself', () => {
    const inner = markup`<i>${'<&>"\''}</i>`;
    expect(markup`<b title="${'"x"'}">${[inner, 3, undefined]}</b>`.text).toBe(
      '<b title="&quot;x&quot;"><i>&lt;&amp;&gt;&quot;&#39;</i>3</b>',
    );
  });

  it('makes JSON that cannot leave its element', () => {
    const value = { a: '</script><!--\u2028' };
    const json = jsonForScript(value);
    expect(json).toBeInstanceOf(Markup);
    expect(json.text).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(json.text)).toEqual(value);
  });
});

describe('the points of the demand chart', () => {
  it('show the largest demand and the least capacity of every minute', () => {
    const result = syntheticReplay({ days: 1 });
    const demand = demandData(result, ['predictive']);
    expect(demand.step).toBe(60);
    const four = [...result.timeline.demand.subarray(40, 44)];
    expect(demand.most[10]).toBeCloseTo(Math.max(...four), 0);
    const ready = Math.min(...result.timeline.runs[0]!.ready.subarray(40, 44));
    expect(demand.policies[0]!.capacity[10]).toBe(ready * result.settings.podCapacity);
  });
});
