import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepLines, keptFile, keptLines } from './kept.ts';

describe('kept answers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-peers-kept-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives back what was said to the same question, and nothing to another', async () => {
    const answers = join(folder, 'answers');
    const file = keptFile(answers, ['MSTL', 'a day ahead', 'def mstl']);
    expect(await keptLines(file)).toBeUndefined();
    await keepLines(file, ['{"job":0}', '{"peakBytes":1}']);
    expect(await keptLines(file)).toEqual(['{"job":0}', '{"peakBytes":1}']);
    expect(readdirSync(answers)).toHaveLength(1);
    for (const other of [
      ['MSTL', 'an hour ahead', 'def mstl'],
      ['MSTL', 'a day aheaddef', ' mstl'],
    ]) {
      expect(await keptLines(keptFile(answers, other))).toBeUndefined();
    }
  });
});
