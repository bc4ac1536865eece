import { expect, it } from 'vitest';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { EXAMPLE_SECONDS, exampleStatus, exampleStatuses } from '../../test/example-status.ts';
import { NextChanges } from './next-changes.ts';

const NEXT = { atSeconds: EXAMPLE_SECONDS + 600, replicas: 12 };
const wanting = (wanted: number): WorkloadStatus =>
  exampleStatus({ replicas: { ...exampleStatus().replicas, wanted } });

it('is what was told, for the pods that are wanted now and until it comes', () => {
  const changes = new NextChanges(() => NEXT);
  const at = (seconds: number, status = wanting(9)) => changes.after([status], seconds)(status);
  expect(at(EXAMPLE_SECONDS)).toEqual(NEXT);
  expect(at(NEXT.atSeconds)).toBeUndefined();
  const none = new NextChanges(() => undefined);
  expect(none.after([wanting(9)], EXAMPLE_SECONDS)(wanting(9))).toBeUndefined();
  const once = new NextChanges(() => NEXT);
  expect(once.after([wanting(9)], EXAMPLE_SECONDS)(wanting(10))).toBeUndefined();
});

it('looks at a few workloads after each tick, and at all by turns', () => {
  const looked: string[] = [];
  const changes = new NextChanges((key) => {
    looked.push(key);
    return NEXT;
  });
  const statuses = exampleStatuses(600);
  const known = () => {
    const next = changes.after(statuses, EXAMPLE_SECONDS);
    return statuses.filter((status) => next(status)).length;
  };
  expect([known(), known(), known()]).toEqual([250, 500, 600]);
  expect(new Set(looked).size).toBe(600);
  // Who is gone is forgotten: the first one would be known at once if it came again.
  const [first, ...others] = statuses;
  changes.after(others, EXAMPLE_SECONDS);
  expect(changes.after([], EXAMPLE_SECONDS)(first!)).toBeUndefined();
});
