import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseStartup } from './startup-option.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-startup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const parse = (text: string) => parseStartup({ option: '--startup', text });

describe('--startup', () => {
  it('eci: p50 9 s, p90 20 s', async () => {
    const latency = await parse('eci');
    expect(latency.quantile(0.5)).toBeCloseTo(9);
    expect(latency.quantile(0.9)).toBeCloseTo(20);
  });

  it('two quantiles, in any unit of time', async () => {
    const latency = await parse('p50=90s, p90=3m');
    expect(latency.quantile(0.5)).toBeCloseTo(90);
    expect(latency.quantile(0.9)).toBeCloseTo(180);
  });

  it('a file of measured seconds', async () => {
    const file = join(folder, 'latencies.csv');
    writeFileSync(file, 'seconds\n10\n30\n20\n');
    expect((await parse(file)).quantile(0.5)).toBe(20);
  });

  for (const text of [
    '',
    'fast',
    'p50=9s',
    'p90=9s,p50=5s',
    'p50=20s,p90=9s',
    'p50=0s,p90=9s',
    'p50=9,p90=20',
    'p50=9s,p90=2d',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      await expect(parse(text)).rejects.toThrow(
        /^--startup: found ".*"; expected eci, p50=9s,p90=20s .* or a \.csv file with the column seconds$/,
      );
    });
  }

  it('names file and line of a bad latency', async () => {
    const file = join(folder, 'bad.csv');
    writeFileSync(file, 'seconds\n10\nsoon\n');
    await expect(parse(file)).rejects.toThrow(/bad\.csv:3: found seconds "soon"; expected a number above 0/);
    await expect(parse(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv: there is no such file/);
  });
});
