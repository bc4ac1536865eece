import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { syntheticReplay } from '../../test/synthetic-replay.ts';
import { parseHpaManifest } from '../hpa-manifest.ts';
import { readPriceBook } from '../price-book-file.ts';
import { buildReport } from './build.ts';
import { firstSentence } from './recommendation.ts';
import { renderText, TEXT_COLUMNS } from './text.ts';
import { timelineCsv } from './timeline-csv.ts';

const prices = readPriceBook('prices/alibaba-cloud.yaml');
const context = { source: 'web.csv', sha256: 'ab'.repeat(32), version: '0.1.0', prices };
const schema = JSON.parse(readFileSync('schemas/report.schema.json', 'utf8'));
const matches = new Ajv2020({ strict: true, strictTypes: true, allowUnionTypes: true, allErrors: true }).compile(
  schema,
);

describe('report.json', () => {
  it('matches its schema, whichever policies ran', () => {
    for (const policies of [undefined, ['predictive'], ['hpa', 'oracle'], ['fixed']] as const) {
      const result = syntheticReplay({ days: 1, ...(policies === undefined ? {} : { policies }) });
      const report: unknown = JSON.parse(JSON.stringify(buildReport(result, context)));
      expect(matches(report), JSON.stringify(matches.errors)).toBe(true);
    }
  });

  it('has the HPA that was read from a manifest', () => {
    const result = syntheticReplay({ days: 1 });
    const hpa = parseHpaManifest(
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: { scaleTargetRef: { kind: Deployment, name: web }, maxReplicas: 9 }',
      'hpa.yaml',
    );
    const report = buildReport({ ...result, settings: { ...result.settings, hpa } }, context);
    expect(report.hpa).toMatchObject({ source: 'hpa.yaml', name: 'web', metric: 'cpu at 80 % of the request', max: 9 });
    expect(matches(JSON.parse(JSON.stringify(report))), JSON.stringify(matches.errors)).toBe(true);
  });

  it('matches its schema where a coarse trace was filled, and says so before the figures are read', () => {
    const result = syntheticReplay({ days: 1, policies: ['predictive', 'hpa'] });
    const observation = { kind: 'gauge', scrapeSeconds: 30, lossProbability: 0.02 } as const;
    const settings = { ...result.settings, observation };
    const report = buildReport({ ...result, settings }, { ...context, stepSeconds: 300 });
    expect(matches(JSON.parse(JSON.stringify(report))), JSON.stringify(matches.errors)).toBe(true);
    expect(report.filling).toMatchObject({ method: 'displacement', stepSeconds: 300 });
    expect(report.findings.map(({ name }) => name)).toContain('filled-demand');
    expect(report.observation).toEqual({ kind: 'gauge', scrapeSeconds: 30, windowSeconds: 0, lossProbability: 0.02 });
    expect(renderText(report, false).replaceAll('\n', ' ')).toContain(
      'policies saw the newest sample of a gauge scraped every 30 s, 2 % of the scrapes lost;',
    );
    const minutes = buildReport(result, { ...context, stepSeconds: 60 });
    expect(minutes).not.toHaveProperty('filling');
    expect(renderText(minutes, false).replaceAll('\n', ' ')).toContain('saw rate[1m] of a counter scraped every 15 s;');
  });

  it('has a schema that refuses what is not in it', () => {
    const report = buildReport(syntheticReplay({ days: 1 }), context);
    expect(matches({ ...report, extra: 1 })).toBe(false);
    expect(matches({ ...report, policies: { hpa: { ...report.policies.hpa, podHours: -1 } } })).toBe(false);
  });

  it('is the same byte for byte from the same replay', () => {
    const [a, b] = [1, 2].map(() => JSON.stringify(buildReport(syntheticReplay({ days: 1 }), context)));
    expect(a).toBe(b);
  });
});

describe('the report as text', () => {
  const report = buildReport(syntheticReplay(), context);

  it('fits a terminal and starts with the headline', () => {
    const text = renderText(report, false);
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
    expect(text.replaceAll('\n', ' ').startsWith(firstSentence(report.recommendation))).toBe(true);
    for (const name of Object.keys(report.policies)) expect(text).toContain(`\n${name}`);
  });

  it('leaves out its last columns where the figures are too wide for a terminal', () => {
    const wide = Object.entries(report.policies).map(([name, figures]) => [
      name,
      { ...figures, cost: figures.cost * 1e9, scaleUps: 123_456, scaleDowns: 123_456, violationMinutes: 1e6 },
    ]);
    const text = renderText({ ...report, policies: Object.fromEntries(wide) }, false);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
    expect(text).toContain('unmet bp');
  });

  it('is coloured only when asked', () => {
    const bold = '\u001b[';
    expect(renderText(report, false)).not.toContain(bold);
    expect(renderText(report, true)).toContain(bold);
  });
});

describe('timeline.csv', () => {
  it('has a row a tick, empty cells for no data and the policies in their order', () => {
    const { timeline } = syntheticReplay({ days: 3, policies: ['oracle', 'hpa-tuned', 'predictive'] });
    const lines = [...timelineCsv(timeline)].join('').trimEnd().split('\n');
    const names = ['predictive', 'hpa-tuned', 'oracle'].flatMap((policy) =>
      ['desired', 'total', 'ready', 'started'].map((part) => `${policy}_${part}`),
    );
    expect(lines[0]).toBe(['time', 'demand', 'observed', 'forecast_p50', 'forecast_upper', ...names].join(','));
    expect(lines).toHaveLength(timeline.demand.length + 1);
    const gap = timeline.demand.findIndex((d) => Number.isNaN(d));
    expect(lines[gap + 1]!.split(',').slice(0, 2)).toEqual([String(timeline.startSeconds + gap * 15), '']);
    expect(Number(lines[1]!.split(',')[1])).toBe(timeline.demand[0]);
  });
});
