import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { pause } from '../cluster/server-process.ts';
import { until } from '../redis/redis-settings.ts';
import { ForecasterWorld, print } from './forecaster-world.ts';

/*
 * Refits on a real Redis by real `prescale forecaster` processes, which die, freeze and meet what they don't know. This process
 * asks for them, as the actuator does.
 */

/** Promised after a fault's end. */
const RECOVERED_SECONDS = 30;
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
  }, 500_000);
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
      await pause(300 * random());
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
      'given up': failed.length,
      'submissions refused': refused,
      'all done, seconds after the last kill': recovered,
    });
    expect(lost).toEqual([]);
    expect(failed).toEqual([]);
    expect(refused).toBe(0);
    expect(world.late).toEqual([]);
    expect(world.doubled).toBeLessThanOrEqual(KILLS);
    expect(recovered).toBeLessThanOrEqual(RECOVERED_SECONDS);
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
      expect(taken).toBeLessThanOrEqual(RECOVERED_SECONDS);
      expect(world.publications.map(({ round }) => round)).toEqual([1, 2]);
      expect(await world.lost()).toEqual([]);
      expect(await world.queue.counts()).toMatchObject({ running: 0, waiting: 0, failed: 0 });
    },
  );
});
