import { existsSync } from 'node:fs';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const WARM_FRAMES = 20;

/** @throws where there is no browser */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`no chromium at ${CHROMIUM}: put its path into CHROMIUM`);
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/**
 * The script of a frame as Chromium counts it, effects and what is drawn into a canvas included; layout and painting are not.
 * @param step called as `step(i)` in the page, once a frame; it is waited for until the frame after it
 * @returns p95, milliseconds
 */
export async function scriptAFrame(page: Page, step: string, frames: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const times: number[] = [];
  for (let i = 0; i < WARM_FRAMES + frames; i++) {
    const before = await scriptSeconds(session);
    await page.evaluate(`(${FRAME})(${step}, ${i % frames})`);
    if (i >= WARM_FRAMES) times.push(1_000 * ((await scriptSeconds(session)) - before));
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(0.95 * times.length)]!;
}

/** Effects of a page run behind the frame that they belong to. */
const FRAME = `async (step, i) => {
  await new Promise(requestAnimationFrame);
  step(i);
  await new Promise(requestAnimationFrame);
  await new Promise((resolve) => setTimeout(resolve));
}`;

async function scriptSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ScriptDuration')!.value;
}
