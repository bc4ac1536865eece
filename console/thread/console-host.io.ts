import { Worker } from 'node:worker_threads';
import { inParts } from '../../core/concurrency/in-parts.ts';
import { messageOf } from '../../core/errors.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { listenError } from '../../telemetry/http/listen-error.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { FleetFeed } from '../fleet/fleet-feed.ts';
import type { ConsoleAnswers, ConsoleSettings, ToAddon, ToConsole } from './messages.ts';

/** Of JavaScript's heap of the thread; 5,000 workloads take a fifth of it. A --max-old-space-size of the process takes its place. */
const HEAP_MB = 160;
const YOUNG_MB = 3;
/** Reading its code takes a second; where nothing comes of it, it hangs. */
const START_MS = 60_000;

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConsoleHostParts {
  /** The thread's script. */
  readonly script: URL;
  readonly settings: ConsoleSettings;
  readonly log: Log;
  readonly data: () => ConsoleAnswers;
  readonly statuses: () => readonly WorkloadStatus[];
  readonly restartDelayMs?: (ends: number) => number;
  /** Within what a tick's fleet takes to be told: lets others go first. */
  readonly pause?: () => Promise<void>;
}

/**
 * The addon's side of the console: starts its thread, posts the fleet after each tick, and answers what it asks. Nothing here waits for the
 * console, and one that ends is begun anew without the addon, ever later where it ends at once again.
 */
export class ConsoleHost {
  /** How often its thread ended though nobody asked for it. */
  failures = 0;
  private readonly parts: ConsoleHostParts;
  /** Another one with each thread, to which all is new. */
  private feed = new FleetFeed();
  /** Where it listens; before it does, where it is to. */
  private listen: Address;
  private worker: Worker | undefined;
  /** Does not listen yet. */
  private beginning: Worker | undefined;
  /** How often it ended without having run for long. */
  private ends = 0;
  private steady: NodeJS.Timeout | undefined;
  /** There was a tick: before it there is nothing to show. */
  private shown = false;
  /** The last message is being made, or was not taken yet: the next one says what changed since. */
  private posted = false;
  private closed = false;

  private constructor(parts: ConsoleHostParts) {
    this.parts = parts;
    this.listen = parts.settings.listen;
  }

  /** @throws WorldError, InputError: what holds the port where that is known, and what to set */
  static async start(parts: ConsoleHostParts): Promise<ConsoleHost> {
    const host = new ConsoleHost(parts);
    await host.begin();
    return host;
  }

  get address(): Address {
    return this.listen;
  }

  /** After a tick. */
  show(): void {
    this.shown = true;
    if (this.posted || this.closed || !this.worker) return;
    this.posted = true;
    void this.post(this.worker);
  }

  private async post(worker: Worker): Promise<void> {
    const { statuses, settings, pause, log } = this.parts;
    try {
      const data = this.parts.data();
      const source = { ...data.origin(), version: settings.version, faults: data.faults() };
      const shown = statuses();
      const draft = this.feed.begin(shown.length, source, data.baselines(), data.nextChanges());
      await inParts(shown, draft.add, pause);
      const message = draft.end();
      // Another one has a feed of its own.
      if (worker === this.worker) worker.postMessage(message, [message.figures.buffer as ArrayBuffer]);
    } catch (error) {
      log.error('the fleet could not be shown', { error });
      if (worker !== this.worker) return;
      this.feed = new FleetFeed();
      this.posted = false;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.steady);
    await Promise.all([this.worker?.terminate(), this.beginning?.terminate()]);
  }

  /** Resolves once it listens. Nothing that it says, nor its end, is missed meanwhile. */
  private begin(): Promise<void> {
    const { script, settings } = this.parts;
    const worker = new Worker(script, {
      // Where it listened before, also where the system had picked the port.
      workerData: { ...settings, listen: this.listen },
      name: 'console',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
      execArgv: [],
    });
    this.beginning = worker;
    let cause: Error | undefined;
    let answered = false;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        cause = new Error(`the console did not listen within ${START_MS / 1000} s`);
        void worker.terminate();
      }, START_MS);
      worker.on('message', (message: ToAddon) => {
        if (worker === this.worker) return this.take(worker, message);
        if (answered) return;
        answered = true;
        clearTimeout(late);
        if (message.kind === 'listening' && !this.closed) {
          this.listening(worker, message);
          return resolve();
        }
        void worker.terminate();
        notListening(this.listen, message).then(reject, reject);
      });
      worker.on('error', (error) => {
        cause = error;
      });
      worker.once('exit', (code) => {
        clearTimeout(late);
        if (worker === this.beginning) this.beginning = undefined;
        const error = cause ?? new Error(`its thread ended with code ${code}`);
        if (worker === this.worker) this.ended(error);
        else if (!answered) reject(error);
      });
    });
  }

  private listening(worker: Worker, { host, port }: Address): void {
    this.listen = { host, port };
    this.worker = worker;
    this.beginning = undefined;
    this.steady = setTimeout(() => {
      this.ends = 0;
    }, STEADY_MS).unref();
    this.feed = new FleetFeed();
    this.posted = false;
    if (this.shown) this.show();
  }

  /** What its readers waited for went with it: their connections are closed. */
  private ended(error: unknown): void {
    clearTimeout(this.steady);
    this.worker = undefined;
    if (this.closed) return;
    const { log, restartDelayMs = delayMs } = this.parts;
    const wait = restartDelayMs(++this.ends);
    log.error('the console failed and is begun anew', { error, inSeconds: Math.round(wait / 1000) });
    this.failures++;
    setTimeout(() => void this.again(), wait).unref();
  }

  private async again(): Promise<void> {
    if (this.closed) return;
    try {
      await this.begin();
    } catch (error) {
      this.ended(error);
    }
  }

  private take(worker: Worker, message: ToAddon): void {
    switch (message.kind) {
      case 'taken':
        this.posted = false;
        break;
      case 'log':
        this.parts.log[message.level](`console: ${message.message}`, { error: message.error });
        break;
      case 'ask':
        void this.answer(worker, message);
        break;
    }
  }

  /** To the thread that asked, and no other: where that one has ended, to nobody. */
  private async answer(worker: Worker, { id, what, args }: Extract<ToAddon, { readonly kind: 'ask' }>): Promise<void> {
    const post = (message: ToConsole) => worker.postMessage(message);
    try {
      const data = this.parts.data();
      const ask = data[what] as (...args: readonly unknown[]) => unknown;
      post({ kind: 'answer', id, value: await ask.apply(data, [...args]) });
    } catch (error) {
      post({ kind: 'refusal', id, message: messageOf(error) });
    }
  }
}

/** Who ran for so long did not end because of how it began. */
const STEADY_MS = 600_000;
const LEAST_DELAY_MS = 1_000;
const MOST_DELAY_MS = 300_000;

/** @param ends how often it ended, this time too */
function delayMs(ends: number): number {
  return Math.min(MOST_DELAY_MS, LEAST_DELAY_MS * 2 ** (ends - 1));
}

/** Why it does not listen: what holds the port where that is known, and what to set. */
function notListening(listen: Address, first: ToAddon): Promise<Error> {
  const { code, message } = first.kind === 'not-listening' ? first : { code: undefined, message: 'no answer' };
  const error: NodeJS.ErrnoException = new Error(message);
  if (code !== undefined) error.code = code;
  return listenError('console.listen', listen, error);
}
