import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { texts } from '../../../replay/report/texts/texts.ts';
import { savingsCsv } from './savings-csv.ts';
import { savingsPage } from './savings-page.ts';
import { byBound, ranked, type Savings, type SavingsRow, totalsOf } from './savings-rows.ts';
import { savingsText } from './savings-text.ts';
import type { Skipped } from './skipped.ts';

const EN = texts('en');
const HOSTILE = `=HYPERLINK("http://x","<script>alert(1)</script>")\u001b[31m\n@x`;
const side = (costPer30Days: number) => ({ costPer30Days, servedShare: 0.9999, startsPerDay: 12 });

/** @param cost with Prescale; null: bound only */
function row(
  name: string,
  today: number,
  cost: number | null,
  saved = today - (cost ?? 0),
  notes: string[] = [],
): SavingsRow {
  return {
    ...{ namespace: 'shop', kind: 'Deployment', name, optedIn: false, baseline: 'own-hpa' },
    ...{ baselineLabel: 'cpu at 60 % of the request, 2-20 pods', days: 7, notes },
    basis: cost === null ? 'bound' : 'replayed',
    today: side(today),
    prescale: cost === null ? null : side(cost),
    savedPer30Days: saved,
    savedShare: today === 0 ? null : saved / today,
    keepsSlo: cost === null ? null : true,
    report: cost === null ? null : `shop_deployment_${name}/report.html`,
    annotate: cost === null ? null : `kubectl annotate ${name}`,
  };
}

function savings(rows: readonly SavingsRow[], skipped: readonly Skipped[] = []): Savings {
  return {
    ...{ schemaVersion: 1, tool: { name: 'prescale', version: '0.1.0' }, prometheus: 'http://prometheus' },
    ...{ startSeconds: 0, endSeconds: 14 * 86_400, queries: 46, currency: 'USD', unmetTargetBp: 1 },
    prices: { book: 'ECI', source: 'https://example.com', date: '2025-11-04' },
    totals: totalsOf(rows, skipped.filter(({ workload }) => !workload.startsWith('all ')).length),
    rows: ranked(rows),
    skipped,
  };
}

const web = row('web', 100, 70);
const search = row('search', 200, 90);
const dear = row('dear', 50, 60);
const unknown = row('unknown', 500, null, 300);
const all = savings(
  [unknown, web, dear, search],
  [
    { workload: 'shop/Deployment/young', why: 'found 2 d of data; expected 7 d', fault: false },
    { workload: 'all statefulsets', why: 'can not be listed', fault: true },
  ],
);

describe('the ranking', () => {
  it('has the replayed by what they save, then the bounds: a ceiling is no saving', () => {
    expect(all.rows.map(({ name }) => name)).toEqual(['search', 'web', 'dear', 'unknown']);
    expect(all.totals).toMatchObject({ found: 5, replayed: 3, boundOnly: 1, skipped: 1, savedPer30Days: 140 });
  });

  it('replays the largest bounds first, and none where even the oracle saves nothing', () => {
    const rows = [row('a', 10, null, 0), row('b', 10, null, 3), row('c', 10, null, 5), row('d', 10, null, -1)];
    expect(byBound(rows).map(({ name }) => name)).toEqual(['c', 'b']);
  });

  it('is JSON by its schema', () => {
    const schema = JSON.parse(readFileSync('schemas/savings.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    validate(JSON.parse(JSON.stringify(all)));
    expect(validate.errors).toBeNull();
  });
});

describe('savings.csv', () => {
  const table = (text: string) => parse(text, { columns: true }) as Record<string, string>[];

  it('has units in its header, and an empty cell for what is not known', () => {
    const [first, , , bound, skipped, failed] = table(savingsCsv(all));
    expect(first).toMatchObject({
      name: 'search',
      basis: 'replayed',
      today_usd_30d: '200',
      saved_usd_30d: '110',
      saved_at_most_usd_30d: '',
      saved_percent: '55',
    });
    expect(bound).toMatchObject({
      basis: 'bound',
      prescale_usd_30d: '',
      saved_usd_30d: '',
      saved_at_most_usd_30d: '300',
      prescale_keeps_slo: '',
    });
    expect(skipped).toMatchObject({
      namespace: 'shop',
      name: 'young',
      basis: 'skipped',
      today_usd_30d: '',
      notes: 'found 2 d of data; expected 7 d',
    });
    expect(failed).toMatchObject({ namespace: '', name: 'all statefulsets', basis: 'failed' });
  });

  it('runs nothing in a spreadsheet, whatever a name or a note is, and says the same', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('=1+1', '+1', '-1', '@x', '\t=1', ' =1', '"=1', HOSTILE));
    fc.assert(
      fc.property(text, text, (name, note) => {
        const [first] = table(savingsCsv(savings([row(name, 10, 5, 5, [note])])));
        for (const cell of [first!.name!, first!.notes!]) expect(cell).not.toMatch(/^\s*[=+\-@]/);
        expect(first!.saved_usd_30d).toBe('5');
      }),
    );
  });

  it('a saving that is none stays a number', () => {
    expect(table(savingsCsv(savings([dear])))[0]).toMatchObject({ saved_usd_30d: '-10', saved_percent: '-20' });
  });
});

describe('the table and the page', () => {
  it('say which figure is a saving and which only a bound, what was skipped, and what to type', () => {
    const text = savingsText(all, EN, false);
    expect(text).toMatch(/^5 found · 3 replayed · 1 bound only · 1 skipped · 46 queries\n/);
    expect(text).toMatch(/\n1 {3}shop\/search +its HPA +200 → 90 +110 \(55 %\) +99\.99 % → 99\.99 % +12 → 12\n/);
    expect(text).toMatch(/\n4 {3}shop\/unknown +its HPA +500 +≤ 300 \(60 %\) +99\.99 % +12\n/);
    expect(text).toMatch(/−10\.00 \(20 %\)|−10 \(20 %\)/);
    expect(text).toMatch(/\nFailed\n {2}all statefulsets: can not be listed\n\nSkipped\n {2}shop\/Deployment\/young: /);
    expect(text).toMatch(/kubectl annotate search\n$/);
  });

  it('of many bounds show the best, and say where all are', () => {
    const rows = Array.from({ length: 50 }, (_, i) => row(`w${i}`, 100, null, i));
    expect(savingsText(savings(rows), EN, false)).toContain('… and 30 more, bound only: savings.csv has all');
  });

  it('show hostile names as what they are', () => {
    const hostile = savings(
      [row(HOSTILE, 100, 70, 30, [HOSTILE])],
      [{ workload: HOSTILE, why: HOSTILE, fault: false }],
    );
    expect(savingsPage(hostile, EN)).not.toMatch(/<script|\p{Cc}\[31m/u);
    expect(
      savingsText(hostile, EN, false)
        .split('\n')
        .every((line) => !/^@x/.test(line)),
    ).toBe(true);
  });

  it('are Chinese where that is asked for, and the CSV has its English header', () => {
    const zh = texts('zh');
    const text = savingsText(all, zh, false);
    expect(text).toMatch(/^共 5 个 · 已回放 3 · 仅有上限 1 · 跳过 1 · 查询 46 次\n/);
    expect(text).toMatch(/\n失败\n {2}all statefulsets：can not be listed\n\n跳过\n/);
    const page = savingsPage(all, zh);
    expect(page).toMatch(/<html lang="zh-CN">.*<h1>Prescale 可以节省多少<\/h1>/s);
    for (const html of [page, text]) expect(html).not.toMatch(/bound only|starts\/day|in 30 days|To try/);
    expect(savingsCsv(all).split('\n')[0]).toMatch(/^rank,namespace,kind,name,opted_in,basis,/);
  });

  it('the page links each report, draws the best, and fetches nothing', () => {
    const page = savingsPage(all, EN);
    expect(page).toContain('<a href="shop_deployment_search/report.html">shop/Deployment/search</a>');
    expect(page.match(/<rect class="own"/g)).toHaveLength(2);
    expect(page).toContain('content="default-src &#39;none&#39;; style-src ');
    expect(page).not.toMatch(/<script|https?:\/\/[^\s<"]+"/);
  });
});
