import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ReconcileStored } from '../../addon/reconcile-stored.ts';
import { RedisForecastStore } from '../../redis/stores/forecast-store.io.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { textCodec } from './payload.ts';
import { QueueWorld } from './queue-world.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

const COUNT = 200;
const ids = Array.from({ length: COUNT }, (_, i) => `shop/Deployment/app-${i}#0`);

let server: RedisServer;
let client: Redis;
let world: QueueWorld;

beforeAll(async () => {
  server = await startRedis();
  client = new Redis({ port: server.port });
  world = new QueueWorld(server);
});
afterAll(async () => {
  await world.close();
  client.disconnect();
  await server.stop();
});

it('opting out while Redis is read-only or full leaves no schedule, refit, forecast or history for good', async () => {
  const { queue } = world;
  const handlers = storeParts({ onDamage: () => {} });
  const forecasts = new RedisForecastStore(client, 'prescale', textCodec, handlers);
  const history = new RedisHistoryStore(client, 'prescale', 2, handlers);
  const payload = { text: 'a', numbers: new Float64Array(0) };
  for (const [i, id] of ids.entries()) {
    await queue.submit(id, i, 0);
    await queue.repeat(id, i, 0, 3_600);
    await forecasts.publish(id, { untilSeconds: 1_800_000_000, expiresSeconds: 1_800_001_000, payload });
    await history.append(id, 1_800_000_000, 1);
  }
  const optedIn = new Set(ids);
  const asked: string[] = [];
  let now = 0;
  const each = (forget: (id: string) => Promise<void>) => (some: readonly string[]) => Promise.all(some.map(forget));
  const reconciling = new ReconcileStored({
    stored: [
      { what: 'refits', ids: () => queue.ids(), forget: each((id) => queue.cancel(id)) },
      {
        what: 'schedules',
        ids: () => queue.repeated(),
        forget: each((id) => queue.cancel(id)),
        restore: (some) => void asked.push(...some),
      },
      { what: 'forecasts', ids: () => forecasts.ids(), forget: each((id) => forecasts.forget(id)) },
      { what: 'histories', ids: () => history.ids(), forget: each((id) => history.forget(id)) },
    ],
    isLeader: () => true,
    unwanted: (id) => !optedIn.has(id),
    expected: () => [...optedIn],
    nowSeconds: () => now,
    log: SILENT,
  });
  const optOut = async (some: readonly string[]) => {
    for (const id of some) {
      optedIn.delete(id);
      await reconciling.letGo('refits', id, () => queue.cancel(id));
      await reconciling.letGo('forecasts', id, () => forecasts.forget(id));
    }
  };
  const left = async () =>
    Promise.all([queue.ids(), queue.repeated(), forecasts.ids(), history.ids()].map(async (all) => (await all).length));

  await client.config('SET', 'min-replicas-to-write', '1');
  await optOut(ids.slice(0, 100));
  await client.config('SET', 'min-replicas-to-write', '0');
  await client.config('SET', 'maxmemory', '1');
  await optOut(ids.slice(100, 195));
  await client.config('SET', 'maxmemory', '0');
  expect((await left()).every((count) => count > 5)).toBe(true);
  now = 10;
  await reconciling.tend();
  expect(await left()).toEqual([5, 5, 5, 5]);
  expect((await forecasts.take(ids[199]!, 1))?.payload.text).toBe('a');
  // The other way round: a schedule that is gone is asked for.
  expect(asked).toEqual([]);
  await queue.cancel(ids[199]!);
  now = 700;
  await reconciling.tend();
  expect(asked).toEqual([ids[199]]);
});
