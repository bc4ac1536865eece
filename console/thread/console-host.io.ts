import { Worker } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { listenError } from '../../telemetry/http/listen-error.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { FleetFeed } from '../fleet/fleet-feed.ts';
import type { ConsoleAnswers, ConsoleSettings, ToAddon, ToConsole } from './messages.ts';

/** Of JavaScript's heap of the thread; 5,000 workloads take a fifth of it. */
const HEAP_MB = 160;
const YOUNG_MB = 3;
/** Reading its code takes a second; where nothing comes of it, it hangs. */
const START_MS = 60_000;

export interface ConsoleHostParts {
  /** The thread's script. */
  readonly script: URL;
  readonly settings: ConsoleSettings;
  readonly log: Log;
  readonly data: () => ConsoleAnswers;
  readonly statuses: () => readonly WorkloadStatus[];
  readonly restartDelayMs?: (ends: number) => number;
}

/**
 * The addon's side of the console: starts its thread, posts the fleet after each tick, and answers what it asks. Nothing here waits for the
 * console, and one that ends is begun anew without the addon, ever later where it ends at once again.
 */
export class ConsoleHost {
  readonly address: { readonly host: string; readonly port: number };
  /** How often its thread ended though nobody asked for it. */
  failures = 0;
  private readonly parts: ConsoleHostParts;
  private readonly feed = new FleetFeed();
  private worker: Worker;
  /** How often it ended without having run for long. */
  private ends = 0;
  /** There was a tick: before it there is nothing to show. */
  private shown = false;
  /** The last message was not taken yet: the next one says what changed since. */
  private posted = false;
  private closed = false;

  private constructor(parts: ConsoleHostParts, worker: Worker, address: ConsoleHost['address']) {
    this.parts = parts;
    this.worker = worker;
    this.address = address;
    this.attach(worker);
  }

  /** @throws WorldError, InputError: what holds the port where that is known, and what to set */
  static async start(parts: ConsoleHostParts): Promise<ConsoleHost> {
    const { worker, address } = await startThread(parts, parts.settings);
    return new ConsoleHost(parts, worker, address);
  }

  /** After a tick. */
  show(): void {
    this.shown = true;
    if (this.posted || this.closed) return;
    const { statuses, settings } = this.parts;
    const data = this.parts.data();
    const source = { ...data.origin(), version: settings.version, faults: data.faults() };
    const message = this.feed.message(statuses(), source, data.baselines(), data.nextChanges());
    this.posted = true;
    this.worker.postMessage(message, [message.figures.buffer as ArrayBuffer]);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker.terminate();
  }

  private attach(worker: Worker): void {
    const steady = setTimeout(() => {
      this.ends = 0;
    }, STEADY_MS).unref();
    let cause: Error | undefined;
    worker.on('message', (message: ToAddon) => this.take(worker, message));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', (code) => {
      clearTimeout(steady);
      if (this.closed) return;
      this.ended(cause ?? new Error(`its thread ended with code ${code}`));
    });
  }

  /** What its readers waited for went with it: their connections are closed. */
  private ended(error: unknown): void {
    const { log, restartDelayMs = delayMs } = this.parts;
    const wait = restartDelayMs(++this.ends);
    log.error('the console failed and is begun anew', { error, inSeconds: Math.round(wait / 1000) });
    this.failures++;
    setTimeout(() => void this.again(), wait).unref();
  }

  private async again(): Promise<void> {
    if (this.closed) return;
    try {
      // Where it listened before, also where the system had picked the port.
      const { worker } = await startThread(this.parts, { ...this.parts.settings, listen: this.address });
      if (this.closed) return void worker.terminate();
      this.worker = worker;
      this.attach(worker);
      this.feed.forget();
      this.posted = false;
      if (this.shown) this.show();
    } catch (error) {
      this.ended(error);
    }
  }

  /** @param worker who says it: one that was replaced is not listened to */
  private take(worker: Worker, message: ToAddon): void {
    if (worker !== this.worker) return;
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

async function startThread({ script }: ConsoleHostParts, settings: ConsoleSettings) {
  const worker = new Worker(script, {
    workerData: settings,
    name: 'console',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    // The main thread's --max-old-space-size is its own.
    execArgv: [],
  });
  const first = await new Promise<ToAddon>((resolve, reject) => {
    const ended = () => reject(new Error('the console ended before it listened'));
    const late = setTimeout(() => {
      reject(new Error(`the console did not listen within ${START_MS / 1000} s`));
      void worker.terminate();
    }, START_MS);
    worker.once('exit', () => clearTimeout(late));
    worker.once('message', (message: ToAddon) => {
      clearTimeout(late);
      // One by one: without its own listeners a worker hands no message on any more.
      worker.off('error', reject).off('exit', ended);
      resolve(message);
    });
    worker.once('error', reject).once('exit', ended);
  });
  if (first.kind === 'listening') return { worker, address: { host: first.host, port: first.port } };
  await worker.terminate();
  const { code, message } = first.kind === 'not-listening' ? first : { code: undefined, message: 'no answer' };
  throw await listenError(
    'console.listen',
    settings.listen,
    Object.assign(new Error(message), { code }) as NodeJS.ErrnoException,
  );
}
