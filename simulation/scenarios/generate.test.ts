import { expect, it } from 'vitest';
import { storyText } from '../story.ts';
import { generated, shrunk } from './generate.io.ts';
import { classOf, FAULT_CLASSES } from './scenario.ts';
import { SITUATION_NAMES } from './situations.io.ts';

const ALL = { mode: 'both' } as const;

it('a seed gives one scenario; many seeds give every class of fault, both modes and one to four workloads', () => {
  expect(generated(7, ALL)).toEqual(generated(7, ALL));
  const many = Array.from({ length: 200 }, (_, seed) => generated(seed, ALL));
  const classes = new Set(many.flatMap(({ commands }) => commands.map(({ do: action }) => classOf(action))));
  expect([...classes].sort()).toEqual([...FAULT_CLASSES].sort());
  expect(new Set(many.map(({ mode }) => mode))).toEqual(new Set(['one', 'distributed']));
  expect(new Set(many.map(({ workloads }) => workloads.length)).size).toBeGreaterThanOrEqual(4);
});

it('one seed in five is of a situation, each in turn; one alone can be asked for', () => {
  const seeds = SITUATION_NAMES.map((_, k) => 5 * k);
  const made = seeds.map((seed) => generated(seed, ALL));
  expect(made).toEqual(SITUATION_NAMES.map((situation, k) => generated(5 * k, { ...ALL, situation })));
  expect(generated(7, { mode: 'one', situation: 'put-back' }).commands.map(({ do: action }) => action)).toEqual([
    'gitops',
  ]);
});

it('one class of faults, or none, can be asked for', () => {
  const seeds = Array.from({ length: 50 }, (_, seed) => seed);
  const only = seeds.flatMap((seed) => generated(seed, { mode: 'one', fault: 'api' }).commands);
  expect(new Set(only.map(({ do: action }) => classOf(action)))).toEqual(new Set(['api']));
  expect(seeds.flatMap((seed) => generated(seed, { mode: 'one', fault: 'none' }).commands)).toEqual([]);
});

it('what fails is made smaller as long as it fails: only the kill is left, and its story says so', async () => {
  const seed = Array.from({ length: 500 }, (_, i) => i).find((one) => {
    const { commands, workloads } = generated(one, ALL);
    return commands.length >= 4 && workloads.length >= 3 && commands.some(({ do: action }) => action === 'kill');
  })!;
  const smallest = await shrunk(
    seed,
    ALL,
    async ({ commands }) => commands.some(({ do: action }) => action === 'kill'),
    300,
  );
  expect(smallest.commands.map(({ do: action }) => action)).toEqual(['kill']);
  expect(smallest.workloads).toHaveLength(1);
  expect(storyText(smallest)).toMatch(/\d:\d\d:\d\d kill/);
});
