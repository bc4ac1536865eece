import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../cluster/binaries.ts';

/** From the bytes of a ring (header of 12) to what stands there instead; undefined: a key of another type. */
export const POISONS: Readonly<Record<string, ((whole: Buffer) => Buffer) | undefined>> = {
  'no data': (whole) => whole.fill(0, 12),
  huge: (whole) => whole.fill(0xff, 12),
  'cut short': (whole) => whole.subarray(0, 5_001),
  foreign: () => Buffer.from('<html>not found</html>'),
  'of a newer version': (whole) => withByte(whole, 3, 9),
  'of an older version': (whole) => withByte(whole, 3, 0),
  'of another length than it says': (whole) => withByte(whole, 4, whole[4]! ^ 1),
  'of another type': undefined,
};

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

/** This build as the next version would be: jobs and forecasts of one version more. @returns its program */
export function newerBuild(folder: string): string {
  const root = join(folder, 'newer');
  cpSync(join(PROJECT, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
  for (const name of ['redis/queue/job-envelope.js', 'addon/refits/refit-codec.js']) {
    const file = join(root, 'dist', name);
    const text = readFileSync(file, 'utf8');
    const raised = text.replace(/^const VERSION = (\d+);/m, (_, version) => `const VERSION = ${Number(version) + 1};`);
    if (raised === text) throw new Error(`${name} has no version to raise`);
    writeFileSync(file, raised);
  }
  return join(root, 'dist/cli/main.js');
}
