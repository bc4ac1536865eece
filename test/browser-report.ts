import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { readPriceBook } from '../replay/cost/price-book-file.io.ts';
import { buildReport, type ReportContext } from '../replay/report/build.ts';
import { readPageAssets } from '../replay/report/page/assets.io.ts';
import { renderHtml } from '../replay/report/page/html.ts';
import type { Language } from '../replay/report/texts/texts.ts';
import type { ReplayResult } from '../replay/result.ts';
import { type SyntheticOptions, syntheticReplay } from './synthetic-replay.ts';

/** Debian's chromium, or the one that CHROMIUM names. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const CHROMIUM_ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** A name that would run, close the script or break an attribute if it were not escaped. */
export const HOSTILE = `</script><img src=x onerror="document.title='owned'">"'&${'x'.repeat(120)}.csv`;

export interface Visit {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests for anything but the page itself. */
  readonly complaints: string[];
}

/** Reports of made-up replays, opened in a browser. */
export class BrowserReports {
  private readonly folder: string;
  private readonly browser: Browser;

  private constructor(folder: string, browser: Browser) {
    this.folder = folder;
    this.browser = browser;
  }

  static async launch(): Promise<BrowserReports> {
    if (!existsSync(CHROMIUM)) throw new Error(`no chromium at ${CHROMIUM}: put its path into CHROMIUM`);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS });
    return new BrowserReports(mkdtempSync(join(tmpdir(), 'prescale-report-')), browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The address of a new report. */
  write(
    name: string,
    options: Partial<SyntheticOptions>,
    language: Language = 'en',
    context: Partial<ReportContext> = {},
    reasons?: ReplayResult['reasons'],
  ): string {
    const made = syntheticReplay(options);
    const result = reasons === undefined ? made : { ...made, reasons };
    const prices = readPriceBook('prices/alibaba-cloud.yaml');
    const about = { source: HOSTILE, sha256: 'ab'.repeat(32), version: '0.1.0', prices, ...context };
    const file = join(this.folder, name);
    writeFileSync(file, renderHtml(buildReport(result, about), result, readPageAssets(), language));
    return pathToFileURL(file).href;
  }

  /** @param isDrawn wait for the charts, which a page without scripts has not. */
  async visit(url: string, options: BrowserContextOptions = {}, isDrawn = true): Promise<Visit> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(url);
    if (isDrawn) await page.waitForSelector('#fan-chart canvas');
    return { page, complaints };
  }
}
