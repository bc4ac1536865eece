import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TERMS } from '../replay/report/texts/terms.ts';
import { BrowserReports } from './browser-report.ts';

let reports: BrowserReports;
let address: string;

beforeAll(async () => {
  reports = await BrowserReports.launch();
  address = reports.write('report.html', { days: 2 });
});

afterAll(() => reports?.close());

/** The explanation that is shown, if any. */
const shown = async (page: Page): Promise<string[]> => page.locator('.tip:popover-open').allTextContents();

const header = (page: Page) => page.locator('.cards thead button.term', { hasText: 'Saturation' });

describe('the glossary', () => {
  it('explains a term on hover, beside it, and goes when the mouse does', async () => {
    const { page, complaints } = await reports.visit(address);
    await header(page).hover();
    expect(await shown(page)).toEqual([expect.stringContaining('Demand ÷ capacity of the Ready pods')]);
    const [term, tip] = await Promise.all([
      header(page).boundingBox(),
      page.locator('.tip:popover-open').boundingBox(),
    ]);
    const apart = Math.max(tip!.y - (term!.y + term!.height), term!.y - (tip!.y + tip!.height));
    expect(apart).toBeGreaterThanOrEqual(0);
    expect(apart).toBeLessThan(12);
    expect(tip!.x + tip!.width).toBeLessThanOrEqual(1280);
    await page.mouse.move(5, 5);
    await expect.poll(() => shown(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('works by keyboard alone: reached by Tab, closed by Escape, opened by Enter', async () => {
    const { page, complaints } = await reports.visit(address);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.className`)).toBe('term');
    expect(await shown(page)).toEqual([expect.stringContaining('Demand served')]);
    await page.keyboard.press('Escape');
    expect(await shown(page)).toEqual([]);
    await page.keyboard.press('Enter');
    expect(await shown(page)).toEqual([expect.stringContaining('Demand served')]);
    await page.keyboard.press('Tab');
    await expect.poll(() => shown(page)).toEqual([expect.stringContaining('Pod starts a day')]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('opens on a tap and closes on a tap elsewhere, within the screen of a phone', async () => {
    const phone = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };
    const { page, complaints } = await reports.visit(address, phone);
    const label = page.locator('.cards td button.term', { hasText: 'Saturation' }).first();
    await label.tap();
    expect(await shown(page)).toEqual([expect.stringContaining('Demand ÷ capacity')]);
    const tip = (await page.locator('.tip:popover-open').boundingBox())!;
    expect(tip.x).toBeGreaterThanOrEqual(0);
    expect(tip.x + tip.width).toBeLessThanOrEqual(390);
    await page.locator('h1').tap();
    await expect.poll(() => shown(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('opens where scripts do not run, and stands whole at the end of the page', async () => {
    const { page } = await reports.visit(address, { javaScriptEnabled: false }, false);
    await header(page).click();
    expect(await page.locator('#tip-saturation').isVisible()).toBe(true);
    expect(await page.locator('.glossary dt').count()).toBe(TERMS.length);
    await page.context().close();
  });

  it('is described to those who hear the page', async () => {
    const { page } = await reports.visit(address);
    const described = await header(page).getAttribute('aria-describedby');
    expect(await page.locator(`#${described}`).textContent()).toContain('Demand ÷ capacity');
    await page.context().close();
  });
});
