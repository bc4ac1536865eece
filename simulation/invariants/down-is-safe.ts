import type { History, WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import {
  type Invariant,
  KNOWN_AFTER_SECONDS,
  lastFaultSeconds,
  type Observed,
  recent,
  violation,
} from './invariant.ts';
import { againstOthers } from './others-word.ts';

/** What was needed within so long stays. */
const WINDOW_SECONDS = 300;
const STEP_SECONDS = 15;
/** A need is that of a minute's mean. */
const MEAN_SECONDS = 60;
/** How far back the newest of the minutes' means may end: each lies within the window, whole. */
const LOOKED_BACK_SECONDS = WINDOW_SECONDS - KNOWN_AFTER_SECONDS - MEAN_SECONDS;
/** One pod more is asked for five minutes to have a refused one tried; a tick on either side. */
const TRY_SECONDS = 330;
/** Another writer's number is respected for so long. */
const RESPECTED_SECONDS = 600;

/**
 * Down is safe: no write goes below what the true work needed lately.
 *
 * "Lately" is within five minutes, whatever the margins of the policy say and whatever fault acts. The need is that of minutes' means that end
 * 15 s before the write, as nobody can know more; 5 % of the work are forgiven (10 % where cAdvisor's series are scraped, and of an instant
 * gauge how much the load flickers). Bounds that a person set and numbers that another
 * writer put there within ten minutes may lie below it. Nor is anything removed against the word of a person or another writer.
 */
export function downIsSafe(): Invariant {
  return {
    name: 'down-is-safe',
    check(observed) {
      const { tick } = observed;
      return tick.writes.flatMap((write) => {
        const least = write.target === 'scale' && write.to < write.from ? leastOf(observed, write) : 0;
        const others = write.to < write.from ? againstOthers(observed, write) : undefined;
        if (others !== undefined) return [violation('down-is-safe', write, write.workload, others)];
        if (write.to >= least) return [];
        const what = `${write.process} wrote ${write.from} → ${write.to}, while ${least} were needed within the last ${WINDOW_SECONDS} s`;
        return [violation('down-is-safe', write, write.workload, what)];
      });
    },
  };
}

function leastOf(observed: Observed, write: Write): number {
  const { workload, atSeconds } = write;
  const { truth, tick, history } = observed;
  const now = tick.workloads.find(({ name }) => name === workload)!;
  if (takesBackTheTry(history, write, now)) return 0;
  const wrote = lastFaultSeconds(history, workload, (action) => action === 'scale' || action === 'gitops');
  if (atSeconds - wrote <= RESPECTED_SECONDS) return 0;
  const lag = truth.lagSeconds(workload, atSeconds);
  const end = atSeconds - KNOWN_AFTER_SECONDS - lag;
  const share = 1 - truth.errorShare(workload);
  let most = 0;
  // What was scraped last at a tick may be as old as a scrape is: the oldest of the window was seen within it all the same.
  for (let back = 0; back <= LOOKED_BACK_SECONDS - lag; back += STEP_SECONDS) {
    if (end - back < history.startSeconds) break;
    most = Math.max(most, truth.meanNeedAt(workload, end - back, share));
  }
  return Math.min(most, now.max);
}

/**
 * Whether only the one pod is asked for no more by which a controller was made to try again. A quota refuses what is needed, so that no
 * more may be asked for, nor may it be left at that: the number is one more for some minutes, and then again what it was. No pod goes,
 * as that one never was; a number below that, or below the pods that exist, is a removal like any other.
 */
function takesBackTheTry(history: History, { workload, atSeconds, from, to }: Write, now: WorkloadTick): boolean {
  if (to !== from - 1 || to < now.pods || !now.obstacles.some(({ kind }) => kind === 'quota')) return false;
  // The tick of the write shows what it led to.
  const stood = recent(history, workload, atSeconds - TRY_SECONDS)
    .slice(0, -1)
    .map(({ replicas }) => replicas);
  return stood.includes(to) && stood.slice(stood.indexOf(to)).every((count) => count === to || count === from);
}
