import type { WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import { type Observed, recent } from './invariant.ts';

/** Pods that nobody creates are noticed after half a minute, and asked for no more a tick later. */
const REFUSED_SECONDS = 105;
/** What stood for so long may be raised by one. */
const TRIED_SECONDS = 240;
/** What ails new pods is known after half a minute; so long none of them became Ready. */
const ILL_SECONDS = 300;
/** A few that hang keep nothing from growing. */
const FEW = 3;
const FEW_SHARE = 0.2;

/**
 * Whether more pods are asked for that can't be: a quota has refused those that were asked for, or new ones crash or find no image, and for
 * minutes nothing came of it. One more than there are may be tried.
 * @returns what is wrong with the write; undefined: it may help
 */
export function inVain(
  { history }: Observed,
  { workload, atSeconds, process, from, to, target }: Write,
): string | undefined {
  if (target !== 'scale') return undefined;
  // The tick of the write shows what it led to.
  const all = recent(history, workload, atSeconds - ILL_SECONDS);
  const seen = all.slice(0, -1);
  const now = seen.at(-1);
  if (!now || to <= now.pods + 1 || all.at(-1)!.obstacles.length === 0) return undefined;
  // Another number now and then lets a controller try that waits.
  if (to === from + 1 && seen.slice(-TRIED_SECONDS / 15).every(({ replicas }) => replicas === from)) return undefined;
  const refused = seen.slice(-REFUSED_SECONDS / 15);
  const wrote = (what: string) => `${process} wrote ${from} → ${to}, ${what}`;
  if (
    refused.length * 15 >= REFUSED_SECONDS &&
    refused.every((one) => one.replicas > one.pods && has(one, 'quota')) &&
    has(all.at(-1)!, 'quota')
  )
    return wrote(`while a quota lets in ${now.pods}`);
  const ill = (one: WorkloadTick) =>
    (has(one, 'crash-loop') || has(one, 'image-pull')) && one.pods - one.ready >= Math.max(FEW, FEW_SHARE * one.ready);
  const whole = seen.length * 15 >= ILL_SECONDS - 30;
  return whole && seen.every((one) => ill(one) && one.ready <= seen[0]!.ready && !one.rolling)
    ? wrote(`while ${now.pods - now.ready} of ${now.pods} pods fail to start`)
    : undefined;
}

function has({ obstacles }: WorkloadTick, kind: WorkloadTick['obstacles'][number]['kind']): boolean {
  return obstacles.some((one) => one.kind === kind);
}
