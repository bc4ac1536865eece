import { describe, expect, it } from 'vitest';
import { WorkloadProgress } from './workload-progress.ts';

const ready = () => {
  const progress = new WorkloadProgress();
  progress.beginOnboarding(100);
  progress.reach(100);
  progress.becomeReady();
  progress.endOnboarding();
  return progress;
};

describe('onboarding', () => {
  it('that failed is tried again after a minute, and reads the target again', () => {
    const progress = new WorkloadProgress();
    expect(progress.isOnboardingDue(100)).toBe(true);
    expect(progress.beginOnboarding(100)).toBe(true);
    expect(progress.isOnboardingDue(200)).toBe(false);
    progress.endOnboarding();
    expect([103, 104].map((tick) => progress.isOnboardingDue(tick))).toEqual([false, true]);
    expect(progress.beginOnboarding(104)).toBe(true);
  });

  it('whose history another process reads is asked for again once it has ended, and does not read the target twice', () => {
    const progress = new WorkloadProgress();
    progress.beginOnboarding(100);
    progress.reach(100);
    progress.awaitHistory(101);
    expect(progress.isOnboardingDue(102)).toBe(false);
    progress.endOnboarding();
    expect(progress.isOnboardingDue(101)).toBe(true);
    expect(progress.beginOnboarding(101)).toBe(false);
    expect(progress.reachedTick).toBe(100);
  });

  it('is over once it is ready', () => {
    const progress = ready();
    expect([progress.isReady, progress.isOnboardingDue(1e9)]).toEqual([true, false]);
  });
});

describe('a reading of the target', () => {
  it('is asked for again where something changed while it was under way, or while it was being written', () => {
    const progress = ready();
    expect([progress.beginRead(false), progress.beginRead(false), progress.isReadAgain]).toEqual([true, false, true]);
    progress.endRead();
    expect([progress.beginRead(true), progress.isReadAgain]).toEqual([false, true]);
    expect([progress.beginRead(false), progress.isReadAgain]).toEqual([true, false]);
  });

  it('is void where a write began meanwhile: the answer may be older than what was written', () => {
    const progress = ready();
    progress.beginRead(false);
    progress.beginWrite(true);
    expect([progress.takeRead(), progress.isReadAgain]).toEqual([false, true]);
    progress.endRead();
    expect([progress.beginRead(false), progress.takeRead()]).toEqual([true, true]);
  });

  it('is due after half an hour without an event, at once where the last one failed, and never before it is ready', () => {
    const progress = ready();
    progress.readAt(1_000);
    expect([1_119, 1_120].map((tick) => progress.isReadDue(tick))).toEqual([false, true]);
    progress.readFailed();
    expect(progress.isReadDue(1_001)).toBe(true);
    expect(new WorkloadProgress().isReadDue(1e9)).toBe(false);
  });
});

describe('the generation of the object', () => {
  it('that our own write led to is no change of another writer; the next one is', () => {
    const progress = ready();
    expect(progress.see(7)).toBe(false);
    progress.beginWrite(true);
    expect([8, 9, 9].map((generation) => progress.see(generation))).toEqual([false, true, false]);
  });

  it('is not counted where nothing was written, and taken back once', () => {
    const progress = ready();
    progress.see(7);
    const takeBack = progress.beginWrite(true);
    takeBack();
    takeBack();
    expect(progress.see(8)).toBe(true);
    progress.beginWrite(false);
    expect(progress.see(9)).toBe(true);
  });

  it('and a write without an answer outlive a change of the policy', () => {
    const before = ready();
    before.see(7);
    before.doubt({ from: 3, to: 9 });
    const after = new WorkloadProgress(before);
    after.beginOnboarding(200);
    expect([after.see(7), after.see(8)]).toEqual([false, true]);
    expect([after.takeDoubtful(), after.takeDoubtful()]).toEqual([{ from: 3, to: 9 }, undefined]);
  });
});

it('writes that fail one after another wait for 1, 2, 4 and again 4 ticks; one that succeeds begins anew', () => {
  const progress = ready();
  const dueAfterFailure = () => {
    progress.writeFailed(100, 4);
    for (let tick = 100; ; tick++) if (progress.isWriteDue(tick)) return tick - 100;
  };
  expect([1, 2, 3, 4].map(dueAfterFailure)).toEqual([1, 2, 4, 4]);
  progress.writeSucceeded();
  expect(dueAfterFailure()).toBe(1);
  progress.writeAtOnce();
  expect(progress.isWriteDue(0)).toBe(true);
});
