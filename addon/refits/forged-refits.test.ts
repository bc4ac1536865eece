import { expect, it } from 'vitest';
import { World, wave } from '../../test/engine-world.ts';
import { rememberedRefit } from '../../test/remembered-refit.ts';
import type { RefitRequest } from './refit.ts';

/* A refit that comes back for another policy than the object's: forged by who may write to the store, or made before an annotation changed. */

const MINUTE = 60;
const WEB = 'shop/Deployment/web';
type Request = RefitRequest;

/** Each of them asked for 40 pods or one where 60 were needed, as long as a refit said what a pod serves. */
const FORGED: readonly (readonly [string, (request: Request) => Request])[] = [
  [
    'pods of a third of the capacity',
    (r) => ({ ...r, policy: { ...r.policy, podCapacity: r.policy.podCapacity / 3 } }),
  ],
  [
    'pods of a hundred times the capacity',
    (r) => ({ ...r, policy: { ...r.policy, podCapacity: 100 * r.policy.podCapacity } }),
  ],
  ['an SLO that is no longer asked for', (r) => ({ ...r, policy: { ...r.policy, unmetTargetBp: 900 } })],
  ['the forecast alone, without the load as a floor', (r) => ({ ...r, policy: { ...r.policy, mode: 'predictive' } })],
  ['a lead time of an hour where pods take 20 s', (r) => ({ ...r, leadTimeSeconds: 3_600 })],
];

it.each(FORGED)('%s: is not used and said, the load decides, and another refit is asked for', async (_, forge) => {
  const honest = new World();
  const world = new World();
  const refs = await Promise.all(
    [honest, world].map((one) => one.add('web', { replicas: 60, loads: [wave], days: 2 })),
  );
  let forged = 0;
  world.refit = (__, request) => {
    forged++;
    return rememberedRefit(forge(request));
  };
  const status = (await world.pass(3 * MINUTE)).get(WEB)!;
  expect(status.error).toMatch(/another one is made$/);
  expect(status.model.kind).toBe('learning');
  expect(forged).toBeGreaterThan(1);
  // Nothing of it is believed meanwhile: no pod is taken away, and none is added for a load that isn't there.
  expect(await world.replicas(refs[1]!)).toBe(60);
  world.refit = (__, request) => rememberedRefit(request);
  const [mended, expected] = [(await world.pass(10 * MINUTE)).get(WEB)!, (await honest.pass(13 * MINUTE)).get(WEB)!];
  expect(mended.error).toBeUndefined();
  expect(mended.model.kind).toBe(expected.model.kind);
  expect(Math.abs(mended.replicas.wanted - expected.replicas.wanted)).toBeLessThanOrEqual(1);
});
