import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ifThere, writeWhole } from './whole-file.io.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prescale-whole-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('replaces a file, and leaves nothing beside it', async () => {
  const path = join(folder, 'a');
  await writeWhole(path, 'one');
  await writeWhole(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual(['a']);
});

it('leaves what was there where the new one can not be written, and takes no room for it', async () => {
  const path = join(folder, 'a');
  const broken = { toString: () => 'x' } as unknown as string;
  await expect(writeWhole(path, broken)).rejects.toThrow(TypeError);
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual(['a']);
});

it('what is not there is undefined; any other failure is thrown', async () => {
  expect(await ifThere(readFile(join(folder, 'b')))).toBeUndefined();
  await expect(ifThere(readFile(folder))).rejects.toMatchObject({ code: 'EISDIR' });
});
