import type {
  ConsoleData,
  JournalPage,
  ObjectDetail,
  Sparklines,
  WhatIfBase,
  WorkloadDetail,
  WorkloadSeries,
} from '../../addon/console/console-data.ts';
import { WorldError } from '../../core/errors.ts';
import { NotYet } from '../api/not-yet.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import type { WhatIfTask } from '../what-if/what-if-task.ts';
import type { Asked, ToAddon, ToConsole } from './messages.ts';

/** Questions that wait for the addon's thread at once: it answers between its own work. */
const MOST_WAITING = 64;
const PATIENCE_MS = 10_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Asks the addon's thread, which has what the fleet's message does not say. */
export class Questions {
  private readonly waiting = new Map<number, Waiting>();
  private readonly post: (message: ToAddon) => void;
  private last = 0;

  constructor(post: (message: ToAddon) => void) {
    this.post = post;
  }

  workload(key: string): Promise<WorkloadDetail | undefined> {
    return this.ask('workload', [key]);
  }

  bounds(): Promise<ReturnType<ConsoleData['bounds']>> {
    return this.ask('bounds', []);
  }

  whatIfBase(key: string): Promise<WhatIfBase | undefined> {
    return this.ask('whatIfBase', [key]);
  }

  nextReplay(id: string, task: WhatIfTask, have: number): Promise<WhatIfAnswer | null> {
    return this.ask('nextReplay', [id, task, have]);
  }

  endReplay(id: string): Promise<void> {
    return this.ask('endReplay', [id]);
  }

  object(key: string): Promise<ObjectDetail | undefined> {
    return this.ask('object', [key]);
  }

  sparklines(keys: readonly string[]): Promise<Sparklines> {
    return this.ask('sparklines', [keys]);
  }

  series(key: string, fromSeconds: number, toSeconds: number): Promise<WorkloadSeries | undefined> {
    return this.ask('series', [key, fromSeconds, toSeconds]);
  }

  journal(key: string, page: Parameters<ConsoleData['journal']>[1]): Promise<JournalPage | undefined> {
    return this.ask('journal', [key, page]);
  }

  take(message: Extract<ToConsole, { readonly kind: 'answer' | 'refusal' }>): void {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    this.waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.kind === 'answer') waiting.resolve(message.value);
    else waiting.reject(new WorldError(message.message));
  }

  private ask<Answer>(what: Asked, args: readonly unknown[]): Promise<Answer> {
    if (this.waiting.size >= MOST_WAITING) {
      return Promise.reject(new NotYet('too many questions wait for an answer: ask again in a second', 1));
    }
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const late = () => {
        this.waiting.delete(id);
        reject(new WorldError(`the addon gave no answer within ${PATIENCE_MS / 1000} s: is it out of CPU?`));
      };
      const timer = setTimeout(late, PATIENCE_MS);
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.post({ kind: 'ask', id, what, args });
    });
  }
}
