import { expect, it } from 'vitest';
import { WaitingByAddress } from './waiting-by-address.ts';

it('goes one by one as answers of the same address are through, whatever others do', async () => {
  const waiting = new WaitingByAddress(3);
  const went: string[] = [];
  for (const name of ['a1', 'a2', 'b1']) void waiting.turn(name[0]!).then(() => went.push(name));
  waiting.done('c');
  await Promise.resolve();
  expect(went).toEqual([]);
  waiting.done('a');
  await Promise.resolve();
  waiting.done('b');
  await Promise.resolve();
  expect(went).toEqual(['a1', 'b1']);
  waiting.done('a');
  await Promise.resolve();
  expect([went, waiting.any]).toEqual([['a1', 'b1', 'a2'], false]);
});

it('is over after three sweeps, for those who came first', async () => {
  const waiting = new WaitingByAddress(3);
  const went: string[] = [];
  void waiting.turn('a').then(() => went.push('early'));
  waiting.sweep();
  waiting.sweep();
  void waiting.turn('a').then(() => went.push('late'));
  waiting.sweep();
  await Promise.resolve();
  expect(went).toEqual([]);
  waiting.sweep();
  await Promise.resolve();
  expect(went).toEqual(['early']);
  waiting.sweep();
  waiting.sweep();
  await Promise.resolve();
  expect([went, waiting.any]).toEqual([['early', 'late'], false]);
});
