import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileNetworkStore } from './file-neural-model-store.io.ts';
import { networkStoreContract } from './neural-model-store.contract.ts';
import { MemoryNetworkStore } from './neural-model-store.ts';

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'prescale-networks-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

networkStoreContract('memory', async () => new MemoryNetworkStore());
networkStoreContract(
  'a folder',
  async () => new FileNetworkStore(join(await folder(), 'made', 'when', 'needed')),
  () => new FileNetworkStore(join(folders.at(-1)!, 'made', 'when', 'needed')),
);

it('a folder that cannot be written leaves what was there', async () => {
  const place = await folder();
  const store = new FileNetworkStore(place);
  await store.publish(Uint8Array.of(1));
  const file = new FileNetworkStore(join(place, 'network.psn'));
  await expect(file.publish(Uint8Array.of(2))).rejects.toThrow(/EEXIST|ENOTDIR/);
  await writeFile(join(place, 'network.psn.new'), 'half of one, from a process that was killed');
  expect(await store.current()).toEqual(Buffer.of(1));
  await store.publish(Uint8Array.of(3));
  expect((await readdir(place)).sort()).toEqual(['network.previous.psn', 'network.psn']);
});
