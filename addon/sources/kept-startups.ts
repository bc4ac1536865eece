import type { StartupSketches } from '../../collector/startup/sketches.ts';
import type { Clock } from '../../core/clock.ts';
import { InputError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log/log.ts';

const KEEP_SECONDS = 300;

/** Where start-up latencies outlive the process. */
export interface StartupKeeper {
  /** Undefined: nothing is kept yet. */
  load(): Promise<unknown>;
  save(startups: unknown): Promise<void>;
  /** One for all replicas. */
  readonly shared: boolean;
}

export interface KeptStartupsParts {
  readonly sketches: StartupSketches;
  readonly keeper: StartupKeeper;
  readonly isLeader: () => boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly epochSeconds: () => number;
}

/** Start-up latencies outlive the process: written every five minutes and at the end; where replicas share them, by the leader. */
export class KeptStartups {
  private readonly parts: KeptStartupsParts;
  private loaded = false;

  constructor(parts: KeptStartupsParts) {
    this.parts = parts;
  }

  async load(): Promise<void> {
    try {
      await this.restore();
    } catch (error) {
      this.parts.log.warn('kept start-up times can not be read', { error });
    }
  }

  /** Until the signal; then once more. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.parts;
    while (!signal.aborted) {
      await clock.sleep(KEEP_SECONDS, signal);
      try {
        await this.save();
      } catch (error) {
        log.warn('keeping start-up times failed and is tried again', { error });
      }
    }
  }

  private async restore(): Promise<void> {
    const { keeper, sketches, log, epochSeconds } = this.parts;
    const kept = await keeper.load();
    this.loaded = true;
    try {
      if (kept !== undefined) sketches.restore(kept, epochSeconds());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn('kept start-up times are not understood', { error });
    }
  }

  /** What could not be read at the start is read first: it must not be written over. */
  private async save(): Promise<void> {
    const { keeper, isLeader, sketches, epochSeconds } = this.parts;
    if (keeper.shared && !isLeader()) return;
    if (!this.loaded) await this.restore();
    await keeper.save(sketches.serialize(epochSeconds()));
  }
}
