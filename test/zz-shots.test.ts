import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { it } from 'vitest';
import { readPriceBook } from '../replay/price-book-file.ts';
import { readPageAssets } from '../replay/report/assets.ts';
import { buildReport } from '../replay/report/build.ts';
import { renderHtml } from '../replay/report/html.ts';
import { syntheticReplay } from './synthetic-replay.ts';

it('shots', async () => {
  const result = syntheticReplay({ days: Number(process.env.DAYS ?? 7) });
  const report = buildReport(result, {
    source: 'web.csv',
    sha256: 'ab'.repeat(32),
    version: '0.1.0',
    prices: readPriceBook('prices/alibaba-cloud.yaml'),
  });
  const html = renderHtml(report, result, readPageAssets());
  console.log('bytes', html.length);
  writeFileSync('/tmp/shots/report.html', html);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  for (const [name, width, scheme] of [
    ['desktop', 1280, 'light'],
    ['phone', 375, 'light'],
    ['dark', 1280, 'dark'],
  ] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    page.on('console', (m) => console.log(name, m.type(), m.text()));
    page.on('pageerror', (e) => console.log(name, 'ERR', e.message));
    await page.goto('file:///tmp/shots/report.html');
    await page.waitForTimeout(600);
    await page.screenshot({ path: `/tmp/shots/${name}.png`, fullPage: true });
    console.log(
      JSON.stringify(
        await page.evaluate(
          `(() => { const o = document.querySelector('#demand-chart .u-over'); return [...o.children].map((e) => e.className + ' ' + e.getAttribute('style')) })()`,
        ),
      ),
    );
    for (const [i, [y, h]] of (name === 'phone'
      ? [
          [0, 1300],
          [1300, 1300],
          [2600, 1300],
          [3900, 1300],
        ]
      : [
          [0, 1330],
          [1330, 1330],
        ]
    ).entries())
      await page.screenshot({
        path: `/tmp/shots/${name}-${i}.png`,
        fullPage: true,
        clip: { x: 0, y: y!, width, height: h! },
      });
    await page.getByRole('button', { name: 'Wed 4' }).click();
    await page.locator('#h-demand').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `/tmp/shots/${name}-zoom.png` });
    console.log(name, await page.evaluate('document.documentElement.scrollWidth'));
  }
  await browser.close();
}, 100000);
