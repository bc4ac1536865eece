import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { pause } from '../cluster/server-process.ts';
import { until } from '../redis/redis-settings.ts';
import { ForecasterWorld } from './forecaster-world.ts';
import { newerBuild } from './foreign-data.ts';
import { print } from './print.ts';
import { recoverySeconds } from './recovery.ts';

/*
 * Refits on a real Redis by real `prescale forecaster` processes, which die, freeze and meet what they don't know. This process
 * asks for them, as the actuator does.
 */

const nowSeconds = () => Date.now() / 1000;

/** Each has a Redis and forecasters of its own, so that all run at once: most of their time they wait. */
function story(name: string, play: (world: ForecasterWorld) => Promise<void>): void {
  it.concurrent(name, async () => {
    const world = await ForecasterWorld.start();
    try {
      await play(world);
    } finally {
      await world.stop();
    }
  }, 1_250_000);
}

/** Asks again and again, so that about a hundred refits wait at any time, until it is told to end. */
function load(world: ForecasterWorld, ids: readonly string[]) {
  const random = seededRandom(8);
  let going = true;
  let refused = 0;
  const done = (async () => {
    while (going) {
      try {
        if ((await world.queue.depth()) < 100) {
          for (let i = 0; i < 20; i++) await world.ask(ids[Math.floor(random() * ids.length)]!);
        }
      } catch {
        refused++;
      }
      await pause(200);
    }
  })();
  return {
    end: async () => {
      going = false;
      await done;
      return refused;
    },
  };
}

describe('forecasters', () => {
  story('killed a hundred times under load: every refit that was asked for is published in the end', async (world) => {
    const KILLS = 100;
    const ids = await world.withHistories(300);
    for (const id of ids) await world.ask(id);
    const all = await Promise.all(['f0', 'f1', 'f2'].map((name) => world.forecaster(name)));
    await until('a first forecast', () => world.publications.length > 0);
    const loading = load(world, ids);
    const random = seededRandom(1);
    const started = nowSeconds();
    let running = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = all[Math.floor(random() * all.length)]!;
      await pause(150 * random());
      running += (await world.queue.counts()).running > 0 ? 1 : 0;
      await victim.stop('SIGKILL');
      await victim.start();
    }
    const killing = nowSeconds() - started;
    const refused = await loading.end();
    const last = nowSeconds();
    await world.idle(60);
    const recovered = nowSeconds() - last;
    const asked = [...world.asked.values()].reduce((sum, rounds) => sum + rounds, 0);
    const lost = await world.lost();
    const failed = await world.queue.failed();
    print('kill -9 of forecasters', {
      kills: KILLS,
      'while jobs ran': running,
      'within seconds': killing,
      refits: asked,
      published: world.publications.length,
      lost: lost.length,
      doubled: world.doubled,
      'published over a newer one': world.late.length,
      failed: failed.length,
      'submissions refused': refused,
      'all done, seconds after the last kill': recovered,
    });
    expect(lost).toEqual([]);
    expect(failed).toEqual([]);
    expect(refused).toBe(0);
    expect(world.late).toEqual([]);
    expect(world.doubled).toBeLessThanOrEqual(KILLS);
    expect(recovered).toBeLessThanOrEqual(recoverySeconds(0));
  });

  story(
    'one that stands still for 40 s: another runs its refit, and what it publishes late replaces nothing',
    async (world) => {
      const [id] = (await world.withHistories(1)) as [string];
      const frozen = await world.forecaster('frozen');
      // Calibration takes a moment, long enough to be stopped in.
      await world.ask(id, 0, 'fresh');
      await until('the refit to run', async () => (await world.queue.counts()).running === 1);
      frozen.kill('SIGSTOP');
      const froze = nowSeconds();
      expect(world.publications).toEqual([]);
      await world.forecaster('other');
      await until('another to publish it', () => world.publications.length > 0, 40);
      const taken = nowSeconds() - froze;
      // Asked with what changed since; the history has not grown by a minute yet.
      await world.ask(id);
      await until('the newer one', () => world.publications.length > 1);
      await pause(40_000 - (nowSeconds() - froze) * 1000);
      frozen.kill('SIGCONT');
      await pause(8_000);
      print('a forecaster that stood still for 40 s', {
        'its refit was done by another after s': taken,
        publications: world.publications.map(({ round }) => round).join(' '),
        late: world.late.length,
      });
      expect(taken).toBeLessThanOrEqual(recoverySeconds(0));
      expect(world.publications.map(({ round }) => round)).toEqual([1, 2]);
      expect(await world.lost()).toEqual([]);
      expect(await world.queue.counts()).toMatchObject({ running: 0, waiting: 0, failed: 0 });
    },
  );

  story(
    'Redis killed and started again from its file, without its last second: what that took is asked for again',
    async (world) => {
      const KILLS = 5;
      const ids = await world.withHistories(150);
      for (const id of ids) await world.ask(id);
      await Promise.all(['f0', 'f1', 'f2'].map((name) => world.forecaster(name)));
      await until('a first forecast', () => world.publications.length > 0);
      const loading = load(world, ids);
      const recovered: number[] = [];
      const took: string[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        await pause(4_000);
        const cut = await world.killRedisWithoutPower();
        const before = world.publications.length;
        const asked = nowSeconds();
        await world.server.restart();
        const back = nowSeconds();
        await until('a forecast', () => world.publications.length > before, recoverySeconds(0));
        recovered.push(nowSeconds() - back);
        took.push(`${cut} bytes`);
        expect(back - asked).toBeLessThan(recoverySeconds(0));
      }
      const refused = await loading.end();
      await world.idle(60);
      const lost = await world.lost();
      const old = lost.filter((id) => !world.wasForgotten(id));
      // As the actuator does, which finds an empty queue and no forecast.
      for (const id of lost) await world.ask(id);
      await world.idle(60);
      print('Redis killed, its last second lost', {
        kills: KILLS,
        'cut off its file': took.join(', '),
        'forecasts come again after s': recovered.map((seconds) => seconds.toFixed(1)).join(', '),
        'submissions refused meanwhile': refused,
        'lost of the last second': lost.length,
        'lost of what is older': old.length,
        'lost in the end': (await world.lost()).length,
        doubled: world.doubled,
        failed: (await world.queue.failed()).length,
      });
      expect(old).toEqual([]);
      expect(await world.lost()).toEqual([]);
      expect(await world.queue.failed()).toEqual([]);
    },
  );

  story(
    'of another version: a newer job waits for a newer forecaster, a newer forecast is left alone, newer data refused',
    async (world) => {
      const ids = await world.withHistories(3);
      const [newer, known] = ids as [string, string];
      const old = await world.forecaster('old');
      await world.askInVersion(newer, 2);
      await world.ask(known);
      await until('the known one', async () => (await world.published(known)) === 1);
      await until('it to be said', () => old.log().includes('a job of version 2, and this worker knows up to 1'));
      expect(await world.queue.counts()).toMatchObject({ backingOff: 1, failed: 0 });
      // The rollout goes on.
      await old.stop();
      const next = await world.forecaster('next', { main: newerBuild(world.folder) });
      await until('the newer one', async () => (await world.bytesOf(newer)) > 0, 70);
      await world.idle(5);
      // What it published is not understood here, which is said once, and stays.
      expect(await world.forecasts.news()).toContain(newer);
      const size = await world.bytesOf(newer);
      for (let look = 0; look < 3; look++) expect(await world.forecasts.take(newer, nowSeconds())).toBeUndefined();
      expect(world.damage).toEqual([expect.stringContaining(`the forecast of ${newer} can't be used: a refit of`)]);
      const [, found, expected] = /version (\d+) found, version (\d+) expected$/.exec(world.damage[0]!)!;
      expect(Number(found)).toBe(Number(expected) + 1);
      expect(await world.bytesOf(newer)).toBe(size);
      expect((await world.forecasts.take(known, nowSeconds()))?.payload.policy.max).toBeGreaterThan(0);
      print('versions', { 'a newer job': 'done by the newer forecaster', failed: (await world.queue.failed()).length });
      await next.stop();
      await world.connection.client.set(world.keys.schema, '2');
      const refusing = await world.forecaster('refusing');
      await until('it to be said', async () => (await refusing.get('/readyz')).includes('a newer Prescale wrote it'));
    },
  );

  story('histories that are poisoned: their refits fail in words, the others are forecast on time', async (world) => {
    const ids = await world.withHistories(50);
    const poisons = await world.poison(ids.slice(0, 8));
    await world.forecaster('only');
    const asked = nowSeconds();
    for (const id of ids) await world.ask(id);
    // Without data it is a history all the same.
    const unreadable = ids.slice(0, 8).filter((_, i) => poisons[i] !== 'no data');
    const readable = ids.filter((id) => !unreadable.includes(id));
    await until('all others', () => new Set(world.publications.map(({ id }) => id)).size === readable.length, 90);
    const took = nowSeconds() - asked;
    const wrong: string[] = [];
    for (const id of ids.slice(8)) {
      const forecast = await world.forecasts.take(id, nowSeconds());
      if (!((forecast?.payload.learnedDays ?? 0) > 6.9)) wrong.push(id);
    }
    await world.idle(90);
    const failed = await world.queue.failed();
    print('poisoned histories', {
      'the other 43 within s': took,
      'of these wrong': wrong.length,
      failed: failed.length,
      said: failed.map(({ error }) => error.replace(/^the history of \S+ /, '')).join(' | '),
    });
    expect(wrong).toEqual([]);
    expect(failed.map(({ id }) => id).sort()).toEqual([...unreadable].sort());
    for (const { id, error } of failed) expect(error).toContain(`the history of ${id}: found`);
  });

  story(
    'with the wrong password: says so, does not crash, and works as soon as the file is right, at the start and after a rotation',
    async (world) => {
      const ids = await world.withHistories(2);
      world.writePassword('wrong');
      await world.requirePassword('first');
      const forecaster = await world.forecaster('only', { redis: { passwordFile: world.passwordFile } });
      const { pid } = forecaster;
      const refused = async () => {
        await until('readyz to say so', async () => /refused the password/.test(await forecaster.get('/readyz')));
        await pause(3_000);
        expect(forecaster.pid).toBe(pid);
        expect(await forecaster.get('/healthz')).toBe('ok\n');
        expect(forecaster.log()).toContain('redis.passwordFile');
      };
      const works = async (id: string, password: string) => {
        const mended = nowSeconds();
        world.writePassword(password);
        await world.ask(id);
        await until('the forecast', async () => (await world.published(id)) > 0, recoverySeconds(0));
        await until('readyz', async () => !/Redis/.test(await forecaster.get('/readyz')));
        return nowSeconds() - mended;
      };
      await refused();
      const start = await works(ids[0]!, 'first');
      await world.requirePassword('second');
      await refused();
      const rotation = await works(ids[1]!, 'second');
      print('a wrong password', {
        'at the start: works again after s': start,
        'rotation: works again after s': rotation,
      });
    },
  );
});
