import { TICK_SECONDS } from '../../core/tick.ts';
import { classOf } from '../scenarios/scenario.ts';
import { scheduledMinimum } from '../scheduled-minimum.ts';
import type { ActiveFault, History, WorkloadTick } from '../timeline.ts';
import type { Write } from '../traffic.ts';
import { inVain } from './in-vain.ts';
import { type Invariant, lastFaultSeconds, type Observed, violation } from './invariant.ts';
import { againstOthers } from './others-word.ts';

const BEHIND_SECONDS = 600;
const FACTOR = 1.5;
const SPARE_PODS = 2;
const STEP_SECONDS = 5;
const DAY_SECONDS = 86_400;
/** Days of its own past that a forecast may go by. */
const MOST_DAYS = 7;
/** A measurement that lies high is not to be told from a surge: for so long after it only the steps are judged. */
const LIE_SECONDS = 600;
/** What is doubted is stored at the tick that saw it. */
const KNOWN_SECONDS = 30;
/** A thousand-fold value is doubted for so long. */
const DOUBTED_SECONDS = 840;
/** … where it is more than so many times the largest of the minute before, by a mean of a minute, or of the hour. */
const UNIT = 1_000;
const MINUTE_TIMES = 500;
const MINUTE_SECONDS = 150;
const HOUR_TIMES = 50;
const HOUR_SECONDS = 3_600;
/** No clock jumps further, and none stays wrong for longer. */
const CLOCK_SECONDS = 300;
const STEP_FACTOR = 2;
const STEP_PODS = 10;

/**
 * Up is bounded: no write is over 1.5 × the largest true need from ten minutes ago until the lead time and two ticks ahead, and two
 * pods. A forecast is entitled to expect what the same window of the days before showed, where the workload has such a history, and that of
 * one wave before, where its demand comes in waves. Not judged: what a person's minimum asks for, and numbers up to the one that
 * another writer put there (keeping it is no write).
 *
 * Values that a fault of the measurement made a thousand times too large can't be told from a true surge (a thousand-fold one is a
 * story of its own) once they have come for a quarter of an hour, where nothing was measured before, or where they are no more than a load
 * that just fell away was: then a write may at most double what there is, or add ten.
 *
 * Nor is anything added in vain, or against the word of a person or another writer.
 */
export function upIsBounded(): Invariant {
  return {
    name: 'up-is-bounded',
    check(observed) {
      return observed.tick.writes.flatMap((write) => {
        if (write.to <= write.from || keepsWhatStands(observed, write)) return [];
        const wrong = againstOthers(observed, write) ?? inVain(observed, write);
        if (wrong !== undefined) return [violation('up-is-bounded', write, write.workload, wrong)];
        const most = mostOf(observed, write);
        if (write.to <= most) return [];
        const what = `${write.process} wrote ${write.from} → ${write.to}, over ${most}: ${needText(observed, write)}`;
        return [violation('up-is-bounded', write, write.workload, what)];
      });
    },
  };
}

/** At the tick before. */
function replicasBefore({ ticks }: History, { workload, atSeconds }: Pick<Write, 'workload' | 'atSeconds'>): number {
  const before = ticks.findLast((tick) => tick.atSeconds <= atSeconds - TICK_SECONDS);
  return before?.workloads.find(({ name }) => name === workload)?.replicas ?? 0;
}

/** A floor up to the replicas that stood before it adds none: the HPA, or another writer, put them there, and be it in this very tick. */
function keepsWhatStands({ history }: Observed, { target, workload, to, atSeconds }: Write): boolean {
  if (target !== 'hpa') return false;
  if (replicasBefore(history, { workload, atSeconds }) >= to) return true;
  const { scenario, startSeconds } = history;
  return scenario.commands.some((command) => {
    const ago = atSeconds - startSeconds - command.at;
    const isTheirs = classOf(command.do) === 'writers' && command.workload === workload;
    return isTheirs && ago >= 0 && ago <= TICK_SECONDS + (command.for ?? 0) && Math.round(command.to ?? 0) >= to;
  });
}

function mostOf(observed: Observed, write: Write): number {
  const { tick, history } = observed;
  const now = tick.workloads.find(({ name }) => name === write.workload)!;
  const asked = Math.max(now.min, scheduledAhead(observed, write));
  // A floor is raised from the pods that its HPA has.
  const from = write.target === 'hpa' ? Math.max(write.from, replicasBefore(history, write)) : write.from;
  if (mayBeBelieved(history, write)) return Math.max(asked, STEP_FACTOR * from, from + STEP_PODS);
  return Math.max(asked, Math.floor(FACTOR * largestNeed(observed, write)) + SPARE_PODS);
}

/** Whether a thousand-fold value may be believed, or may have been within the last ten minutes. */
function mayBeBelieved(history: Observed['history'], { workload, atSeconds }: Write): boolean {
  const lied = lastFaultSeconds(history, workload, (action) => action === 'metric-unit');
  if (atSeconds - lied > LIE_SECONDS) return false;
  const began = history.ticks
    .flatMap(({ faults }) => faults.filter(({ action }) => action === 'metric-unit'))
    .reduce((first, { sinceSeconds }) => Math.min(first, sinceSeconds), Number.POSITIVE_INFINITY);
  return (
    lied - began >= DOUBTED_SECONDS ||
    began - history.startSeconds < DOUBTED_SECONDS ||
    beganAnew(history, began) ||
    isLikeASurge(history, workload, began)
  );
}

/** A thousand times what is left of a load that falls away is a surge that loads make. */
function isLikeASurge({ ticks }: Observed['history'], workload: string, atSeconds: number): boolean {
  const mostWithin = (seconds: number) =>
    ticks
      .filter((tick) => tick.atSeconds <= atSeconds && tick.atSeconds >= atSeconds - seconds)
      .flatMap(({ workloads }) => workloads.filter(({ name }) => name === workload))
      .reduce((most, { work }) => Math.max(most, work), 0);
  const shown = UNIT * mostWithin(TICK_SECONDS);
  return shown <= MINUTE_TIMES * mostWithin(MINUTE_SECONDS) && shown <= HOUR_TIMES * mostWithin(HOUR_SECONDS);
}

/**
 * Whoever began anew has no hour behind it to compare with, and may not know what the process before it doubted: a store of its own, or one
 * that was in trouble. Over a shared one a process that begins within the doubt knows of it.
 */
function beganAnew({ ticks, scenario }: Observed['history'], doubtedSeconds: number): boolean {
  const knows = ({ action, sinceSeconds }: ActiveFault) =>
    scenario.mode === 'distributed' && classOf(action) === 'process' && sinceSeconds >= doubtedSeconds + KNOWN_SECONDS;
  return ticks.some(({ faults }) => faults.some((fault) => fault.action !== 'metric-unit' && !knows(fault)));
}

/** Pods of a scheduled minimum are ordered so early that they are Ready when it begins. */
function scheduledAhead({ truth, tick, history }: Observed, { workload, atSeconds }: Write): number {
  const plan = history.scenario.workloads.find(({ name }) => name === workload);
  const { status } = tick.workloads.find(({ name }) => name === workload)!;
  const now = atSeconds - history.startSeconds;
  // Whose clock is ahead sees the window begin sooner.
  const jumped = lastFaultSeconds(history, workload, (action) => action === 'jump');
  const ahead = leadTimeSeconds(truth, workload, status) + (atSeconds - jumped < CLOCK_SECONDS ? CLOCK_SECONDS : 0);
  return plan ? scheduledMinimum(plan.windows, now, now + ahead) : 0;
}

function leadTimeSeconds(truth: Observed['truth'], workload: string, status: WorkloadTick['status']): number {
  return Math.max(truth.startupSeconds(workload, 0.9), status?.leadTime.seconds ?? 0) + 2 * TICK_SECONDS;
}

function largestNeed({ truth, tick, history }: Observed, { workload, atSeconds }: Write): number {
  const now = tick.workloads.find(({ name }) => name === workload);
  const lead = leadTimeSeconds(truth, workload, now?.status);
  const knownDays = Math.floor((history.scenario.history + atSeconds - history.startSeconds) / DAY_SECONDS);
  // One pod stands whatever the demand, and uses what an idle pod uses.
  let most = Math.min(1, now?.min ?? 0);
  const days = Array.from({ length: Math.min(MOST_DAYS, knownDays) + 1 }, (_, day) => day * DAY_SECONDS);
  const wave = history.scenario.workloads.find(({ name }) => name === workload)?.demand.wave;
  for (const back of wave && wave.share > 0 ? [...days, wave.period] : days) {
    const from = atSeconds - back;
    for (let at = from - BEHIND_SECONDS; at <= from + lead; at += STEP_SECONDS) {
      most = Math.max(most, truth.needAt(workload, at));
    }
  }
  return most;
}

function needText(observed: Observed, write: Write): string {
  return `the most that is needed from ten minutes ago until the lead time is ${largestNeed(observed, write)}`;
}
