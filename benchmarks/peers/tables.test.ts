import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCSV, readExcel } from 'danfojs-node';
import { afterAll, describe, expect, it } from 'vitest';
import { byMethod, pivot, records, writeFrames } from './frames.ts';
import { peersMarkdown } from './markdown.ts';
import type { Horizon, PeerRow } from './measure.ts';
import { pairwiseWins, TARGETS, targetLines, verdicts } from './verdicts.ts';
import { winsPicture } from './wins-picture.ts';

function row(trace: string, horizon: Horizon, method: string, loss: number): PeerRow {
  const figures = { WAPE: loss, MASE: loss, loss, cover95: 0.9, pinball50: loss, pinball95: loss };
  const ours = method.startsWith('Prescale');
  return { trace, horizon, method, ours, windows: 1, missing: 0, ...figures, seconds: 1, megabytes: 10 };
}

/** Ours wins by half on a, loses by 4 % on b; at the lead time it ties on a. */
const rows = [
  row('load-a', '24 h', 'Prescale', 0.1),
  row('load-b', '24 h', 'Prescale', 0.52),
  row('load-a', '5 min', 'Prescale', 0.2),
  row('load-a', '24 h', 'MSTL', 0.2),
  row('load-b', '24 h', 'MSTL', 0.8),
  row('load-a', '24 h', 'Prophet, tuned', 0.4),
  row('load-b', '24 h', 'Prophet, tuned', 0.5),
  row('load-a', '5 min', 'MSTL', 0.2),
];

describe('tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-peers-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('group by method: geometric means of losses, arithmetic ones of the rest', () => {
    const mstl = byMethod(rows).find(({ horizon, method }) => horizon === '24 h' && method === 'MSTL')!;
    expect(mstl.loss).toBeCloseTo(0.4, 9);
    expect(mstl).toMatchObject({ loads: 2, cover95: 0.9, seconds: 1 });
    expect(byMethod(rows).map(({ horizon, method }) => `${horizon} ${method}`)).toEqual([
      '5 min Prescale',
      '5 min MSTL',
      '24 h Prescale',
      '24 h MSTL',
      '24 h Prophet, tuned',
    ]);
  });

  it('pivot: a row a load, a column a method; a method that lacks a load lacks that cell', () => {
    const table = pivot([...rows, row('load-c', '24 h', 'MSTL', 0.3)], '24 h', 'loss');
    expect(table.columns).toEqual(['load', 'Prescale', 'MSTL', 'Prophet, tuned']);
    const last = records(table)[2]!;
    expect(last).toMatchObject({ load: 'load-c', MSTL: 0.3 });
    expect(last.Prescale).toBeNaN();
  });

  it('go to CSV and Excel, and come back', async () => {
    writeFrames(folder, rows);
    expect(readdirSync(folder)).toHaveLength(8);
    const back = await readCSV(join(folder, 'peers-by-load.csv'));
    expect(back.shape).toEqual([rows.length, Object.keys(rows[0]!).length]);
    const excel = await readExcel(join(folder, 'peers-loss-24h.xlsx'));
    expect(records(excel as never).map(({ MSTL }) => MSTL)).toEqual([0.2, 0.8]);
  });
});

describe('verdicts', () => {
  it('set ours against the best peer of each load, worst first', () => {
    expect(verdicts(rows, TARGETS[0]!)).toEqual([
      { trace: 'load-b', ours: 0.52, best: 0.5, bestPeer: 'Prophet, tuned', ratio: 1.04 },
      { trace: 'load-a', ours: 0.1, best: 0.2, bestPeer: 'MSTL', ratio: 0.5 },
    ]);
  });

  it('say what is met and what is not, rounded against ours', () => {
    expect(targetLines(rows)).toEqual([
      expect.stringMatching(/^met: day ahead.*geometric mean ≤ 0\.85 \(0\.722\)$/),
      expect.stringMatching(/^NOT MET: day ahead.*worst load \(load-b\) ≤ 1\.03 \(1\.040\)$/),
      expect.stringMatching(/^NOT MET: at the start-up lead.*≤ 0\.75 \(1\.000\)$/),
    ]);
  });

  it('count pairwise wins, the best method first', () => {
    const { methods, wins } = pairwiseWins(rows, '24 h');
    expect(methods).toEqual(['Prescale', 'Prophet, tuned', 'MSTL']);
    expect(wins).toEqual([
      [Number.NaN, 0.5, 1],
      [0.5, Number.NaN, 0.5],
      [0, 0.5, Number.NaN],
    ]);
    expect(pairwiseWins(rows, '5 min').wins[0]).toEqual([Number.NaN, 0.5]);
  });

  it('are drawn and told: losses as plainly as wins', () => {
    const picture = winsPicture([...rows, row('load-a', '24 h', 'a < b & c', 0.3)]);
    expect(picture).toMatch(/^<svg .*5 min ahead.*24 h ahead.*<\/svg>\n$/s);
    expect(picture).toContain('a &lt; b &amp; c');
    expect(picture).not.toContain('NaN');
    const text = peersMarkdown(rows, ['MSTL: failed']);
    expect(text).toMatch(/\| load-b \| 0\.520 +\| Prophet, tuned \| 0\.500 +\| 1\.040 +\| \*\*lost\*\*/);
    expect(text).toMatch(/\| load-a \| 0\.100 +\| MSTL +\| 0\.200 +\| 0\.500 +\| won /);
    expect(text).toContain('NOT MET: day ahead');
    expect(text).toMatch(/MSTL: failed$/);
  });
});
