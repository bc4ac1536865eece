import { classOf, type FaultClass } from '../scenarios/scenario.ts';
import type { WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import { type Invariant, lastFaultSeconds, type Observed, recent, type Violation, violation } from './invariant.ts';

/** What a person says is known to us after so long, and acted on. */
const HEARD_SECONDS = 45;
const LEFT_SECONDS = 60;
/** A process, a store or an API server that was in trouble: watches, and writes that failed, have their waiting times. */
const TROUBLE_SECONDS = 300;
const TROUBLE: readonly FaultClass[] = ['process', 'api', 'redis'];

/**
 * What a person takes back is left alone: while a workload is opted out, observed or paused, its replicas are not written. Within a minute
 * the minReplicas of an HPA that was taken over is what its owner wrote, and nothing is said any more of one that opted out.
 */
export function leavesAlone(): Invariant {
  const since = new Map<string, number>();
  return {
    name: 'leaves-alone',
    check(observed) {
      const { tick } = observed;
      return tick.workloads.flatMap((now) => {
        if (!now.handsOff) {
          since.delete(now.name);
          return [];
        }
        const begun = since.get(now.name) ?? tick.atSeconds;
        since.set(now.name, begun);
        const left = tick.atSeconds - begun >= LEFT_SECONDS ? whatIsLeft(observed, now) : undefined;
        return [
          ...tick.writes.filter(({ workload }) => workload === now.name).flatMap((write) => written(observed, write)),
          ...(left === undefined ? [] : [violation('leaves-alone', tick, now.name, left)]),
        ];
      });
    },
  };
}

function written({ history }: Observed, write: Write): Violation[] {
  const { workload, atSeconds, from, to, target, process } = write;
  const trouble = lastFaultSeconds(history, workload, (action) => classOf(action) === 'api');
  if (atSeconds - trouble < TROUBLE_SECONDS) return [];
  const seen = recent(history, workload, atSeconds - HEARD_SECONDS);
  if (!seen.every(({ handsOff }) => handsOff)) return [];
  // Putting an owner's number back is what is asked for.
  if (target === 'hpa' && seen.some(({ ownFloor }) => ownFloor === to)) return [];
  const what = target === 'hpa' ? 'minReplicas' : 'replicas';
  return [violation('leaves-alone', write, workload, `${process} wrote ${what} ${from} → ${to}, which is not ours`)];
}

function whatIsLeft({ history, tick }: Observed, now: WorkloadTick): string | undefined {
  const { name, floor, ownFloor, optedOut, status } = now;
  const trouble = lastFaultSeconds(history, name, (action) => TROUBLE.includes(classOf(action)));
  if (tick.leaders.length !== 1 || tick.atSeconds - trouble < TROUBLE_SECONDS) return undefined;
  const lately = recent(history, name, tick.atSeconds - LEFT_SECONDS);
  // A number that its owner wrote a moment ago is seen first.
  const isOwn = lately.some((one) => one.ownFloor === floor);
  if (!isOwn) return `the HPA's minReplicas is still ${floor}, its owner's is ${ownFloor}`;
  // It may have been observed, or paused, before.
  const isOut = optedOut && lately.every((one) => one.optedOut);
  return isOut && status !== undefined ? 'it opted out, and its status is still shown' : undefined;
}
