import { Worker } from 'node:worker_threads';
import type { WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { WorldError } from '../../core/errors.ts';
import type { WhatIfAnswer, WhatIfQuestion } from '../api/what-if.ts';
import type { WhatIfReplays } from './thread-source.ts';

/** A week takes a fifth of it. */
const HEAP_MB = 256;
const MOST_MS = 120_000;
const SUPERSEDED = 'a newer question came before this one was answered';

/** Replays one at a time on a thread of its own, which ends with it: the newest question wins. */
export class ReplayThread implements WhatIfReplays {
  private readonly script: URL;
  private end: ((why: string) => void) | undefined;
  private questions = 0;

  constructor(script: URL) {
    this.script = script;
  }

  async replay(detail: WorkloadDetail, series: WorkloadSeries, question: WhatIfQuestion): Promise<WhatIfAnswer> {
    this.end?.(SUPERSEDED);
    const own = ++this.questions;
    // The models are large, and few ask.
    const { whatIfWork } = await import('../what-if/replay-past.ts');
    if (own !== this.questions) throw new WorldError(SUPERSEDED);
    const work = whatIfWork(detail, series, question);
    if (typeof work === 'string') throw new WorldError(work);
    const worker = new Worker(this.script, {
      workerData: work,
      name: 'what-if',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      execArgv: [],
    });
    return new Promise((resolve, reject) => {
      const end = (why: string) => {
        clearTimeout(timer);
        if (this.end === end) this.end = undefined;
        void worker.terminate();
        reject(new WorldError(why));
      };
      const timer = setTimeout(() => end(`it took over ${MOST_MS / 1000} s`), MOST_MS);
      this.end = end;
      worker.once('message', (message: { readonly answer?: WhatIfAnswer; readonly error?: string }) => {
        if (message.answer) resolve(message.answer);
        end(message.error ?? 'done');
      });
      worker.once('error', (error) => end(`the replay failed: ${error.message}`));
      worker.once('exit', (code) => end(`the replay ended without an answer (code ${code})`));
    });
  }
}
