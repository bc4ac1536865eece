import { messageOf, WorldError } from '../../core/errors.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import type { WhatIfTask } from '../what-if/what-if-task.ts';

/** Has a past replayed by whoever has it. Each answer is more complete; it ends soon after the signal is aborted. */
export type ReplayRemotely = (task: WhatIfTask, signal: AbortSignal) => AsyncIterable<WhatIfAnswer>;

/** Who asks is answered by then, also with nothing: an answer that takes longer would be taken for none. */
const HOLD_MS = 3_000;

interface Run {
  readonly id: string;
  readonly answers: WhatIfAnswer[];
  readonly ending: AbortController;
  isOver: boolean;
  why: string | undefined;
  wake: () => void;
}

/**
 * The addon's side of replays that are played elsewhere: the console's thread asks again and again for the next answer. One at a time: who
 * asks for another one ends the one before.
 */
export class RemoteReplays {
  private readonly replay: ReplayRemotely;
  private run: Run | undefined;

  constructor(replay: ReplayRemotely) {
    this.replay = replay;
  }

  /** @param id of one question, whichever thread asks it. @param have answers that came before. @returns the next one; null: not yet. @throws WorldError: why there is none */
  async nextReplay(id: string, task: WhatIfTask, have: number): Promise<WhatIfAnswer | null> {
    const run = this.run?.id === id ? this.run : this.begin(id, task);
    if (run.answers.length <= have && !run.isOver) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, HOLD_MS);
        run.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const found = run.answers[have];
    if (found) return found;
    if (run.isOver) throw new WorldError(run.why ?? 'the replay ended without an answer: ask again');
    return null;
  }

  endReplay(id: string): void {
    if (this.run?.id === id) this.run.ending.abort();
  }

  private begin(id: string, task: WhatIfTask): Run {
    this.run?.ending.abort();
    const run: Run = {
      ...{ id, answers: [], ending: new AbortController(), isOver: false, why: undefined },
      wake: () => undefined,
    };
    this.run = run;
    void this.follow(run, task);
    return run;
  }

  private async follow(run: Run, task: WhatIfTask): Promise<void> {
    try {
      for await (const answer of this.replay(task, run.ending.signal)) {
        run.answers.push(answer);
        run.wake();
      }
    } catch (error) {
      run.why = messageOf(error);
    }
    run.isOver = true;
    run.wake();
  }
}
