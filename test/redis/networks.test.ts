import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TrainingQueue, trainingQueue } from '../../redis/queue/training-queue.io.ts';
import { RedisNetworkStore } from '../../redis/stores/neural-model-store.io.ts';
import { networkStoreContract } from '../../storage/neural-model-store.contract.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts, until } from './redis-settings.ts';

let server: RedisServer;
let client: Redis;
beforeAll(async () => {
  server = await startRedis();
  client = new Redis({ port: server.port });
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});
beforeEach(() => client.flushall());

networkStoreContract(
  'Redis',
  async () => new RedisNetworkStore(client, 'prescale', storeParts()),
  () => new RedisNetworkStore(client, 'prescale', storeParts()),
);

describe('trainings', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  function forecaster(train: () => Promise<void>): TrainingQueue {
    const connections = [
      new Redis({ port: server.port }),
      new Redis({ port: server.port, maxRetriesPerRequest: null }),
    ];
    const [own, connection] = connections;
    const queue = trainingQueue(
      { client: own!, connection: connection!, keyPrefix: 'prescale', hourUtc: 2, onFault: () => {} },
      train,
    );
    closing.push(async () => {
      await queue.close();
      for (const each of connections) each.disconnect();
    });
    return queue;
  }

  it('are asked for once a night however many forecasters ask, at the hour', async () => {
    const queues = [1, 2, 3].map(() => forecaster(async () => {}));
    await Promise.all(queues.map((queue) => queue.schedule()));
    const delayed = await client.zrange('prescale:{jobs}:train:delayed', 0, '-1');
    expect(delayed).toHaveLength(1);
    const at = Number(/\d{13}/.exec(delayed[0]!)![0]);
    expect(new Date(at).getUTCHours()).toBe(2);
    expect(at).toBeGreaterThan(Date.now());
  });

  it('are run once, by whichever forecaster is free', async () => {
    let runs = 0;
    const run = async () => {
      runs++;
    };
    const [first] = [forecaster(run), forecaster(run)];
    await first!.trainNow();
    await until('the training', async () => runs === 1);
    expect(runs).toBe(1);
  });
});
