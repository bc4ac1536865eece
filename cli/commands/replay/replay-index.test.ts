import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPriceBook } from '../../../replay/cost/price-book-file.io.ts';
import { buildReport } from '../../../replay/report/build.ts';
import { displayWidth } from '../../../replay/report/terminal/terminal-width.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { syntheticReplay } from '../../../test/synthetic-replay.ts';
import { indexPage } from './replay-index-page.ts';
import { indexText, savingWords, unmetPercent } from './replay-index-text.ts';
import { threadsFor } from './replay-pool.ts';
import {
  demandPodHours,
  type ReplayIndex,
  type ReplayRow,
  rankedBySaving,
  replayRow,
  rowWords,
  totalsOf,
} from './replay-rows.ts';

const result = syntheticReplay({ days: 1 });
const context = {
  source: 'web.csv',
  sha256: 'ab'.repeat(32),
  version: '0.1.0',
  prices: readPriceBook('prices/alibaba-cloud.yaml'),
  findings: [
    { name: 'saturated', severity: 'warning', text: 'A flat top.' },
    { name: 'small-counts', severity: 'note', text: 'Small.' },
  ],
} as const;
const report = buildReport(result, context);
const web = replayRow('web', 'shop/web.csv', report, demandPodHours(result));

/** A row with a bill, a baseline's bill, and its share of the demand. */
function row(name: string, cost: number, baselineCost: number | null, unmetBp = 0, pods = 10): ReplayRow {
  const saving = baselineCost === null ? null : 1 - cost / baselineCost;
  return { ...web, name, cost, baselineCost, saving, unmetBp, demandPodHours: pods, keepsSlo: unmetBp <= 1 };
}

function indexOf(rows: readonly ReplayRow[], rest: Partial<ReplayIndex> = {}): ReplayIndex {
  return {
    schemaVersion: 1,
    tool: { name: 'prescale', version: '0.1.0' },
    unmetTargetBp: 1,
    rows: rankedBySaving(rows),
    totals: totalsOf(rows),
    skipped: [],
    failed: [],
    notEntered: [],
    ...rest,
  };
}

describe('a row', () => {
  it('has the figures of its report, against what the reader has', () => {
    const { predictive, fixed } = report.policies;
    expect(web).toMatchObject({
      policy: 'predictive',
      baseline: 'fixed',
      cost: predictive!.cost,
      saving: predictive!.savingVs.fixed,
      unmetBp: predictive!.unmetBp,
      startsPerDay: predictive!.startsPerDay,
      findings: [
        { name: 'saturated', severity: 'warning' },
        { name: 'small-counts', severity: 'note' },
      ],
      report: 'web/report.html',
    });
    expect(fixed!.cost).toBe(web.baselineCost);
    expect(web.days).toBeCloseTo(1, 3);
    expect(replayRow('a b/ü', 'x', report, 1).report).toBe('a%20b%2F%C3%BC/report.html');
  });

  it('of another policy where predictive did not run, and without a baseline where none did', () => {
    const alone = buildReport(syntheticReplay({ days: 1, policies: ['hpa', 'oracle'] }), context);
    expect(replayRow('web', 'web.csv', alone, 1)).toMatchObject({ policy: 'hpa', baseline: null, saving: null });
  });
});

describe('many rows', () => {
  it('are ranked by saving, dearer ones below, those without a baseline last', () => {
    const rows = [row('none', 5, null), row('dear', 12, 10), row('b', 8, 10), row('a', 8, 10), row('best', 2, 10)];
    expect(rankedBySaving(rows).map(({ name }) => name)).toEqual(['best', 'a', 'b', 'dear', 'none']);
  });

  it('sum up to bills, and to the unmet demand of all pods', () => {
    expect(totalsOf([row('a', 10, 20, 2, 90), row('b', 5, 5, 12, 10), row('c', 7, null, 0, 0)])).toEqual({
      traces: 3,
      saving: 0.4,
      cost: 22,
      baselineCost: 25,
      unmetBp: 3,
      startsPerDay: 3 * web.startsPerDay,
      keepSlo: 1,
    });
  });

  it('save and fail together no more than the best and no less than the worst of them', () => {
    const amount = fc.double({ min: 0.01, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(amount, amount, amount, amount), { minLength: 1, maxLength: 30 }), (made) => {
        const rows = made.map(([cost, baseline, unmet, pods], i) => row(`${i}`, cost, baseline, unmet, pods));
        const { saving, unmetBp } = totalsOf(rows);
        const within = (value: number, all: readonly number[]) => {
          expect(value).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9 * Math.abs(Math.min(...all)));
          expect(value).toBeLessThanOrEqual(Math.max(...all) + 1e-9 * Math.abs(Math.max(...all)));
        };
        within(
          1 - saving!,
          rows.map((one) => 1 - one.saving!),
        );
        within(
          unmetBp,
          rows.map((one) => one.unmetBp),
        );
      }),
    );
  });
});

describe('the index', () => {
  const index = indexOf([web, row('api', 8, 10, 3), row('b', 1, null)], {
    skipped: [{ path: 'README.md', why: 'README.md: not taken for a trace' }],
    failed: [{ path: 'x.csv', why: 'x.csv: reading failed' }],
    notEntered: ['old'],
  });

  it('matches its schema', () => {
    const schema = JSON.parse(readFileSync('schemas/replay-index.schema.json', 'utf8'));
    const matches = new Ajv2020({ strict: true, strictTypes: true, allowUnionTypes: true }).compile(schema);
    expect(matches(JSON.parse(JSON.stringify(index))), JSON.stringify(matches.errors)).toBe(true);
    expect(matches({ ...index, extra: 1 })).toBe(false);
  });

  it('as text: what to read with care first, a line a trace, totals, and what was not replayed', () => {
    const text = indexText(index, false);
    expect(text).toMatch(/^Before you read the figures .*\n {2}.*web: saturated\n/);
    expect(text.indexOf('web: saturated')).toBeLessThan(text.indexOf('saving'));
    expect(text).toMatch(/\nall 3 .* of 3 keep the SLO\n/);
    expect(text).toMatch(/failed {3}x\.csv: reading failed\n {2}skipped {2}README\.md: .*\n {2}folder {3}old:/);
    expect(text).not.toContain('\u001b');
  });

  it('as a page: a link to each report, escaped, nothing loaded', () => {
    const page = indexPage(indexOf([{ ...web, name: '<b>', report: '%3Cb%3E/report.html' }]));
    expect(page).toContain('<a href="%3Cb%3E/report.html">&lt;b&gt;</a>');
    expect(page).not.toMatch(/<script|src=|url\(/);
  });

  it('in Chinese, as text and as a page: no English is left but names, and columns stand under each other', () => {
    const chinese = indexOf([web, row('api', 8, 10, 3), row('b', 1, null)], { notEntered: ['old'] });
    const wordsOf = ({ baseline }: ReplayRow) => rowWords(report, baseline, texts('zh'));
    const { verdict } = wordsOf(web);
    const text = indexText(chinese, false, 'zh', wordsOf);
    const page = indexPage(chinese, 'zh', wordsOf);
    expect(page).toContain('<html lang="zh-CN">');
    for (const shown of [text, page.slice(page.indexOf('<h1>'))]) {
      expect(shown).toContain('峰值被削平');
      expect(shown).toContain(verdict);
      expect(shown).toMatch(/3 份中有 \d 份达到 SLO/);
      expect(shown).not.toMatch(
        /\b(?:trace|saving|cost|days|unmet|starts|verdict|read|all|keep|change|replayed|name)\b/,
      );
    }
    const lines = text.split('\n').filter((line) => line.includes(verdict) || line.includes('结论'));
    expect(lines).toHaveLength(4);
    const starts = lines.map((line) => displayWidth(line.slice(0, line.search(new RegExp(`${verdict}|结论`)))));
    expect(new Set(starts).size).toBe(1);
  });

  it('never rounds a failure to nothing, nor a loss to a saving', () => {
    expect([1.004, 1.0000001, 0.996, 1].map((bp) => unmetPercent(bp, 1, texts('en')))).toEqual([
      '0.01004 %',
      '0.010000001 %',
      '0.01 %',
      '0.01 %',
    ]);
    expect([0, 0.42, 0.004, 0.0001, 250].map((bp) => unmetPercent(bp, 1, texts('en')))).toEqual([
      '0 %',
      '0.0042 %',
      '< 0.0001 %',
      '< 0.0001 %',
      '2.5 %',
    ]);
    expect([0.234, -0.051, null].map((saving) => savingWords(saving, texts('en')))).toEqual(['23 %', '−5.1 %', '–']);
  });
});

it('as many threads as there are cores, memory and traces for, and at least one', () => {
  expect(threadsFor(13, 4, 32e9)).toBe(4);
  expect(threadsFor(2, 8, 32e9)).toBe(2);
  expect(threadsFor(13, 8, 2e9)).toBe(3);
  expect(threadsFor(13, 8, 1e6)).toBe(1);
});
