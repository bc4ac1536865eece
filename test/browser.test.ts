import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserReports, HOSTILE } from './browser-report.ts';

let reports: BrowserReports;
let address: string;

beforeAll(async () => {
  reports = await BrowserReports.launch();
  address = reports.write('report.html', {});
});

afterAll(() => reports?.close());

const visit = (options: BrowserContextOptions = {}, url = address) => reports.visit(url, options);

/** The span that the demand chart shows, epoch seconds. */
async function shown(page: Page): Promise<[number, number]> {
  const { from, to } = (await page.evaluate(`({ ...document.querySelector('#demand-chart').dataset })`)) as Record<
    'from' | 'to',
    string
  >;
  return [Number(from), Number(to)];
}

/** Share of the canvas's pixels that are painted. */
function painted(page: Page, chart: string): Promise<number> {
  return page.evaluate(
    `(() => { const c = document.querySelector('${chart} canvas');
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++; return n / (d.length / 4); })()`,
  ) as Promise<number>;
}

describe('report.html in a browser', () => {
  it('draws everything without an error and without asking for anything', async () => {
    const { page, complaints } = await visit();
    expect(await painted(page, '#demand-chart')).toBeGreaterThan(0.05);
    expect(await painted(page, '#fan-chart')).toBeGreaterThan(0.03);
    expect(await page.locator('svg .dot').count()).toBe(7);
    expect(await page.locator('svg .heat').count()).toBe(168 + 6);
    expect(await page.locator('svg .bar.base').getAttribute('d')).toMatch(/^M/);
    expect(await page.locator('[aria-labelledby=h-policies] tbody tr').count()).toBe(7);
    expect(await page.locator('.reasons tbody tr').count()).toBe(5);
    expect(await page.locator('h1').textContent()).toMatch(/^(Change from|Keep|No policy|Only) .*SLO /);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows hostile names as they are', async () => {
    const { page } = await visit();
    expect(await page.title()).toBe(`Prescale: ${HOSTILE}`);
    expect(await page.locator('dd', { hasText: HOSTILE }).count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    await page.context().close();
  });

  it('zooms by dragging and by day, and comes back', async () => {
    const { page, complaints } = await visit();
    const all = await shown(page);
    await page.locator('#demand-chart').scrollIntoViewIfNeeded();
    const plot = (await page.locator('#demand-chart .u-over').boundingBox())!;
    const y = plot.y + plot.height / 2;
    await page.mouse.move(plot.x + plot.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    const [from, to] = await shown(page);
    const span = all[1] - all[0];
    expect((from - all[0]) / span).toBeCloseTo(0.25, 1);
    expect((to - all[0]) / span).toBeCloseTo(0.5, 1);
    await page.locator('#demand-chart .u-over').dblclick();
    expect(await shown(page)).toEqual(all);
    await page.getByRole('button', { name: 'Wed 4' }).click();
    expect(await shown(page)).toEqual([all[0] + 2 * 86_400, all[0] + 3 * 86_400]);
    expect(await page.getByRole('button', { name: 'Wed 4' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'All' }).click();
    expect(await shown(page)).toEqual(all);
    expect(await page.getByRole('button', { name: 'Wed 4' }).getAttribute('aria-pressed')).toBe('false');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('fits a phone without scrolling sideways', async () => {
    const { page, complaints } = await visit({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const sticksOut = `[...document.querySelectorAll('main *')].filter((e) => !e.closest('.sr, thead, svg, pre > *')
      && e.getBoundingClientRect().right > 390.5).map((e) => e.outerHTML.slice(0, 80))`;
    expect(await page.evaluate(sticksOut)).toEqual([]);
    expect(await page.locator('.cards tr.predictive td').first().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is dark where the reader is, readable in both, and follows a change', async () => {
    const { page, complaints } = await visit({ colorScheme: 'light' });
    const colours = () =>
      page.evaluate(`(() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]; })()`);
    const light = (await colours()) as string[];
    const picture = `document.querySelector('#demand-chart canvas').toDataURL()`;
    const drawn = await page.evaluate(picture);
    await page.emulateMedia({ colorScheme: 'dark' });
    // Polled from here: the page's own policy forbids it to evaluate text.
    await expect.poll(() => page.evaluate(picture)).not.toBe(drawn);
    const dark = (await colours()) as string[];
    expect(luminance(light[0]!)).toBeGreaterThan(0.8);
    expect(luminance(dark[0]!)).toBeLessThan(0.1);
    for (const [paper, ink] of [light, dark]) expect(contrast(paper!, ink!)).toBeGreaterThan(7);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('stays small and quick for two months', async () => {
    const url = reports.write('long.html', { days: 60, policies: ['predictive', 'hpa'] });
    const { page, complaints } = await visit({}, url);
    expect((await page.content()).length).toBeLessThan(4_000_000);
    expect(await page.locator('#days button').count()).toBeLessThan(15);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

/** WCAG's relative luminance of "rgb(r, g, b)". */
function luminance(colour: string): number {
  const [r, g, b] = (colour.match(/\d+/g) ?? []).map((c) => {
    const share = Number(c) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}
