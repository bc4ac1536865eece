import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileGuardStore } from './file-guard-store.io.ts';
import { guardStoreContract } from './guard-store.contract.ts';
import { MemoryGuardStore } from './guard-store.ts';

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'prescale-guards-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

let memory = new MemoryGuardStore();
guardStoreContract(
  'memory',
  async () => {
    memory = new MemoryGuardStore();
    return memory;
  },
  () => memory,
);
guardStoreContract(
  'a folder',
  async () => new FileGuardStore(join(await folder(), 'made', 'when', 'needed')),
  () => new FileGuardStore(join(folders.at(-1)!, 'made', 'when', 'needed')),
);

it('a file with damaged lines gives those that are whole', async () => {
  const place = await folder();
  const store = new FileGuardStore(place);
  await store.write(
    new Map([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]),
    [],
  );
  const lines = (await readFile(join(place, 'guards.jsonl'), 'utf8')).split('\n');
  await writeFile(join(place, 'guards.jsonl'), `${lines[0]}\n\u0000\u0001{"b\n["d"]\n[1,"2"]\n${lines[2]}`);
  expect(Object.fromEntries(await store.read())).toEqual({ a: '1', c: '3' });
  await store.write(new Map([['b', '4']]), []);
  expect(Object.fromEntries(await new FileGuardStore(place).read())).toEqual({ a: '1', b: '4', c: '3' });
});

it('a folder that cannot be written leaves what was there, and says so', async () => {
  const place = await folder();
  const store = new FileGuardStore(place);
  await store.write(new Map([['a', '1']]), []);
  const inFile = new FileGuardStore(join(place, 'guards.jsonl'));
  await expect(inFile.write(new Map([['a', '2']]), [])).rejects.toThrow(/EEXIST|ENOTDIR/);
  await writeFile(join(place, 'guards.jsonl.new'), 'half of one, from a process that was killed');
  expect(await store.get('a')).toBe('1');
  await store.write(new Map([['a', '3']]), []);
  expect(await readdir(place)).toEqual(['guards.jsonl']);
  await rm(join(place, 'guards.jsonl'));
  expect(await store.get('a')).toBeUndefined();
});

it('a store in memory can fail, be lost, and be rolled back', async () => {
  const store = new MemoryGuardStore();
  await store.write(new Map([['a', '1']]), []);
  const before = store.snapshot();
  await store.write(new Map([['a', '2']]), []);
  expect(store.writes).toBe(2);
  store.fault = 'READONLY';
  for (const failing of [store.read(), store.get('a'), store.write(new Map(), ['a'])]) {
    await expect(failing).rejects.toThrow('READONLY');
  }
  store.fault = undefined;
  expect(await store.get('a')).toBe('2');
  store.rollBack(before);
  expect(await store.get('a')).toBe('1');
  store.lose();
  expect((await store.read()).size).toBe(0);
});
