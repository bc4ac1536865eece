import { randomBytes } from 'node:crypto';
import { type Leadership, leaderElection } from '../../actuator/leader/leader.ts';
import type { AddonConfig } from '../../addon/config/config.ts';
import type { HttpKubernetesApi } from '../../kubernetes/client/http-api.io.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { epochSeconds, monotonic, sleep } from '../process.ts';

export interface Electing {
  readonly api: HttpKubernetesApi;
  readonly config: AddonConfig;
  readonly namespace: string;
  readonly instance: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The last write is through. */
  readonly finished: Promise<void>;
  readonly onStarted: () => void;
  /** Why another replica would lead better; undefined: none would. */
  readonly unfit: () => string | undefined;
  /** Leads no more: finishes the writes under way. */
  readonly rest: () => Promise<void>;
  readonly onError: (error: Error) => void;
}

/** The replica's name within the identity that it writes into the lease. */
export function replicaOf(identity: string | undefined): string | undefined {
  return identity?.replace(/_[0-9a-f]{8}$/, '');
}

/** Takes part in the election; a process that lost it ends. */
export function elect({ api, config, namespace, instance, log, signal, finished, ...told }: Electing): Leadership {
  const { leaderElection: election } = config;
  return leaderElection({
    api,
    namespace: election.namespace ?? namespace,
    name: election.lease,
    identity: `${instance}_${randomBytes(4).toString('hex')}`,
    leaseSeconds: election.leaseSeconds,
    renewDeadlineSeconds: election.renewSeconds,
    retrySeconds: election.retrySeconds,
    monotonicNow: monotonic,
    wallNow: epochSeconds,
    sleep,
    random: Math.random,
    signal,
    onStarted: () => {
      log.info('leads: this replica acts');
      told.onStarted();
    },
    onStopped: () => finished,
    unfit: told.unfit,
    onHandOver: async (why) => {
      log.warn('leadership is handed over to a replica that is better off', { why });
      await told.rest();
    },
    onLost: (why) => {
      // What this process believes may no longer be true: nothing but a new start is safe.
      log.error('leadership is lost', { why });
      process.exit(1);
    },
    onError: (error) => {
      log.warn('the lease could not be renewed or taken', { error });
      told.onError(error);
    },
  });
}
