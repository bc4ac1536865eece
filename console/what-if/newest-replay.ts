import { WorldError } from '../../core/errors.ts';
import type { WhatIfAnswer, WhatIfWait } from '../api/what-if.ts';

export const SUPERSEDED = 'a newer question came before this one was answered: one is replayed at a time';

/** Gives answers that are more and more complete; ends soon after the signal is aborted. */
export type RunReplay = (signal: AbortSignal) => AsyncIterable<WhatIfAnswer>;

/** So long a whole answer is given again without being made. */
const KEPT_SECONDS = 60;

interface Run {
  readonly id: string;
  readonly first: Promise<WhatIfAnswer>;
  readonly all: Promise<WhatIfAnswer>;
  readonly end: (why: string) => void;
  /** When all of it was there, by the clock; undefined: it runs. */
  doneSeconds: number | undefined;
}

/** One replay at a time. Who asks for the same waits for the same; who asks for another one ends it: the newest question wins. */
export class NewestReplay {
  private readonly nowSeconds: () => number;
  private newest: Run | undefined;

  constructor(nowSeconds: () => number) {
    this.nowSeconds = nowSeconds;
  }

  /** @param id tells questions apart. @throws what the replay throws; WorldError where a newer question ended it */
  answer(id: string, wait: WhatIfWait, run: RunReplay): Promise<WhatIfAnswer> {
    const same = this.newest?.id === id && !this.isOld(this.newest) ? this.newest : undefined;
    return (same ?? this.begin(id, run))[wait];
  }

  private isOld({ doneSeconds }: Run): boolean {
    return doneSeconds !== undefined && this.nowSeconds() - doneSeconds > KEPT_SECONDS;
  }

  private begin(id: string, run: RunReplay): Run {
    this.newest?.end(SUPERSEDED);
    const ending = new AbortController();
    const first = new Deferred<WhatIfAnswer>();
    const all = new Deferred<WhatIfAnswer>();
    const fail = (error: unknown) => {
      first.reject(error);
      all.reject(error);
      // A failure is nobody's answer but of those who wait for it.
      if (this.newest === begun) this.newest = undefined;
    };
    const begun: Run = {
      id,
      first: first.promise,
      all: all.promise,
      doneSeconds: undefined,
      end: (why) => {
        fail(new WorldError(why));
        ending.abort();
      },
    };
    // Who waits for one of them alone leaves no rejection of the other behind.
    for (const { promise } of [first, all]) promise.catch(() => {});
    this.newest = begun;
    void this.follow(run(ending.signal), first.resolve).then((last) => {
      begun.doneSeconds = this.nowSeconds();
      all.resolve(last);
    }, fail);
    return begun;
  }

  private async follow(answers: AsyncIterable<WhatIfAnswer>, onFirst: (answer: WhatIfAnswer) => void) {
    let last: WhatIfAnswer | undefined;
    for await (const answer of answers) {
      last = answer;
      onFirst(answer);
    }
    if (!last) throw new WorldError('the replay ended without an answer: ask again');
    return last;
  }
}

class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
