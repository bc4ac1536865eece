import { ReplayThread } from '../../console/thread/replay-thread.io.ts';
import { warmUpWork } from '../../console/what-if/warm-up.ts';
import type { WhatIfWork } from '../../console/what-if/what-if-task.ts';

/** A day of history, and the week that is replayed. */
const DAYS = 8;
const SCRIPT = new URL('../../console/thread/replay-worker.io.js', import.meta.url);

/** As long as it takes to read a page, and less. */
const PREPARED_MS = 2_000;

export interface WhatIfSeconds {
  readonly wall: number;
  /** Of this process, which does nothing else meanwhile. */
  readonly cpu: number;
}

/** What one question takes until the first answer, and until all of it is there. */
export interface WhatIfFigures {
  readonly first: WhatIfSeconds;
  readonly all: WhatIfSeconds;
}

/**
 * The first question with nothing prepared, the first one after a page that leads to it was open for some seconds, and one after a slider was
 * moved.
 */
export async function whatIfFigures(): Promise<Readonly<Record<'cold' | 'prepared' | 'moved', WhatIfFigures>>> {
  const work = warmUpWork(DAYS);
  const cold = new ReplayThread(SCRIPT);
  const thread = new ReplayThread(SCRIPT);
  try {
    const first = await asked(cold, work);
    cold.close();
    thread.begin();
    await new Promise((resolve) => setTimeout(resolve, PREPARED_MS));
    const prepared = await asked(thread, work);
    const { task } = work;
    const moved = await asked(thread, { ...work, task: { ...task, asked: { ...task.asked, max: 12 } } });
    return { cold: first, prepared, moved };
  } finally {
    thread.close();
  }
}

async function asked(thread: ReplayThread, work: WhatIfWork): Promise<WhatIfFigures> {
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  const since = (): WhatIfSeconds => {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wall: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 };
  };
  let first: WhatIfSeconds | undefined;
  for await (const _ of thread.replay(work, new AbortController().signal)) first ??= since();
  return { first: first!, all: since() };
}
