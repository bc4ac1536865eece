/* Over 350 lines: the stories of each page, one by one. */
import { mkdirSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, BrowserConsole } from './browser-console.ts';
import { HOSTILE } from './console-fleet.ts';

const WORKLOADS = 2_400;
const WEB = '#/workload/shop/Deployment/web';
/** SCREENSHOTS=docs/images writes the pictures of docs/console.md. */
const SCREENSHOTS = process.env.SCREENSHOTS;
/** The machine may have other things to do; nothing here is about how long it takes. */
const PATIENT = { timeout: 100_000 };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

let served: BrowserConsole;

beforeAll(async () => {
  served = await BrowserConsole.launch(WORKLOADS);
});

afterAll(() => served?.close());

/** Visits, waits for what the page is about, and lets go of it after the story. */
async function on(
  path: string,
  seen: string,
  options: BrowserContextOptions,
  story: (page: Page, complaints: string[]) => Promise<void>,
): Promise<void> {
  const { page, complaints } = await served.visit(path, options);
  try {
    await page.waitForSelector(seen);
    await story(page, complaints);
    expect(complaints).toEqual([]);
  } finally {
    await page.context().close();
  }
}

/** Once all pages are there. */
const ALL = 'text=2,400 shown';
const ROW = '.body [data-row]';
const POINTS = '#pods-chart canvas';

describe('the fleet', () => {
  it('has attention first, then what is saved, and but the rows in sight', () =>
    on('', ALL, {}, async (page) => {
      expect(await page.locator('.summary').textContent()).toMatch(/^2,400 workloads · 3 need attention · saved/);
      const marks = await page.locator(`${ROW} .what`).allTextContents();
      expect(marks).toEqual(['not Ready', 'conflict', 'error budget overspent']);
      expect(await page.locator(ROW).count()).toBeLessThan(60);
      expect(await page.locator(`${ROW} .c-next`).allTextContents()).toContainEqual(
        expect.stringMatching(/^\d+ → \d+ \d\d:\d\d$/),
      );
      await expect.poll(() => page.locator(`${ROW} .c-day path`).count(), PATIENT).toBeGreaterThan(10);
      expect(await page.locator('[role=table]').getAttribute('aria-rowcount')).toBe(String(WORKLOADS + 1));
    }));

  it('has room for why each has what it has: on two lines, and cut only where a message is longer', () =>
    on('', ALL, {}, async (page) => {
      const cut = await page
        .locator(`${ROW} .c-reason`)
        .evaluateAll((all) =>
          all
            .filter((one) => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)
            .map((one) => one.textContent),
        );
      expect(cut).toEqual([expect.stringContaining('<img src=x onerror=')]);
    }));

  it('keeps what is searched, chosen and sorted in its address', () =>
    on('', ALL, {}, async (page) => {
      await page.getByRole('searchbox').fill('web-1');
      await page.getByLabel('Namespace').selectOption('pay');
      await page.getByRole('button', { name: 'Workload' }).click();
      expect(new URL(page.url()).hash).toBe('#/fleet?q=web-1&ns=pay&sort=workload&dir=asc');
      const first = await page.locator(`${ROW} a`).first().textContent();
      const count = await page.locator('.filters [role=status]').textContent();
      await page.reload();
      await page.waitForSelector(`text=${count}`);
      expect(await page.locator(`${ROW} a`).first().textContent()).toBe(first);
      expect(first).toBe('pay/web-1');
      expect(await page.getByRole('searchbox').inputValue()).toBe('web-1');
    }));

  it('is gone through by the keyboard alone, to its end and into a workload', () =>
    on('', ALL, {}, async (page) => {
      await page.locator(`${ROW} a`).first().focus();
      const focused = () => page.evaluate('document.activeElement.closest("[data-row]")?.dataset.row');
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
      expect(await focused()).toBe('1');
      await page.keyboard.press('End');
      await expect.poll(focused, PATIENT).toBe(String(WORKLOADS - 1));
      await page.keyboard.press('Home');
      await expect.poll(focused, PATIENT).toBe('0');
      await page.keyboard.press('Enter');
      await page.waitForSelector(POINTS);
      await expect.poll(() => page.evaluate('document.activeElement.id'), PATIENT).toBe('content');
    }));

  it('leaves the focus on no other row where its own is scrolled out of sight', () =>
    on('', ALL, {}, async (page) => {
      await page.locator(`${ROW} a`).first().focus();
      const focused = () => page.evaluate('document.activeElement.closest("[data-row]")?.dataset.row');
      expect(await focused()).toBe('0');
      await page.evaluate('document.querySelector(".body").scrollTop = 4_000');
      await expect.poll(() => page.locator(ROW).first().getAttribute('data-row'), PATIENT).not.toBe('0');
      expect(await focused()).toBeUndefined();
      // Each row says what it is, in its order.
      const rows = await page.locator(ROW).evaluateAll((all) => all.map((row) => Number(row.getAttribute('data-row'))));
      expect(rows).toEqual(rows.map((_, i) => rows[0]! + i));
      expect(new Set(await page.locator(`${ROW} a`).allTextContents()).size).toBe(rows.length);
    }));

  it('shows hostile messages as the text that they are, without what turns a line around', () =>
    on('#/fleet?attention=1', 'text=3 shown', {}, async (page) => {
      const text = await page.locator(`${ROW} .c-reason`).first().textContent();
      expect(text).toContain('<img src=x onerror=');
      expect(text).not.toContain('\u202e');
      expect(await page.locator('#page img').count()).toBe(0);
      expect(await page.title()).toBe('Prescale: Fleet');
      expect(HOSTILE).toContain('\u202e');
    }));
});

describe('a workload', () => {
  it('has what was, what was forecast and what is expected on one axis, and the way to its pods', () =>
    on(`${WEB}?days=3`, POINTS, {}, async (page) => {
      await expect
        .poll(() => page.locator('#demand-chart .u-legend').textContent(), PATIENT)
        .toContain('Next 24 h, median');
      expect(await page.locator('.why strong').textContent()).toMatch(/^\d+ of \d+ pods Ready · \d+ wanted$/);
      const facts = page.locator('[aria-labelledby=h-facts] dl');
      expect(await facts.textContent()).toMatch(
        /Forecast error\d+ %mean absolute error.*Lead time\d+ smeasured on 212/,
      );
      const legend = await page.locator('.u-legend').allTextContents();
      expect(legend[0]).toContain('Forecast for that minute');
      expect(legend[1]).toContain('Planned');
      expect(await page.locator('.chain tbody th').allTextContents()).toEqual(
        expect.arrayContaining(['load', 'expected peak', 'capacity needed', 'wanted', 'written']),
      );
      await expect.poll(() => page.locator('[aria-labelledby=h-startup] tbody tr').count(), PATIENT).toBe(4);
    }));

  it('shows six hours and what comes of them, so that a ramp can be read', () =>
    on(WEB, POINTS, {}, async (page) => {
      const plot = page.locator('#demand-chart .u-over');
      const timeAt = async (share: number) => {
        const { x, y, width } = (await plot.boundingBox())!;
        await page.mouse.move(x + share * width, y + 20);
        await page.waitForTimeout(100);
        const text = (await page.locator('.readout').textContent())!;
        return Date.parse(`${text.split(' UTC')[0]!.replace(',', '')} UTC`) / 3_600_000;
      };
      const [dayFirst, dayLast] = [await timeAt(0.01), await timeAt(0.99)];
      expect(dayLast - dayFirst).toBeGreaterThan(40);
      await page.getByRole('button', { name: '6 h' }).click();
      await expect.poll(async () => (await timeAt(0.99)) - (await timeAt(0.01)), PATIENT).toBeLessThan(8.1);
      expect((await timeAt(0.99)) - (await timeAt(0.01))).toBeGreaterThan(7);
      expect(page.url()).toContain('days=0.25');
    }));

  it('says by keyboard, point by point, how many pods there were and why', () =>
    on(WEB, POINTS, {}, async (page) => {
      await page.locator('#pods-chart').focus();
      await page.keyboard.press('ArrowLeft');
      const readout = page.locator('.readout');
      await expect
        .poll(() => readout.textContent(), PATIENT)
        .toMatch(/UTC · Demand .* req\/s .* · Replicas \d+ .* → \d+ .*expected/);
      const before = await readout.textContent();
      await page.keyboard.press('Shift+ArrowLeft');
      await expect.poll(() => readout.textContent(), PATIENT).not.toBe(before);
    }));

  it('has Events, whoever wrote them, and annotations as they are understood', () =>
    on(WEB, '[aria-labelledby=h-events] tbody tr', {}, async (page) => {
      const events = await page.locator('div[aria-labelledby=h-events] tbody tr').allTextContents();
      expect(events).toHaveLength(3);
      expect(events.join()).toMatch(/Scaled.*deployment-controller.*ReplicasRefused × 3/);
      expect(await page.locator('section[aria-labelledby=h-events] .note').textContent()).toBe(
        'The newest 3 are shown; there are more: kubectl events',
      );
      const slo = page.locator('[aria-labelledby=h-settings] tbody tr', { hasText: 'prescale.dev/slo' }).first();
      expect(await slo.textContent()).toBe('prescale.dev/slo99.99%not written: default');
    }));

  it('keeps a part that can be renewed no more, and says since when', () =>
    on(WEB, '[aria-labelledby=h-events] tbody tr', {}, async (page, complaints) => {
      await page.route('**/object', (route) => route.abort());
      const section = page.locator('section[aria-labelledby=h-events]');
      await expect
        .poll(() => section.locator('.fault[role=status]').allTextContents(), PATIENT)
        .toEqual([expect.stringMatching(/^Not renewed since \d\d:\d\d UTC: what is shown is the last known/)]);
      expect(await section.locator('tbody tr').count()).toBe(3);
      // What the browser itself says of the cut requests.
      complaints.splice(0);
    }));

  it('has its hours as a table, and its earlier changes when asked', () =>
    on(WEB, POINTS, {}, async (page) => {
      await page.getByText('As a table, hour by hour').click();
      await expect.poll(() => page.locator('details tbody tr').count(), PATIENT).toBeGreaterThan(20);
      const rows = page.locator('[aria-labelledby=h-decisions] tbody tr');
      await expect.poll(() => rows.count(), PATIENT).toBe(10);
      await page.getByRole('button', { name: 'Earlier ones' }).click();
      await expect.poll(() => rows.count(), PATIENT).toBeGreaterThan(10);
    }));

  it('that nobody opted in is said', () =>
    served.visit('#/workload/shop/Deployment/none').then(async ({ page }) => {
      await page.getByText('No such workload has opted in.').waitFor();
      await page.context().close();
    }));
});

describe('savings and what-if', () => {
  it('ranks, and ends in a line to copy', () =>
    on('#/savings?price=0.05', 'tbody tr', {}, async (page) => {
      await page.locator('[role=status]', { hasText: 'pod-hours saved =' }).waitFor();
      const first = page.locator('tbody a').first();
      const key = await first.textContent();
      await first.click();
      await page.getByLabel(/^Max replicas/).waitFor();
      expect(decodeURIComponent(page.url())).toContain(key!);
      // A new page takes the focus at its next frame.
      await expect.poll(() => page.evaluate('document.activeElement.id'), PATIENT).toBe('content');
      // By a click on its label, which is no other control's.
      await page.getByText(/^Max replicas/).click();
      expect(await page.evaluate('document.activeElement.type')).toBe('range');
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => page.locator('pre').textContent(), PATIENT).toContain('prescale.dev/max-replicas=');
      expect(await page.locator('section tbody th').allTextContents()).toEqual(['predictive', 'hpa', 'oracle']);
    }));

  it('has every workload, and says of each whether it was replayed, is bounded only, or is not known', () =>
    on('#/savings?basis=bound', 'tbody tr', {}, async (page, complaints) => {
      await page.locator('[role=status]', { hasText: '27 bound only: at most' }).waitFor();
      expect(await page.locator('.filters [role=status]').textContent()).toMatch(/2,400 replayed: .* · 13 unknown$/);
      const first = page.locator('tbody tr').first();
      expect(await first.textContent()).toMatch(/bound only≤ \d.*≥ .*not opted in/);
      expect(await page.locator('tbody img').count()).toBe(0);
      expect(await page.getByText('its HPA also scales by').textContent()).toContain('<img src=x');
      await page.getByLabel('Basis').selectOption('unknown');
      expect(new URL(page.url()).hash).toBe('#/savings?basis=unknown');
      await expect.poll(() => first.textContent(), PATIENT).toContain('Prometheus has no CPU usage of its pods');
      await page.getByLabel('Basis').selectOption('bound');
      await expect.poll(() => first.textContent(), PATIENT).toContain('bound only');
      await first.getByRole('link').click();
      await page.getByText(/^Bound only: at most/).waitFor();
      expect(await page.locator('pre').textContent()).toMatch(
        /^kubectl -n legacy annotate --overwrite deployment\/\S+ prescale.dev\/enabled=true prescale.dev\/mode=observe$/,
      );
      expect(await axeViolations(page)).toEqual([]);
      // What the browser itself says of the 404.
      complaints.splice(0);
    }));

  it('says why nothing is known of the others where there is no Prometheus', () =>
    on('#/savings', 'tbody tr', {}, async (page) => {
      const { bounds } = served.fleet;
      served.fleet.bounds = { why: 'no Prometheus: none was found; set config.prometheus.url' };
      // The answer before is kept for a minute.
      const read = async () => {
        await page.reload();
        await page.waitForSelector('tbody tr');
        return page.locator('main').textContent();
      };
      await expect
        .poll(read, { ...PATIENT, interval: 5_000 })
        .toContain('Workloads that have not opted in are not known: no Prometheus: none was found');
      const totals = page.locator('.filters [role=status]');
      await expect.poll(() => totals.textContent(), PATIENT).toMatch(/^2,400 replayed: [\d,]+ pod-hours saved$/);
      served.fleet.bounds = bounds;
    }));

  it('names the HPA that is held against: its own as it stands, or that there is none', async () => {
    await on('#/what-if/shop/Deployment/web', 'section pre', {}, async (page) => {
      const text = await page.locator('section').textContent();
      expect(text).toContain("hpa is the workload's own HPA, shop/web: http_requests at 80 a pod.");
      expect(text).toContain('It has 3 to 20 pods, whatever is asked for above, and a scale-down window of 300 s.');
    });
    await on('#/what-if/pay/Deployment/cart', 'section pre', {}, async (page) => {
      const text = await page.locator('section').textContent();
      expect(text).toContain('The workload has no HPA. hpa has the defaults of autoscaling/v2 and keeps pods at 70 %');
    });
  });

  it('shows the first policy before the others, and only the newest answer where a slider is moved again', () =>
    on('#/what-if/shop/Deployment/web', 'section pre', {}, async (page) => {
      const waits: string[] = [];
      page.on('request', (request) => {
        const wait = new URL(request.url()).searchParams.get('wait');
        if (wait) waits.push(wait);
      });
      const max = page.getByLabel(/^Max replicas/);
      await max.focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
      const asked = await max.getAttribute('aria-valuetext');
      await expect
        .poll(() => page.locator('pre').textContent(), PATIENT)
        .toContain(`prescale.dev/max-replicas=${asked}`);
      await expect.poll(() => page.locator('section tbody td[colspan]').count(), PATIENT).toBe(0);
      expect(waits.at(-1)).toBe('all');
      expect(waits).toContain('first');
      expect(await page.locator('main > [role=status]').textContent()).toBe('');
    }));
});

describe('every page', () => {
  const PAGES = [
    ['fleet', '', ROW],
    ['workload', `${WEB}?days=3`, POINTS],
    ['savings', '#/savings?price=0.049', 'tbody tr'],
    ['what-if', '#/what-if/shop/Deployment/web', 'section pre'],
  ] as const;

  for (const [name, path, seen] of PAGES) {
    it(`${name}: axe finds nothing, in light and dark`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await on(path, seen, { colorScheme }, async (page) => {
          if (SCREENSHOTS && colorScheme === 'light') await picture(page, name);
          expect(await axeViolations(page), colorScheme).toEqual([]);
        });
      }
    });

    it(`${name}: fits 360 px, in Chinese too`, async () => {
      for (const language of ['en', 'zh']) {
        await on(`?lang=${language}${path}`, seen, PHONE, async (page) => {
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
          if (name === 'fleet') expect(await page.locator('.head .c-reason').isVisible()).toBe(false);
          if (name === 'savings') {
            const list = page.locator('.scroll');
            expect(await list.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
            const label = await list.locator('td.saved').first().getAttribute('data-label');
            expect(label).toBe(language === 'en' ? 'Saved' : '节省');
          }
          expect(await page.evaluate('document.documentElement.lang')).toBe(language === 'en' ? 'en' : 'zh-CN');
          expect(await axeViolations(page), language).toEqual([]);
        });
      }
    });
  }

  it('shows the last known, and since when, while a source or the console itself is gone', () =>
    on('', ROW, {}, async (page, complaints) => {
      const now = Math.floor(Date.now() / 1000);
      served.fleet.faults = [{ what: 'metrics', sinceSeconds: now - 600, message: 'Prometheus does not answer' }];
      served.show();
      await page.reload();
      await page.waitForSelector('.source .fault');
      expect(await page.locator('.source .fault').textContent()).toMatch(
        /^The metrics are gone since \d\d:\d\d UTC: what is shown is the last known \(Prometheus does not answer\)$/,
      );
      served.fleet.faults = [];
      served.show();
      await page.route('**/api/**', (route) => route.abort());
      await expect
        .poll(() => page.locator('.source .fault').allTextContents(), PATIENT)
        .toEqual(expect.arrayContaining([expect.stringMatching(/^The console can't be reached since \d\d:\d\d UTC/)]));
      expect(await page.locator(ROW).count()).toBeGreaterThan(5);
      // What the browser itself says of the cut requests.
      complaints.splice(0);
    }));
});

async function picture(page: Page, name: string): Promise<void> {
  if (name === 'fleet') await page.waitForSelector(ALL);
  const withoutLine = page.locator(`${ROW} .c-day:not(:has(path))`);
  if (name === 'fleet') await expect.poll(() => withoutLine.count(), PATIENT).toBe(0);
  const running = page.locator('section tbody td[colspan]');
  if (name === 'what-if') await expect.poll(() => running.count(), PATIENT).toBe(0);
  if (name === 'savings') await page.locator('[role=status]', { hasText: 'bound only' }).waitFor(PATIENT);
  if (name === 'workload') await page.locator('#demand-chart .u-legend', { hasText: 'median' }).waitFor();
  mkdirSync(SCREENSHOTS!, { recursive: true });
  const clip = name === 'workload' ? { x: 0, y: 0, width: 1280, height: 1330 } : undefined;
  // The other language's name needs a font that the machine may lack.
  await page.evaluate("document.querySelector('.language').style.visibility = 'hidden'");
  await page.screenshot({ path: `${SCREENSHOTS}/console-${name}.png`, ...(clip && { clip, fullPage: true }) });
}
