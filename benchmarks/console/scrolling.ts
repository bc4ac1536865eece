import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FRAMES = 300;

/** In the page: the script of each frame of a scroll over all rows, the drawing of the browser itself not counted. */
const SCROLL = `(async () => {
  const body = document.querySelector('.body');
  const most = body.scrollHeight - body.clientHeight;
  const times = [];
  for (let i = 1; i <= ${FRAMES}; i++) {
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    body.scrollTop = (most * i) / ${FRAMES};
    body.dispatchEvent(new Event('scroll'));
    // The page draws in a microtask.
    for (let turn = 0; turn < 8; turn++) await undefined;
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b);
})()`;

/** How long rows take to be there, and what a scroll costs. @throws where there is no browser */
export async function scrolledFrames(url: string): Promise<{ readonly p95Ms: number; readonly usableMs: number }> {
  if (!existsSync(CHROMIUM)) throw new Error(`no chromium at ${CHROMIUM}: put its path into CHROMIUM`);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const begun = performance.now();
    await page.goto(url);
    await page.waitForSelector('.body [data-row]', { timeout: 120_000 });
    const usableMs = performance.now() - begun;
    await page.waitForTimeout(5_000);
    const times = (await page.evaluate(SCROLL)) as number[];
    return { p95Ms: times[Math.floor(0.95 * times.length)]!, usableMs };
  } finally {
    await browser.close();
  }
}
