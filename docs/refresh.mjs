/**
 * Renews what README.md and README.zh-CN.md show of the embedded example: the printed table and the picture of the report. Run it after a
 * change of figures: `npm run build && node docs/refresh.mjs` (needs Debian's chromium, or the one that CHROMIUM names).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { formatFiles } from './format-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Each page, the language that it shows, and how the first line begins that is not shown any more. */
const PAGES = [
  { page: 'README.md', language: 'en', after: '\nForecast ' },
  { page: 'README.zh-CN.md', language: 'zh', after: '\n提前 ' },
];
const BLOCK = /(<!-- printed by the example -->\n```text\n)[^`]*(```)/;

const folder = mkdtempSync(join(tmpdir(), 'prescale-docs-'));
try {
  for (const { page, language, after } of PAGES.toReversed()) {
    const flags = ['replay', '--lang', language, '--out', folder];
    const printed = execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), ...flags], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    const end = printed.indexOf(after);
    const path = join(root, page);
    const text = readFileSync(path, 'utf8');
    if (end < 0 || !BLOCK.test(text))
      throw new Error(`${page} has no block of the printed example, or it ends in no "${after.trim()}"`);
    const shown = printed.slice(0, end);
    writeFileSync(
      path,
      text.replace(BLOCK, (_, head, tail) => `${head}${shown}${tail}`),
    );
  }
  formatFiles(PAGES.map(({ page }) => page));
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
