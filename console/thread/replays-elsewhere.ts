import { randomUUID } from 'node:crypto';
import type { WhatIfAnswer } from '../api/what-if.ts';
import type { WhatIfTask } from '../what-if/what-if-task.ts';
import type { Questions } from './questions.ts';
import type { WhatIfReplays } from './thread-source.ts';

/** Asks the addon for one answer after the other: see RemoteReplays, which has the other end of it. */
export function replaysElsewhere(questions: Pick<Questions, 'nextReplay' | 'endReplay'>): WhatIfReplays {
  return {
    async *replay(task: WhatIfTask, _demandOf, signal): AsyncGenerator<WhatIfAnswer, void, void> {
      // A thread that is begun anew must not be given what the one before asked for.
      const id = randomUUID();
      // Whoever is not there any more needs not be told.
      const end = () => void questions.endReplay(id).catch(() => undefined);
      signal.addEventListener('abort', end, { once: true });
      try {
        for (let have = 0, isDone = false; !isDone && !signal.aborted; ) {
          const answer = await questions.nextReplay(id, task, have);
          if (answer === null) continue;
          have++;
          isDone = answer.pending.length === 0;
          yield answer;
        }
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}
