import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { syntheticReplay } from '../../test/synthetic-replay.ts';
import { readPriceBook, SHIPPED_PRICE_BOOKS } from '../cost/price-book-file.io.ts';
import { parseHpaManifest } from '../hpa-manifest/hpa-manifest.ts';
import { buildReport } from './build.ts';
import { firstSentence } from './recommendation.ts';
import { TEXT_COLUMNS } from './terminal/terminal-width.ts';
import { renderText } from './terminal/text.ts';
import { timelineCsv } from './timeline-csv.ts';

const prices = readPriceBook('prices/alibaba-cloud.yaml');
const context = { source: 'web.csv', sha256: 'ab'.repeat(32), version: '0.1.0', prices };
const findings = [
  {
    name: 'recurring-gaps',
    severity: 'warning',
    text: `No data each day from 00:00 to 06:00 UTC. ${'Words '.repeat(40)}.`,
  },
  { name: 'small-counts', severity: 'note', text: 'The median row counts only 4.' },
] as const;
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

  it('says what is known of the trace, in the order that it was found', () => {
    const report = buildReport(syntheticReplay({ days: 1 }), { ...context, findings });
    expect(report.findings).toEqual(findings);
    expect(matches(JSON.parse(JSON.stringify(report))), JSON.stringify(matches.errors)).toBe(true);
    expect(matches({ ...report, findings: [{ ...findings[0], severity: 'error' }] })).toBe(false);
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
      'Policies saw the newest sample of a gauge scraped every 30 s, 2 % of the scrapes lost.',
    );
    const minutes = buildReport(result, { ...context, stepSeconds: 60 });
    expect(minutes).not.toHaveProperty('filling');
    expect(renderText(minutes, false).replaceAll('\n', ' ')).toContain(
      'Policies saw rate[1m] of a counter scraped every 15 s.',
    );
  });

  it('has a schema that refuses what is not in it', () => {
    const report = buildReport(syntheticReplay({ days: 1 }), context);
    expect(matches({ ...report, extra: 1 })).toBe(false);
    expect(matches({ ...report, policies: { hpa: { ...report.policies.hpa, podHours: -1 } } })).toBe(false);
  });

  it('bills each pod for the minimum of its provider, as timeline.csv tells its life', () => {
    const fargate = readPriceBook(SHIPPED_PRICE_BOOKS['eks-fargate']);
    const result = syntheticReplay({ days: 2 });
    const { policies, prices: facts } = buildReport(result, { ...context, prices: fargate });
    expect(facts).toMatchObject({ elastic: 'EKS Fargate', minimumSeconds: 60 });
    for (const run of result.timeline.runs) {
      const { cost, podHours } = policies[run.name]!;
      // A pod is a number from its start on; the highest one goes first.
      const born = Array.from({ length: run.total[0]! - run.started[0]! }, () => Number.NEGATIVE_INFINITY);
      let extra = 0;
      run.total.forEach((pods, tick) => {
        while (born.length < pods) born.push(tick);
        while (born.length > pods) extra += Math.max(0, 60 - 15 * (tick - born.pop()!));
      });
      expect(cost).toBeCloseTo((podHours + extra / 3_600) * 0.053815, 6);
    }
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

  it('shows what the bill is a day, in 30 days and in a year, beside the service and the starts', () => {
    const text = renderText(report, false);
    expect(text).toMatch(/USD a day {2}30 days {2}a year {2}vs hpa +served {2}starts\/day/);
    const { perDay, per30Days, perYear } = report.money.policies['fixed-max']!;
    expect(report.policies['fixed-max']!.cost / report.money.measuredDays).toBeCloseTo(perDay, 9);
    expect([per30Days, perYear]).toEqual([perDay * 30, perDay * 365]);
    expect(text).toMatch(new RegExp(`\nfixed-max +${perDay.toFixed(2)} +${Math.round(per30Days)} `));
    expect(text.replace(/\s+/g, ' ')).toContain('measured over 7 days; 30 days and a year are extrapolated.');
    expect(text.replace(/\s+/g, ' ')).toContain(`(${prices.source}, ${prices.date})`);
  });

  it('marks the shares that miss the SLO, and only those', () => {
    for (const [name, { unmetBp }] of Object.entries(report.policies)) {
      const row = renderText(report, false).match(new RegExp(`\n${name}[ \\d].*`))![0];
      expect(row.includes('✗'), row).toBe(unmetBp > 1);
    }
  });

  it('puts what changes how the figures must be read before them', () => {
    const finding = { name: 'gaps' as const, severity: 'warning' as const, text: 'Every night an hour is missing.' };
    const text = renderText({ ...report, findings: [finding] }, false);
    expect(text).toMatch(/^Before you read the figures\nwarning {2}Every night an hour is missing\.\n\n/);
  });

  it('ends with the annotations as they are to be copied', () => {
    expect(renderText(report, false).endsWith(`\n\n${report.annotations}`)).toBe(true);
  });

  it('leaves out its last columns where the figures are too wide for a terminal', () => {
    const wide = Object.entries(report.policies).map(([name, figures]) => [
      name,
      { ...figures, startsPerDay: 123_456, violationMinutes: 1e6 },
    ]);
    const bills = Object.keys(report.policies).map((name) => [
      name,
      { perDay: 1e9, per30Days: 3e10, perYear: 3.65e11 },
    ]);
    const money = { ...report.money, policies: Object.fromEntries(bills) };
    const text = renderText({ ...report, money, policies: Object.fromEntries(wide) }, false);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
    expect(text).toContain('served');
    expect(text).not.toContain('lead\n');
  });

  it('says before all figures what changes how they must be read', () => {
    const text = renderText({ ...report, findings }, false);
    const lines = text.split('\n');
    expect(lines[0]).toBe('Before you read the figures');
    expect(lines[1]).toMatch(/^warning {2}No data each day from 00:00 to 06:00 UTC\. Words/);
    expect(lines[2]).toMatch(/^ {9}Words/);
    expect(text.indexOf('note     The median row')).toBeLessThan(
      text.replaceAll('\n', ' ').indexOf(firstSentence(report.recommendation)),
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
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
