import { describe, expect, it } from 'vitest';
import { START, World, wave } from '../../test/engine-world.ts';
import { expectedChange } from './expected-change.ts';

const MINUTE = 60;
const KEY = 'shop/Deployment/web';

describe('the next change of a workload', () => {
  it('is told from the days before, and comes', async () => {
    const world = new World();
    await world.add('web', { replicas: 20, loads: [wave], days: 7 });
    await world.pass(30 * MINUTE);
    const web = world.engine.get(KEY)!;
    const next = expectedChange(web)!;
    const wanted = web.proposal!.decision.replicas;
    expect(next.atSeconds).toBeGreaterThan(web.decidedSeconds);
    await world.pass(next.atSeconds + 15 * MINUTE - web.decidedSeconds);
    const then = world.engine.get(KEY)!.proposal!.decision.replicas;
    expect(Math.sign(then - wanted)).toBe(Math.sign(next.replicas - wanted));
  });

  it('is told from bounds that are scheduled, so that a minimum is Ready when it begins', async () => {
    const world = new World();
    const at = new Date((START + 60 * MINUTE) * 1000);
    const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    const bounds = [{ cron, timeZone: 'UTC', durationSeconds: 3_600, min: 90, max: undefined, except: [] }];
    await world.add('web', { replicas: 20, loads: [() => 100], days: 0, policy: { bounds, maxReplicas: 100 } });
    await world.pass(10 * MINUTE);
    const next = expectedChange(world.engine.get(KEY)!)!;
    expect(next.replicas).toBe(90);
    expect(next.atSeconds).toBeGreaterThan(START + 50 * MINUTE);
    expect(next.atSeconds).toBeLessThanOrEqual(START + 60 * MINUTE);
  });

  it('is none while it is paused', async () => {
    const world = new World();
    await world.add('web', { replicas: 20, loads: [wave], days: 7, policy: { paused: 'all' } });
    await world.pass(30 * MINUTE);
    expect(expectedChange(world.engine.get(KEY)!)).toBeUndefined();
  });
});
