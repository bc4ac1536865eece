import { expect, it } from 'vitest';
import { World, wave } from '../../test/engine-world.ts';
import type { RefitRequest } from '../refits/refit.ts';
import { refit } from '../refits/refit.ts';

const MINUTE = 60;
const calendarNames = { timeZone: 'Europe/Berlin', holidays: 'shop-days' };

/** A world that takes down which days each metric's refits were told. */
function watched(daysAbout: () => Promise<readonly number[]>) {
  const asked: [string, RefitRequest['policy']['calendarNames'], RefitRequest['holidayDays']][] = [];
  const world = new World({}, { holidays: { daysAbout } });
  world.refit = (id, request) => {
    asked.push([id.slice('shop/Deployment/'.length), request.policy.calendarNames, request.holidayDays]);
    return refit(request);
  };
  return { world, asked };
}

it('a refit is told the workload’s zone and its holidays, and one that names none is told nothing', async () => {
  const { world, asked } = watched(async () => [20, 24]);
  await world.add('berlin', { replicas: 60, loads: [wave], days: 3, policy: { calendarNames } });
  await world.add('utc', { replicas: 60, loads: [wave], days: 3 });
  await world.pass(2 * MINUTE);
  expect(asked.sort()).toEqual([
    ['berlin#0', calendarNames, [20, 24]],
    ['utc#0', undefined, undefined],
  ]);
});

it('another zone is learned at once; holidays that can’t be told are said, and all goes on without them', async () => {
  let problem: string | undefined = 'the calendar shop-days: no such file';
  const { world, asked } = watched(async () => {
    if (problem !== undefined) throw new Error(problem);
    return [24];
  });
  const ref = await world.add('web', { replicas: 60, loads: [wave], days: 3, policy: { calendarNames } });
  const status = (await world.pass(2 * MINUTE)).get('shop/Deployment/web')!;
  expect(status.error).toBe('the calendar shop-days: no such file; until then its holidays are days like others');
  expect(asked).toEqual([['web#0', calendarNames, undefined]]);

  problem = undefined;
  const moved = { ...calendarNames, timeZone: 'Asia/Tokyo' };
  const policy = { ...world.policyOf(ref), calendarNames: moved };
  await world.engine.apply({ kind: 'in', uid: 'web', ref, policy });
  const after = (await world.pass(2 * MINUTE)).get('shop/Deployment/web')!;
  expect(after.error).toBeUndefined();
  expect(asked.slice(1)).toEqual([['web#0', moved, [24]]]);
});
