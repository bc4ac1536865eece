import type { Write } from '../traffic.ts';
import { lastFaultSeconds, type Observed, recent } from './invariant.ts';

/** What a person or another writer says is known to us after so long. */
const HEARD_SECONDS = 45;
/** An API server that was in trouble may have told us nothing. */
const TROUBLE_SECONDS = 300;
/** A number that another writer raised to stands for ten minutes, less what it takes to see it. */
const RESPECTED_SECONDS = 570;

/**
 * What others have decided is theirs: nothing is written while a person pauses it, none goes over a person's maximum or under the minimum,
 * what somebody set to 0 stays there, and what another writer raised is not lowered for ten minutes.
 * @returns what is wrong with the write; undefined: it is nobody's word that it breaks
 */
export function againstOthers(observed: Observed, write: Write): string | undefined {
  const { history } = observed;
  const { workload, atSeconds, from, to, target } = write;
  if (target !== 'scale') return undefined;
  const trouble = lastFaultSeconds(
    history,
    workload,
    (action) => action.startsWith('api') || action.startsWith('watches'),
  );
  if (atSeconds - trouble < TROUBLE_SECONDS) return undefined;
  const seen = recent(history, workload, atSeconds - HEARD_SECONDS);
  const wrote = (what: string) => `${write.process} wrote ${from} → ${to}, ${what}`;
  if (seen.every(({ paused }) => paused)) return wrote('while a person pauses it');
  const most = Math.max(...seen.map(({ max }) => max));
  if (to > most && to > from) return wrote(`over the maximum ${most}`);
  const least = Math.min(...seen.map(({ min }) => min));
  if (to < least && to < from) return wrote(`under the minimum ${least}`);
  if (from === 0 && least > 0) return wrote('though somebody switched it off');
  const raised = raisedTo(observed, write);
  return to < from && to < Math.min(raised, most) ? wrote(`though another writer asked for ${raised}`) : undefined;
}

/** The number that another writer raised to within ten minutes; 0: none did. */
function raisedTo({ history }: Observed, { workload, atSeconds, from }: Write): number {
  const { scenario, startSeconds, ticks } = history;
  const newest = scenario.commands.findLast(
    (one) => one.workload === workload && one.do === 'scale' && startSeconds + one.at < atSeconds,
  );
  // What it did not know of is another matter.
  if (!newest || Math.round(newest.to ?? 0) < from || atSeconds - startSeconds - newest.at > RESPECTED_SECONDS)
    return 0;
  const before = ticks.findLast((tick) => tick.atSeconds < startSeconds + newest.at);
  const to = Math.round(newest.to ?? 0);
  return to > (before?.workloads.find(({ name }) => name === workload)?.replicas ?? to) ? to : 0;
}
