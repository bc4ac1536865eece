import type { Browser } from 'playwright-core';
import { openBrowser, scriptAFrame } from './frames.ts';
import { pannedPage } from './panned-charts.ts';

const FRAMES = 300;
const ROW = '.body [data-row]';
/** How often the first load is measured; the median counts. */
const LOADS = 3;

export interface PageFigures {
  /** From the address to rows that can be read and opened. */
  readonly usableMs: number;
  readonly scrolledMs: number;
  readonly pannedMs: number;
}

/** In the page: a frame of a scroll over all rows. */
const SCROLL = `(i) => {
  const body = document.querySelector('.body');
  body.scrollTop = ((body.scrollHeight - body.clientHeight) * (i + 1)) / ${FRAMES};
}`;

/** @param small console with a fleet as most have one @param large console with as many as there may be @throws where there is no browser */
export async function pageFigures(small: string, large: string): Promise<PageFigures> {
  const browser = await openBrowser();
  try {
    const loads: number[] = [];
    for (let i = 0; i < LOADS; i++) loads.push(await firstLoad(browser, small));
    return {
      usableMs: loads.sort((a, b) => a - b)[loads.length >> 1]!,
      scrolledMs: await scrolled(browser, large),
      pannedMs: await panned(browser),
    };
  } finally {
    await browser.close();
  }
}

/** With nothing in the browser's cache. */
async function firstLoad(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector(ROW, { timeout: 120_000 });
  // By the page's own clock: from the navigation to now, the rows being there.
  const milliseconds = (await page.evaluate('performance.now()')) as number;
  await context.close();
  return milliseconds;
}

async function scrolled(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(url);
  await page.waitForSelector('.summary', { timeout: 120_000 });
  await page.waitForTimeout(5_000);
  const milliseconds = await scriptAFrame(page, SCROLL, FRAMES);
  await page.close();
  return milliseconds;
}

async function panned(browser: Browser): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent(await pannedPage());
  await page.waitForSelector('canvas', { timeout: 120_000 });
  const milliseconds = await scriptAFrame(page, `(i) => window.pan((i + 1) / ${FRAMES})`, FRAMES);
  await page.close();
  return milliseconds;
}
