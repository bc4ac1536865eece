import { messageOf } from '../../core/errors.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../../core/series.ts';
import type { NetworkShelf } from '../../forecaster/lead-time/neural/model-cache.ts';
import type { NetworkStore } from '../../storage/neural-model-store.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { AddonConfig } from '../config/config.ts';
import type { TrainingLoad, TrainingOutcome, TrainingTask } from './training-task.ts';

export interface NightlyNetworksParts {
  readonly store: NetworkStore;
  readonly shelf: NetworkShelf;
  readonly use: AddonConfig['network']['use'];
  /** Where it runs, on a thread of its own. @throws WorldError where the thread dies, takes too long or has no backend */
  readonly train: (task: TrainingTask, onProgress: (words: string) => void) => Promise<TrainingOutcome>;
  readonly log: Log;
}

/** The network that refits rehearse: the newest that was trained here, and how it becomes a newer one. */
export class NightlyNetworks {
  private readonly parts: NightlyNetworksParts;
  /** What was last looked at; undefined: nothing yet. */
  private seen: string | undefined;

  constructor(parts: NightlyNetworksParts) {
    this.parts = parts;
    if (parts.use === 'none') parts.shelf.put('off');
  }

  /** Looks what is in use. One that can't be used is said once; what was at hand stays. */
  async refresh(): Promise<void> {
    const { store, shelf, use, log } = this.parts;
    if (use !== 'trained') return;
    const bytes = await store.current();
    // The hash of its content stands at its end.
    const mark = bytes ? Buffer.from(bytes.subarray(-32)).toString('hex') : 'shipped';
    if (mark === this.seen) return;
    this.seen = mark;
    try {
      shelf.put(bytes ?? 'shipped');
    } catch (error) {
      log.error('the trained network can not be used: the one at hand stays', { error });
    }
  }

  /** Trains, and publishes or takes back. The store keeps what it had where anything fails. @param loads handed over: not to be used again */
  async night(loads: readonly TrainingLoad[], nowSeconds: number): Promise<TrainingOutcome> {
    const { store, log, train } = this.parts;
    const seed = Math.floor(nowSeconds / DAY_SECONDS);
    const task = { loads, current: await store.current(), previous: await store.previous(), seed };
    const outcome = await train(task, (words) => log.debug('training the network', { words }));
    if (outcome.kind === 'published') await store.publish(outcome.bytes);
    if (outcome.kind === 'rolled-back') {
      await store.rollBack();
      // What was there before it is no better than the shipped one.
      if (outcome.to === 'shipped' && (await store.current())) await store.rollBack();
    }
    log.info(`network ${outcome.kind}`, { why: outcome.why });
    await this.refresh();
    return outcome;
  }
}

export interface NightsParts {
  readonly networks: NightlyNetworks;
  readonly settings: AddonConfig['network'];
  readonly isLeader: () => boolean;
  /** What is to be learned from, asked for when it is time. */
  readonly loads: () => Promise<TrainingLoad[]>;
}

/** In one process with all roles: each night at the hour, by the replica that leads; first at the first such hour after the start. */
export class Nights {
  private readonly parts: NightsParts;
  private last: number;

  constructor(parts: NightsParts, nowSeconds: number) {
    this.parts = parts;
    this.last = nightOf(nowSeconds, parts.settings.training.hourUtc);
  }

  /** To be called every few minutes. A training that fails is not tried again before the next night. */
  async look(nowSeconds: number): Promise<void> {
    const { networks, settings, isLeader, loads } = this.parts;
    await networks.refresh();
    const { use, training } = settings;
    const night = nightOf(nowSeconds, training.hourUtc);
    if (night === this.last) return;
    this.last = night;
    if (use === 'trained' && training.enabled && isLeader()) await networks.night(await loads(), nowSeconds);
  }
}

/** Which night an instant belongs to: the training of a night begins at this hour, UTC. */
export function nightOf(epochSeconds: number, hourUtc: number): number {
  return Math.floor((epochSeconds - hourUtc * HOUR_SECONDS) / DAY_SECONDS);
}

/** Who a load belongs to and what its learner was made for. */
export interface TaughtMetric {
  readonly id: string;
  readonly leadSeconds: number;
  readonly podCapacity: number;
}

/**
 * The histories of at most so many metrics, drawn by chance where there are more; one that can't be read is left out.
 * @param read undefined: it has none
 */
export async function loadsOf(
  metrics: readonly TaughtMetric[],
  most: number,
  read: (id: string) => Promise<TrainingLoad['history'] | undefined>,
  { log, random }: { readonly log: Log; readonly random: () => number },
): Promise<TrainingLoad[]> {
  const loads: TrainingLoad[] = [];
  for (const metric of drawn(metrics, most, random)) {
    try {
      const history = await read(metric.id);
      if (history) loads.push({ ...metric, history });
    } catch (error) {
      log.warn('a history was left out of the training', { metric: metric.id, why: messageOf(error) });
    }
  }
  return loads;
}

function drawn<T>(from: readonly T[], most: number, random: () => number): T[] {
  const pool = [...from];
  const out: T[] = [];
  while (out.length < most && pool.length > 0) {
    const at = Math.floor(random() * pool.length);
    out.push(pool[at]!);
    pool[at] = pool.at(-1)!;
    pool.pop();
  }
  return out;
}
