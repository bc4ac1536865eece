import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GUARDS } from '../actuator/guards/guards.ts';
import { BEYOND } from './beyond.ts';
import { applyMutation, MUTATIONS } from './mutations.ts';
import { Hunter } from './runs/hunt.io.ts';
import { generated } from './scenarios/generate.io.ts';
import { simulate } from './simulate.ts';

const hunter = new Hunter();

describe('the simulation is tested: a guard that is off, or an old mistake that is back, is found within an hour', () => {
  it.each([
    ['no-false-zero', 'down-is-safe'],
    ['guards-not-taken-over', 'down-is-safe'],
    ['no-conflict', 'budgets'],
    ['no-paused', 'up-is-bounded'],
    ['no-frozen-metric', 'down-is-safe'],
    ['margins-until-calibrated', 'up-is-bounded'],
  ])('%s, by %s', async (mutation, invariant) => {
    const { found } = await hunter.hunt(mutation, { mode: 'one', hours: 1 });
    expect(found?.invariant).toBe(invariant);
  });

  it('and taken back the same scenario holds again', async () => {
    const scenario = generated(1, { mode: 'one', situation: 'put-back' });
    const undo = applyMutation('no-conflict');
    expect((await simulate(scenario)).violations).not.toEqual([]);
    undo();
    expect((await simulate(scenario)).violations).toEqual([]);
  });
});

describe('mutations', () => {
  it('there is one for each guard', () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(GUARDS.map(([reason]) => `no-${reason}`)));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(MUTATIONS.map(({ name }) => name))('%s changes what is there, and can be taken back', (name) => {
    applyMutation(name)();
  });

  const cited = [...MUTATIONS.flatMap(({ test }) => test ?? []), ...BEYOND.map(({ test }) => test)];
  it.each(cited)('where no scenario shows one, "$title" exists in $file', ({ file, title }) => {
    expect(readFileSync(file, 'utf8')).toContain(title);
  });
});
