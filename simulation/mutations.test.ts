import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FleetBreaker } from '../actuator/guards/fleet-breaker.ts';
import { GUARDS } from '../actuator/guards/guards.ts';
import { PodPlan } from '../actuator/scaler/plan.ts';
import { PodBaseline } from '../actuator/scaler/pod-baseline.ts';
import { PredictiveScaler } from '../actuator/scaler/scaler.ts';
import { HpaMinReplicas } from '../actuator/targets/hpa.ts';
import { Engine } from '../addon/engine/engine.ts';
import { GuardKeeper } from '../addon/engine/guard-keeper.ts';
import { ObservedHour } from '../addon/engine/observed-hour.ts';
import { PodCapacity } from '../addon/engine/pod-capacity.ts';
import { ScaledWorkload } from '../addon/engine/scaled-workload.ts';
import { UncreatedPods } from '../addon/engine/uncreated-pods.ts';
import { PodIndex } from '../collector/pods/pod-index.ts';
import { EarlyBounds } from '../core/policy/early-bounds.ts';
import { DemandFilter } from '../forecaster/lead-time/demand-filter.ts';
import { MemoryGuardStore } from '../storage/guard-store.ts';
import { BEYOND } from './beyond.ts';
import { applyMutation, MUTATIONS } from './mutations.ts';
import { Hunter } from './runs/hunt.io.ts';
import { generated } from './scenarios/generate.io.ts';
import { simulate } from './simulate.ts';

const hunter = new Hunter();

/** Classes whose methods mutations replace. */
const CLASSES = [
  ...[
    DemandFilter,
    EarlyBounds,
    Engine,
    FleetBreaker,
    GuardKeeper,
    HpaMinReplicas,
    MemoryGuardStore,
    ObservedHour,
    PodCapacity,
  ],
  ...[PodBaseline, PodIndex, PodPlan, PredictiveScaler, ScaledWorkload, UncreatedPods],
];

/** All guards and methods as they are now, in a fixed order. */
function inForce(): readonly unknown[] {
  const methods = CLASSES.flatMap(({ prototype }) => Object.values(Object.getOwnPropertyDescriptors(prototype)));
  return [...GUARDS.map(([, guard]) => guard), ...methods.map(({ value, get }) => value ?? get)];
}

describe('the simulation is tested: a guard that is off, or an old mistake that is back, is found within an hour', () => {
  it.each([
    ['no-false-zero', 'down-is-safe'],
    ['guards-not-taken-over', 'down-is-safe'],
    ['no-conflict', 'budgets'],
    ['no-paused', 'up-is-bounded'],
    ['no-frozen-metric', 'down-is-safe'],
    ['implausible-believed', 'up-is-bounded'],
    ['floor-not-put-back', 'leaves-alone'],
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
    const before = inForce();
    const undo = applyMutation(name);
    const changed = inForce().filter((one, i) => one !== before[i]);
    undo();
    expect(changed).not.toEqual([]);
    expect(inForce().every((one, i) => one === before[i])).toBe(true);
  });

  const cited = [...MUTATIONS.flatMap(({ test }) => test ?? []), ...BEYOND.map(({ test }) => test)];
  it.each(cited)('where no scenario shows one, "$title" exists in $file', ({ file, title }) => {
    expect(readFileSync(file, 'utf8')).toContain(title);
  });
});
