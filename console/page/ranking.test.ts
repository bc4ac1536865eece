import { expect, it } from 'vitest';
import type { BoundAnswer } from '../api/savings.ts';
import type { FleetRow } from '../fleet/fleet-row.ts';
import { ranking } from './ranking.ts';

const bound = (key: string, podHours: number, leastPodHours: number): BoundAnswer => ({
  ...{ key, apiVersion: 'apps/v1', optedIn: false, baseline: 'fixed', label: '4 pods', hours: 168 },
  ...{ podHours, leastPodHours, servedShare: 1, startsPerDay: 0, notes: [] },
});
const ran = (podHours: number) => ({ podHours, servedShare: 1, starts: 0 });
const opted = (key: string, saved: number | undefined) =>
  ({
    key,
    baseline:
      saved === undefined ? { why: 'only observed', madeSeconds: null } : { own: ran(100), hpa: ran(100 + saved) },
  }) as unknown as FleetRow;

it('has what was replayed first, then bounds, then what nobody knows; each workload once', () => {
  const fleet = [
    opted('a/Deployment/small', 5),
    opted('a/Deployment/large', 50),
    opted('a/Deployment/seen', undefined),
    opted('a/Deployment/young', undefined),
    opted('a/Deployment/blind', undefined),
  ];
  const all = [
    bound('b/Deployment/wide', 900, 100),
    bound('a/Deployment/large', 1_000, 0),
    bound('a/Deployment/seen', 300, 200),
    { key: 'b/Deployment/idle', why: 'no data', fault: false },
    { key: 'a/Deployment/blind', why: 'its container requests no CPU', fault: false },
  ];
  expect(ranking(fleet, all).map(({ key, basis }) => `${key.split('/')[2]} ${basis}`)).toEqual([
    'large replayed',
    'small replayed',
    'wide bound',
    'seen bound',
    'blind unknown',
    'young unknown',
    'idle unknown',
  ]);
  const [, , , seen, blind, young] = ranking(fleet, all);
  expect(seen!.opted).toBe(fleet[2]);
  // What is in the way of any figure, before what is but waited for.
  expect(blind).toMatchObject({ why: 'its container requests no CPU' });
  expect(young).toMatchObject({ why: 'only observed' });
});
