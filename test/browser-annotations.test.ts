import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserReports } from './browser-report.ts';

let reports: BrowserReports;
let address: string;

beforeAll(async () => {
  reports = await BrowserReports.launch();
  address = reports.write('report.html', { days: 1 });
});

afterAll(() => reports?.close());

const outcome = '#copy-outcome';

describe('the annotations of a report', () => {
  it('are copied by a button that says so', async () => {
    const { page, complaints } = await reports.visit(address, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Copy' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator(outcome).textContent()).toBe('Copied');
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await page.locator('#annotations').textContent());
    expect(copied).toMatch(/^metadata:\n {2}annotations:\n/m);
    expect(await page.locator(outcome).getAttribute('role')).toBe('status');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('are selected where the browser refuses to copy', async () => {
    const { page, complaints } = await reports.visit(address);
    await page.evaluate(`(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('denied'));
      document.execCommand = () => false;
    })()`);
    await page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => page.locator(outcome).textContent()).toMatch(/^Not allowed here/);
    expect(await page.evaluate('String(getSelection())')).toContain('prescale.dev/enabled: "true"');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('have no button that does nothing where scripts do not run', async () => {
    const { page } = await reports.visit(address, { javaScriptEnabled: false }, false);
    expect(await page.locator('#copy').isVisible()).toBe(false);
    expect(await page.locator('#annotations').isVisible()).toBe(true);
    await page.context().close();
  });
});
