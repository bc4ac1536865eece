/**
 * Renews what README.md shows of the embedded example: the printed table and the picture of the report. Run it after a
 * change of figures: `npm run build && node docs/refresh.mjs` (needs Debian's chromium, or the one that CHROMIUM names).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = join(root, 'README.md');
const BLOCK = /(<!-- printed by the example -->\n```text\n)[^`]*(```)/;

const folder = mkdtempSync(join(tmpdir(), 'prescale-docs-'));
try {
  const printed = execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), 'replay', '--out', folder], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const shown = printed.slice(0, printed.indexOf('\nForecast '));
  const text = readFileSync(readme, 'utf8');
  if (!BLOCK.test(text)) throw new Error('README.md has no block of the printed example');
  writeFileSync(
    readme,
    text.replace(BLOCK, (_, head, tail) => `${head}${shown}${tail}`),
  );
  await photograph(join(folder, 'report.html'), join(root, 'docs/images/report.png'));
} finally {
  rmSync(folder, { recursive: true });
}

async function photograph(page, picture) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1160, height: 1740 } });
    await tab.goto(pathToFileURL(page).href);
    await tab.waitForSelector('#demand-chart canvas');
    await tab.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}
