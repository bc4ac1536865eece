import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { ConsoleHost } from '../console/thread/console-host.io.ts';
import { CHROMIUM, CHROMIUM_ARGUMENTS, type Visit } from './browser-report.ts';
import { startBuiltConsole } from './built-console.ts';
import type { MadeFleet } from './console-fleet.ts';

/** The console as it is built, with a made-up fleet, opened in a browser. */
export class BrowserConsole {
  readonly fleet: MadeFleet;
  readonly url: string;
  readonly browser: Browser;
  private readonly host: ConsoleHost;

  private constructor(fleet: MadeFleet, host: ConsoleHost, browser: Browser) {
    this.fleet = fleet;
    this.host = host;
    this.browser = browser;
    this.url = `http://127.0.0.1:${host.address.port}/`;
  }

  static async launch(workloads: number): Promise<BrowserConsole> {
    if (!existsSync(CHROMIUM)) throw new Error(`no chromium at ${CHROMIUM}: put its path into CHROMIUM`);
    const { fleet, host } = await startBuiltConsole(workloads);
    host.show();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS });
    return new BrowserConsole(fleet, host, browser);
  }

  /** As after a tick. */
  show(): void {
    this.host.show();
  }

  async close(): Promise<void> {
    await Promise.all([this.browser.close(), this.host.close()]);
  }

  /** @param path behind the address: `?lang=zh#/savings` */
  async visit(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    // The machine may have other things to do; nothing here is about how long it takes.
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !/^(?:data|blob):/.test(request.url())) {
        complaints.push(`asked for ${request.url()}`);
      }
    });
    await page.goto(`${this.url}${path}`);
    return { page, complaints };
  }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with a page as it is now: rule and the first place. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} (${nodes.length})`);
}
