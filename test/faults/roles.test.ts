import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisKeys } from '../../redis/keys.ts';
import { RedisHistoryStore } from '../../redis/stores/history-store.io.ts';
import { secondsUntil, trajectory } from '../cluster/fault-watch.ts';
import type { Cluster } from '../cluster/harness.ts';
import { releaseMac } from '../cluster/prescale.ts';
import { pause } from '../cluster/server-process.ts';
import { storeParts } from '../redis/redis-settings.ts';
import { type JumpingCluster, jumpingCluster } from './jumping-cluster.ts';
import { print } from './print.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { recoverySeconds } from './recovery.ts';
import { RoleWorld } from './role-world.ts';

/*
 * All roles as processes, on a real Redis, Prometheus and control plane; three releases, each with faults of its own one after the
 * other. Loads stand still, so that no pod has a reason to go, and jump where a fault is to meet a scale-up.
 */

const nowSeconds = () => Date.now() / 1000;
const keysOf = (namespace: string, count: number) => Array.from({ length: count }, (_, i) => `${namespace}/w${i}`);
const STORE = keysOf('store', 10);
const CUTS = keysOf('cuts', 12);

const keys = new RedisKeys('prescale');
const ROLES = ['collector-0', 'forecaster-0', 'actuator-0'];

let there: JumpingCluster;
let cluster: Cluster;
const surge = (key: string) => there.surge(key);

beforeAll(async () => {
  there = await jumpingCluster([...STORE, ...CUTS]);
  cluster = there.cluster;
}, 450_000);

afterAll(async () => {
  for (const key of there.surged.keys()) console.log(`${key}: ${trajectory(there.replicas.of(key))}`);
  await there?.stop();
}, 150_000);

/** Releases can't disturb each other: their faults run together. */
function story(name: string, play: () => Promise<void>): void {
  it.concurrent(name, play, 2_250_000);
}

describe('roles', () => {
  story(
    'over a Redis that is emptied, frozen for a minute, full, and told to evict: nothing is lowered, and all works after it',
    async () => {
      const world = await RoleWorld.install(there, 'store', STORE);
      await world.open();
      const history = new RedisHistoryStore(
        world.client,
        'prescale',
        8,
        storeParts({ onDamage: () => undefined, mac: releaseMac() }),
      );
      const known = async () => {
        const ids = await history.ids();
        const all = await Promise.all(ids.map((id) => history.read(id)));
        return all.filter((series) => (series?.values.length ?? 0) > 6.9 * 1_440).length;
      };
      expect(await known()).toBe(STORE.length);

      const emptied = nowSeconds();
      surge(STORE[0]!);
      await world.client.flushall();
      const list = await secondsUntil(
        cluster,
        'the list',
        async () => (await world.client.hlen(keys.collected)) === STORE.length,
        recoverySeconds(),
      );
      const histories = await secondsUntil(cluster, 'the histories', async () => (await known()) === STORE.length, 60);
      const redecided = await world.decided(emptied + 15, recoverySeconds());
      await world.scaled(STORE[0]!, 60);
      print('Redis emptied (FLUSHALL)', {
        'list whole after s': list,
        'weeks of history after s': histories,
        'decided after s': histories + redecided,
        'jumped load served after s': nowSeconds() - emptied,
        lowered: world.lowered(emptied).join(' ') || 'none',
      });
      expect(world.lowered(emptied)).toEqual([]);

      const froze = nowSeconds();
      await world.redis.kill('SIGSTOP');
      surge(STORE[1]!);
      const noticed = await Promise.all(ROLES.map((name) => world.says(name, /Redis/, 30)));
      await pause(Math.max(0, 45_000 - (nowSeconds() - froze) * 1000));
      const without = await world.withoutMetric();
      await pause(Math.max(0, 60_000 - (nowSeconds() - froze) * 1000));
      await world.redis.kill('SIGCONT');
      const thawed = nowSeconds();
      const after = await world.decided(thawed, recoverySeconds());
      await Promise.all(ROLES.map((name) => world.says(name, /Redis/, 30, false)));
      await world.scaled(STORE[1]!, recoverySeconds());
      print('Redis frozen for 60 s', {
        'said by collector, forecaster, actuator after s': noticed.map((s) => s.toFixed(1)).join(', '),
        'workloads that said NoMetric': without.length,
        'decided after s': after,
        'jumped load served after s': nowSeconds() - thawed,
        lowered: world.lowered(froze).join(' ') || 'none',
      });
      expect(without.length).toBe(STORE.length);
      expect(world.lowered(froze)).toEqual([]);

      const full = nowSeconds();
      const used = /used_memory:(\d+)/.exec(await world.client.info('memory'))![1]!;
      await world.client.config('SET', 'maxmemory', String(Math.floor(Number(used) * 0.9)));
      surge(STORE[2]!);
      const said = await Promise.all(ROLES.map((name) => world.says(name, /full/, 60)));
      await secondsUntil(
        cluster,
        'workloads to say so',
        async () => (await world.withoutMetric()).length === STORE.length,
        120,
      );
      const held = nowSeconds() - full;
      await world.client.config('SET', 'maxmemory', '0');
      const freed = nowSeconds();
      const onAgain = await world.decided(freed, recoverySeconds());
      await world.scaled(STORE[2]!, recoverySeconds());
      print('Redis full', {
        'said by collector, forecaster, actuator after s': said.map((s) => s.toFixed(1)).join(', '),
        'workloads say NoMetric after s': held,
        'decided after s': onAgain,
        'jumped load served after s': nowSeconds() - freed,
        lowered: world.lowered(full).join(' ') || 'none',
      });
      expect(world.lowered(full)).toEqual([]);

      await world.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const refused = await Promise.all(ROLES.map((name) => world.says(name, /allkeys-lru.*noeviction/, 30)));
      await world.client.config('SET', 'maxmemory-policy', 'noeviction');
      const fine = await Promise.all(ROLES.map((name) => world.says(name, /allkeys-lru/, 30, false)));
      print('a policy that evicts', {
        'said after s': Math.max(...refused),
        'fine after s': Math.max(...fine),
      });

      const schedules = await secondsUntil(
        cluster,
        'the schedules',
        async () => (await world.client.zcard('prescale:{jobs}:refit-due:repeat')) === STORE.length,
        300,
      );
      print('Redis emptied (FLUSHALL)', { 'schedules whole after s': nowSeconds() - emptied, waited: schedules });
    },
  );

  story(
    'cut off from each other, by resets and without a word: nothing is lowered, and all works after it',
    async () => {
      const prometheus = await startProxy(Number(new URL(cluster.prometheus.url).port));
      const world = await RoleWorld.install(there, 'cuts', CUTS, { url: `http://127.0.0.1:${prometheus.port}` });
      const api = await startProxy(Number(new URL(cluster.apiUrl).port));
      const ways: Record<string, TcpProxy> = { 'collector-prometheus': prometheus, 'actuator-api': api };
      world.throughApi(api.port);
      for (const role of ['collector', 'forecaster', 'actuator'] as const) {
        const proxy = await startProxy(world.redis.port);
        ways[`${role}-redis`] = proxy;
        const addon = await world.start(role);
        await addon.stop();
        world.reconfigure(`${role}-0`, (config) =>
          Object.assign(config.redis!, { url: `redis://127.0.0.1:${proxy.port}` }),
        );
        await addon.start();
      }
      await world.deploy(CUTS);
      await world.decided(nowSeconds(), 180);
      const { ends } = world;
      const wrong: string[] = [];
      let at = 0;
      for (const [name, proxy] of Object.entries(ways)) {
        expect(proxy.open, name).toBeGreaterThan(0);
        for (const kind of ['cut', 'hang'] as const) {
          const key = CUTS[at++]!;
          const began = nowSeconds();
          proxy[kind]();
          surge(key);
          await pause(20_000);
          proxy.restore();
          const ended = nowSeconds();
          const fits = await world.fitted().catch(() => 0);
          const decided = await world.decided(ended, 60);
          const scaled = world.scaled(key, 60);
          if (name === 'forecaster-redis') {
            await secondsUntil(cluster, 'a fit', async () => (await world.fitted()) > fits, 60);
          }
          await scaled;
          print(`${name} ${kind === 'cut' ? 'reset' : 'silent'} for 20 s`, {
            'decided after s': decided,
            'jumped load served after s': nowSeconds() - ended,
            lowered: world.lowered(began).join(' ') || 'none',
          });
          if (world.lowered(began).length > 0) wrong.push(`${name} ${kind}: ${world.lowered(began).join(' ')}`);
          if (decided > recoverySeconds()) wrong.push(`${name} ${kind}: decided after ${decided} s`);
        }
      }
      print('cuts', { restarts: world.ends - ends });
      expect(wrong).toEqual([]);
      await Promise.all(Object.values(ways).map((proxy) => proxy.close()));
    },
  );
});
