import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The command as it is built and called, in a process of its own. */
function simulate(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['dist/simulation/main.js', ...args], (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('simulate', () => {
  it('plays the hours that were asked for, and says that nothing was violated', async () => {
    const { code, out } = await simulate('--hours', '1', '--workers', '1', '--open', 'simulation/open-seeds.json');
    expect([code, out]).toEqual([0, expect.stringMatching(/simulated \d+ hours, 0 violations/)]);
  });

  it('says what is wrong with a list of open seeds before it plays anything', async () => {
    const path = join(folder, 'open.json');
    writeFileSync(path, '[{"seed": "all", "what": "nothing is looked at"}]');
    const { code, out, err } = await simulate('--hours', '1', '--open', path);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${path}: expected [{"seed": 4711, "what": "…"}, …]`);
  });
});
