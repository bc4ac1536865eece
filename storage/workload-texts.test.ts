import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileWorkloadTexts } from './file-workload-texts.io.ts';
import { workloadTextsContract } from './workload-texts.contract.ts';
import { MemoryWorkloadTexts } from './workload-texts.ts';

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'prescale-texts-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

let memory = new MemoryWorkloadTexts();
workloadTextsContract(
  'memory',
  async () => {
    memory = new MemoryWorkloadTexts();
    return memory;
  },
  () => memory,
);
workloadTextsContract(
  'a folder',
  async () => new FileWorkloadTexts(join(await folder(), 'made', 'when', 'needed')),
  () => new FileWorkloadTexts(join(folders.at(-1)!, 'made', 'when', 'needed')),
);

it('a damaged file, or one that a killed process left half, is nobody’s and spoils no other', async () => {
  const place = await folder();
  const store = new FileWorkloadTexts(place);
  await store.write(
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
    [],
  );
  const [first] = await readdir(place);
  await writeFile(join(place, first!), '\u0000no key');
  await writeFile(join(place, 'half.txt.new'), '"c"\nhal');
  const left = await store.keys();
  expect(left).toHaveLength(1);
  const gone = left[0] === 'a' ? 'b' : 'a';
  expect((await store.get(['a', 'b'])).has(gone)).toBe(false);
  await store.write(new Map([[gone, '3']]), []);
  expect((await new FileWorkloadTexts(place).get([gone])).get(gone)).toBe('3');
});

it('a folder that is a file is an error in words of the system, and nothing is lost', async () => {
  const place = join(await folder(), 'file');
  await writeFile(place, 'mine');
  const store = new FileWorkloadTexts(place);
  await expect(store.write(new Map([['a', '1']]), [])).rejects.toThrow(/EEXIST|ENOTDIR/);
});
