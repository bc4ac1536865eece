import { eventRecorder } from '../../actuator/events.ts';
import { type Leadership, leaderElection } from '../../actuator/leader/leader.ts';
import { Addon, type AddonStores } from '../../addon/addon.ts';
import type { AddonConfig } from '../../addon/config/config.ts';
import { KeptStartups, type StartupKeeper } from '../../addon/sources/kept-startups.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { type Log, sampledLog } from '../../telemetry/log/log.ts';
import { OWN_NAMESPACE } from '../plant/cluster.ts';
import type { ProcessApi } from './api.ts';
import { type LogLine, NO_METRICS, simulatedLog } from './light-parts.ts';
import type { SimulatedProcess } from './process.ts';

/** A lease that could not be taken is said for so long. */
const LEASE_FAILING_SECONDS = 15;

/** What differs between one process for everything and an actuator over Redis. */
export interface ScalingStores extends AddonStores {
  readonly startups: StartupKeeper;
  /** Why a replica that is better off should lead instead. */
  readonly unfit?: () => string | undefined;
  /** Done again and again while it runs, as cli/ does. */
  readonly loops?: readonly { readonly everySeconds: number; readonly task: () => Promise<void> }[];
}

export interface ScalingBase {
  readonly process: SimulatedProcess;
  readonly api: ProcessApi;
  readonly config: AddonConfig;
  readonly log: Log;
  readonly isLeader: () => boolean;
  readonly unwanted: (id: string) => boolean;
  readonly queueLost: () => void;
}

export interface ScalingOptions {
  readonly process: SimulatedProcess;
  readonly api: ProcessApi;
  readonly config: AddonConfig;
  readonly random: () => number;
  readonly onLog: (line: LogLine) => void;
  readonly stores: (base: ScalingBase) => ScalingStores;
}

interface Running {
  readonly kept: KeptStartups;
  readonly log: Log;
  readonly onError: (error: Error) => void;
  readonly unfit: () => string | undefined;
}

/** A process that decides and scales, as cli/roles/scaling.ts composes it: `prescale run` or `prescale actuator`. */
export class ScalingProcess {
  readonly process: SimulatedProcess;
  private readonly addon: Addon;
  private leadership: Leadership | undefined;

  constructor(options: ScalingOptions) {
    const { process, api, config, random, stores } = options;
    this.process = process;
    const { clock, epochSeconds } = process;
    const log = sampledLog(simulatedLog(options.onLog), epochSeconds);
    const isLeader = () => this.leadership?.isLeader() === true;
    const unwanted = (id: string) => this.addon.unwanted(id);
    const queueLost = () => this.addon.queueLost();
    const {
      startups,
      unfit,
      loops = [],
      ...parts
    } = stores({ process, api, config, log, isLeader, unwanted, queueLost });
    const sketches = new StartupSketches(epochSeconds());
    const events = eventRecorder({
      api,
      instance: process.name,
      limits: { perMinute: 0.1 },
      monotonicNow: clock.nowSeconds,
      wallNow: epochSeconds,
      onError: (error) => log.warn('an event could not be written', { error }),
    });
    const lease = { why: '', failedSeconds: Number.NEGATIVE_INFINITY };
    const leaseProblem = () =>
      !isLeader() && clock.nowSeconds() - lease.failedSeconds < LEASE_FAILING_SECONDS
        ? `the lease ${config.leaderElection.lease} can't be read or taken: ${lease.why}`
        : undefined;
    this.addon = new Addon({
      api,
      config,
      namespace: OWN_NAMESPACE,
      sketches,
      events,
      metrics: NO_METRICS,
      isLeader,
      leaseProblem,
      log,
      ...parts,
      epochSeconds,
      random,
      clock,
    });
    const onError = (error: Error) => Object.assign(lease, { why: error.message, failedSeconds: clock.nowSeconds() });
    const kept = new KeptStartups({ sketches, keeper: startups, isLeader: () => this.leads, log, clock, epochSeconds });
    void this.run(options, { kept, log, onError, unfit: () => unfit?.() });
    for (const { everySeconds, task } of loops) void this.keepDoing(everySeconds, task, log);
  }

  get leads(): boolean {
    return this.process.alive && this.leadership?.isLeader() === true;
  }

  get statuses(): readonly WorkloadStatus[] {
    return this.addon.statuses;
  }

  /** Why it can't act, as /readyz says it. */
  get unready(): readonly string[] {
    return this.addon.unready();
  }

  private async run(
    { process, api, config, random }: ScalingOptions,
    { kept, log, onError, unfit }: Running,
  ): Promise<void> {
    const { clock, epochSeconds, name } = process;
    const { signal } = process.stopping;
    await kept.load();
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const finished = stopped.then(() => this.addon.stop());
    const { leaseSeconds, renewSeconds, retrySeconds, lease } = config.leaderElection;
    this.leadership = leaderElection({
      api,
      namespace: OWN_NAMESPACE,
      name: lease,
      identity: name,
      leaseSeconds,
      renewDeadlineSeconds: renewSeconds,
      retrySeconds,
      monotonicNow: clock.nowSeconds,
      wallNow: epochSeconds,
      sleep: clock.sleep,
      random,
      signal,
      onError,
      onStarted: () => {
        log.info('leads: this replica acts');
        void this.addon.takeOver();
      },
      onStopped: () => finished,
      unfit,
      onHandOver: async (why) => {
        log.warn('leadership is handed over to a replica that is better off', { why });
        await this.addon.rest();
      },
      onLost: (why) => process.end(why),
    });
    const keeping = kept.keep(signal);
    await this.addon.run();
    await Promise.all([finished, keeping, this.leadership.done]);
    process.end('stopped');
  }

  private async keepDoing(everySeconds: number, task: () => Promise<void>, log: Log): Promise<void> {
    const { clock, stopping } = this.process;
    while (!stopping.signal.aborted) {
      await clock.sleep(everySeconds, stopping.signal);
      try {
        if (!stopping.signal.aborted) await task();
      } catch (error) {
        log.warn('failed and is tried again', { error: messageOf(error) });
      }
    }
  }
}
