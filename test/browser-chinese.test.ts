import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserReports } from './browser-report.ts';

let reports: BrowserReports;
let address: string;

beforeAll(async () => {
  reports = await BrowserReports.launch();
  const about = { source: 'web.csv' };
  address = reports.write('report.html', {}, 'zh', about, REASONS);
});

afterAll(() => reports?.close());

const REASONS = { forecast: 20_000, stabilization: 12_000, headroom: 6_000, 'catch-up': 900, 'need-limit': 40, min: 8 };

/**
 * Everything that can be seen or heard: text, titles, labels, what opens on a tap. Not: code, what the price book says in
 * its owner's words, and what the page's script draws with uPlot.
 */
const TEXTS = `(() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest('script, style, code, q, noscript:empty')) texts.push(node.data);
  }
  for (const e of document.querySelectorAll('[aria-label], [title], [data-label], [data-done]')) {
    for (const name of ['aria-label', 'title', 'data-label', 'data-done', 'data-failed']) texts.push(e.getAttribute(name) || '');
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '');
})()`;

/** Names and terms that the field writes in Latin letters in Chinese, and names of this replay. */
const NAMES = new RegExp(
  [
    ...[
      'Prescale',
      'prescale \\d+\\.\\d+\\.\\d+',
      'Kubernetes',
      'Prometheus',
      'JavaScript',
      'Git',
      'metadata',
      'rate',
      'gauge',
    ],
    ...[
      'Horizontal Pod Autoscaler',
      'CronHPA',
      'HPA',
      'Pod',
      'Ready',
      'SLO',
      'UTC',
      'USD',
      'ECI',
      'ECS',
      'WAPE',
      'SHA-256',
    ],
    ...[
      'stabilizationWindowSeconds',
      'timeline\\.csv',
      'web\\.csv',
      'vCPU',
      'GiB',
      'max',
      'oracle',
      'p\\d\\d',
      'seasonal-naive',
    ],
    ...['predictive', 'hpa-tuned', 'hpa', 'cron', 'fixed-max', 'fixed'],
    ...Object.keys(REASONS),
    'https?://[\\w./-]+',
    '(?:ab){32}',
  ].join('|'),
  'g',
);

const untranslated = async (page: Page): Promise<string[]> =>
  ((await page.evaluate(TEXTS)) as string[]).filter((text) => /[A-Za-z]{2}/.test(text.replace(NAMES, '')));

describe('the report in Chinese', () => {
  it('has no text left in English', async () => {
    const { page, complaints } = await reports.visit(address);
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    expect(await page.locator('h1').textContent()).toMatch(/^建议从/);
    expect(await page.locator('.u-legend').first().textContent()).toContain('需求');
    expect(await untranslated(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is as narrow as a phone', async () => {
    const { page } = await reports.visit(address, { viewport: { width: 390, height: 800 }, isMobile: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.context().close();
  });
});
