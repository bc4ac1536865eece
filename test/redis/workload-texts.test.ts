import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RedisKeys } from '../../redis/keys.ts';
import { RedisWorkloadTexts } from '../../redis/stores/workload-texts.io.ts';
import { workloadTextsContract } from '../../storage/workload-texts.contract.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { storeParts } from './redis-settings.ts';

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

workloadTextsContract(
  'Redis',
  async () => new RedisWorkloadTexts(client, 'prescale', 'journal', storeParts()),
  () => new RedisWorkloadTexts(client, 'prescale', 'journal', storeParts()),
);

it('something else under its key is said, and removed: it would stand in the way for ever', async () => {
  const damage: string[] = [];
  const parts = storeParts({ onDamage: (message) => damage.push(message) });
  const store = new RedisWorkloadTexts(client, 'prescale', 'journal', parts);
  await client.set(new RedisKeys('prescale').texts('journal'), 'no hash');
  await store.write(new Map([['a', '1']]), []);
  expect(damage).toEqual([expect.stringContaining('prescale:journal')]);
  expect((await store.get(['a'])).get('a')).toBe('1');
});

it('kinds do not know of each other', async () => {
  const journal = new RedisWorkloadTexts(client, 'prescale', 'journal', storeParts());
  const ledger = new RedisWorkloadTexts(client, 'prescale', 'ledger', storeParts());
  await journal.write(new Map([['a', '1']]), []);
  expect(await ledger.keys()).toEqual([]);
});
