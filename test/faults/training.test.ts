import { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { LEAD_TIME_LAYOUT } from '../../forecaster/lead-time/neural/neural-model.ts';
import { decodeArtefact } from '../../models/neural/artefact.ts';
import { RedisNetworkStore } from '../../redis/stores/neural-model-store.io.ts';
import { storeParts, until } from '../redis/redis-settings.ts';
import { ForecasterWorld } from './forecaster-world.ts';
import { print } from './print.ts';

/** A stalled job is found half a minute after its lock of a minute, at most; then the training itself. */
const TAKEN_OVER_SECONDS = 240;

it('a forecaster is killed while it trains the network: another trains it, publishes it, and refits go on meanwhile', async () => {
  const world = await ForecasterWorld.start();
  const { client } = world.connection;
  const trainings = new Queue('train', { connection: client, prefix: 'prescale:{jobs}' });
  try {
    const ids = await world.withHistories(60);
    const first = await world.forecaster('first');
    for (const id of ids) await world.ask(id);
    await world.idle(120);
    await trainings.add('train', {}, { attempts: 3 });
    await until('the training to run', async () => (await trainings.getActiveCount()) === 1);
    await first.stop('SIGKILL');
    const killed = Date.now() / 1000;
    await world.forecaster('second');
    const store = new RedisNetworkStore(client, 'prescale', storeParts());
    for (const id of ids) await world.ask(id);
    await world.idle(120);
    const refits = Date.now() / 1000 - killed;
    await until('a network', async () => (await store.current()) !== undefined, TAKEN_OVER_SECONDS);
    const { note } = decodeArtefact((await store.current())!, LEAD_TIME_LAYOUT);
    expect(note.trainedOn).toMatch(/^\d+ loads of this cluster, from the shipped network/);
    expect(note.heldOutLoss).toBeLessThan(note.firstLoss);
    await until('the training to be done', async () => (await trainings.getActiveCount()) === 0);
    expect(await trainings.getFailedCount()).toBe(0);
    expect(await world.lost()).toEqual([]);
    print('kill -9 of a forecaster that trains', {
      'refits of all meanwhile, seconds': refits,
      'trained by another, seconds after': Date.now() / 1000 - killed,
      'loss before': note.firstLoss.toFixed(5),
      after: note.heldOutLoss.toFixed(5),
    });
  } finally {
    await trainings.close();
    await world.stop();
  }
}, 1_500_000);
