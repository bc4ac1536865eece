import { type Action, classOf } from '../scenario.ts';
import type { Write } from '../traffic.ts';
import { type Invariant, KNOWN_AFTER_SECONDS, lastFaultSeconds, type Observed, violation } from './invariant.ts';

/** The truth of so long is looked back on where a fault of measurement or process may have made it forgotten. */
const WINDOW_SECONDS = 300;
/** Until something is learned, and where the HPA's rule decides: the windows of those. */
const LEARNING_SECONDS = 120;
const REACTIVE_SECONDS = 300;
const STEP_SECONDS = 15;
/** A need is that of a minute's mean. */
const MEAN_SECONDS = 60;
/** Another writer's number is respected for so long. */
const RESPECTED_SECONDS = 600;

/**
 * Down is safe: no write goes below what the true work needed lately.
 *
 * "Lately" is five minutes while a fault acts and for five minutes after it (a fault never lowers anything), else the stabilization window
 * that the policy shows: a true fall is followed as fast as it lets. The need is that of minutes' means that end
 * 15 s before the write, as nobody can know more; 5 % of the work are forgiven (half of the HPA's tolerance; 10 % where cAdvisor's series are scraped). Bounds that a person set and numbers that another
 * writer put there within ten minutes may lie below it.
 */
export function downIsSafe(): Invariant {
  return {
    name: 'down-is-safe',
    check(observed) {
      const { tick } = observed;
      return tick.writes.flatMap((write) => {
        const least = write.target === 'scale' && write.to < write.from ? leastOf(observed, write) : 0;
        if (write.to >= least) return [];
        const what = `${write.process} wrote ${write.from} → ${write.to}, while ${least} were needed ${windowOf(observed, write.workload)}`;
        return [violation('down-is-safe', write, write.workload, what)];
      });
    },
  };
}

function leastOf(observed: Observed, { workload, atSeconds }: Write): number {
  const { truth, tick, history } = observed;
  const now = tick.workloads.find(({ name }) => name === workload)!;
  const wrote = lastFaultSeconds(history, workload, (action) => action === 'scale' || action === 'gitops');
  if (atSeconds - wrote <= RESPECTED_SECONDS) return 0;
  const end = atSeconds - KNOWN_AFTER_SECONDS - truth.lagSeconds(workload);
  let most = 0;
  for (let back = 0; back <= windowSeconds(observed, workload); back += STEP_SECONDS) {
    if (end - back < history.startSeconds) break;
    most = Math.max(most, truth.meanNeedAt(workload, end - back, 1 - truth.errorShare(workload)));
  }
  return Math.min(most, now.max);
}

/** How far back the newest of the minutes' means may end: each lies within the window, whole. */
function windowSeconds(observed: Observed, workload: string): number {
  return Math.max(0, wholeWindow(observed, workload) - KNOWN_AFTER_SECONDS - MEAN_SECONDS);
}

function wholeWindow({ history, tick }: Observed, workload: string): number {
  if (tick.atSeconds - lastFaultSeconds(history, workload, isForgetting) <= WINDOW_SECONDS) return WINDOW_SECONDS;
  const model = tick.workloads.find(({ name }) => name === workload)?.status?.model;
  const usual = model?.kind === 'reactive' ? REACTIVE_SECONDS : LEARNING_SECONDS;
  return Math.min(WINDOW_SECONDS, model?.stabilizationSeconds ?? usual);
}

/** What may make somebody forget or misread: faults of measurement, processes and what they talk over. */
function isForgetting(action: Action): boolean {
  return ['process', 'measurement', 'api', 'redis'].includes(classOf(action));
}

function windowOf(observed: Observed, workload: string): string {
  return `within the last ${wholeWindow(observed, workload)} s`;
}
