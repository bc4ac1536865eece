import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileNeuralModelStore } from './file-neural-model-store.io.ts';
import { neuralModelStoreContract } from './neural-model-store.contract.ts';
import { MemoryNeuralModelStore } from './neural-model-store.ts';

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'prescale-networks-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

neuralModelStoreContract('memory', async () => new MemoryNeuralModelStore());
neuralModelStoreContract(
  'a folder',
  async () => new FileNeuralModelStore(join(await folder(), 'made', 'when', 'needed')),
  () => new FileNeuralModelStore(join(folders.at(-1)!, 'made', 'when', 'needed')),
);

it('a folder that cannot be written leaves what was there', async () => {
  const place = await folder();
  const store = new FileNeuralModelStore(place);
  await store.publish(Uint8Array.of(1));
  const file = new FileNeuralModelStore(join(place, 'neural.psn'));
  await expect(file.publish(Uint8Array.of(2))).rejects.toThrow(/EEXIST|ENOTDIR/);
  await writeFile(join(place, 'neural.psn.new'), 'half of one, from a process that was killed');
  expect(await store.current()).toEqual(Buffer.of(1));
  await store.publish(Uint8Array.of(3));
  expect((await readdir(place)).sort()).toEqual(['neural.previous.psn', 'neural.psn']);
});
