import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../../core/errors.ts';
import { checkWritable, writeOutFiles } from './out-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prescale-out-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function* failing(): Generator<string> {
  yield 'half';
  throw new Error('no more');
}

describe('the report folder', () => {
  it('is made, filled, and holds nothing else', async () => {
    const out = join(folder, 'new', 'report');
    await writeOutFiles(out, [
      { name: 'a.csv', pieces: ['1\n', '2\n'] },
      { name: 'b.json', pieces: ['{}'] },
    ]);
    expect(readdirSync(out).sort()).toEqual(['a.csv', 'b.json']);
    expect(readFileSync(join(out, 'a.csv'), 'utf8')).toBe('1\n2\n');
  });

  it('keeps the old files when one of the new ones fails', async () => {
    writeFileSync(join(folder, 'a.csv'), 'old');
    const files = [
      { name: 'a.csv', pieces: ['new'] },
      { name: 'b.csv', pieces: failing() },
    ];
    await expect(writeOutFiles(folder, files)).rejects.toThrow('no more');
    expect(readdirSync(folder)).toEqual(['a.csv']);
    expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('old');
  });

  it('is not left behind empty', async () => {
    const out = join(folder, 'report');
    await expect(writeOutFiles(out, [{ name: 'b.csv', pieces: failing() }])).rejects.toThrow('no more');
    expect(existsSync(out)).toBe(false);
  });

  it('is checked without a trace', async () => {
    await checkWritable(join(folder, 'not', 'yet'));
    expect(readdirSync(folder)).toEqual([]);
    await expect(checkWritable('/proc/self/report')).rejects.toThrow(WorldError);
    writeFileSync(join(folder, 'file'), '');
    await expect(checkWritable(join(folder, 'file', 'report'))).rejects.toThrow(InputError);
  });
});
