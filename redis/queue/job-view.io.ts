import type { Job } from 'bullmq';
import { type BullRefitQueue, idOf, jobIdOf, LEAST_PRIORITY } from './refit-queue.io.ts';
import { WhatIfJobs } from './what-if-jobs.io.ts';

/** A job as an operator sees it. */
export interface JobView {
  readonly id: string;
  /** `scheduled`: nothing is to be done now, it comes again by itself. */
  readonly state: 'waiting' | 'running' | 'backing-off' | 'failed' | 'scheduled';
  readonly priority: number;
  /** Ended ones. */
  readonly attempts: number;
  /** Since when it stands in the queue, or when it failed, epoch seconds. */
  readonly sinceSeconds: number;
  /** Of the last attempt that failed. */
  readonly error: string | undefined;
}

/** One job with all that is known of it. */
export interface DetailedJob extends JobView {
  /** The envelope with its version; undefined where it was cancelled while it ran. */
  readonly asked: unknown;
  readonly stack: readonly string[];
  /** When it comes again by itself; undefined: it does not. */
  readonly schedule: { readonly everySeconds: number; readonly nextSeconds: number } | undefined;
}

const STATES = { waiting: ['wait', 'prioritized'], running: ['active'], 'backing-off': ['delayed'] } as const;

/** At most so many: those that failed, the last one first; or those that run, those that come next, and those that back off. */
export async function listJobs(
  { jobs }: BullRefitQueue<unknown>,
  kind: 'failed' | 'waiting',
  most: number,
): Promise<JobView[]> {
  if (kind === 'failed') return (await jobs.getFailed(0, most - 1)).map((job) => jobView(job, 'failed'));
  const found: JobView[] = [];
  for (const state of ['running', 'waiting', 'backing-off'] as const) {
    for (const type of STATES[state]) {
      const some = await jobs.getJobs([type], 0, most - 1, true);
      found.push(...some.map((job) => jobView(job, state)));
    }
  }
  return found.slice(0, most);
}

/** One job and what it is asked; undefined where there is none of this id and none comes again. */
export async function viewJob(queue: BullRefitQueue<unknown>, id: string): Promise<DetailedJob | undefined> {
  const { jobs, due, wanted } = queue;
  const [job, asked, found, again] = await Promise.all([
    ...([jobs.getJob(jobIdOf(id)), wanted.read(id)] as const),
    ...([due.getJobScheduler(jobIdOf(id)), queue.askedAgain(id)] as const),
  ]);
  const schedule = found?.every === undefined ? undefined : scheduleOf(found.every, found.next);
  if (!job && !schedule) return undefined;
  if (!job) {
    const { everySeconds, nextSeconds } = schedule!;
    return {
      id,
      state: 'scheduled',
      priority: again?.priority ?? 0,
      attempts: 0,
      error: undefined,
      stack: [],
      schedule,
      sinceSeconds: nextSeconds - everySeconds,
      asked: again && asJson(queue, id, again.body),
    };
  }
  const at = await job.getState();
  const state = at === 'active' ? 'running' : at === 'delayed' ? 'backing-off' : at === 'failed' ? 'failed' : 'waiting';
  return {
    ...jobView(job, state),
    asked: asked && asJson(queue, id, asked.body),
    stack: job.stacktrace ?? [],
    schedule,
  };
}

function scheduleOf(everyMs: number, nextMs = 0): DetailedJob['schedule'] {
  return { everySeconds: everyMs / 1000, nextSeconds: nextMs / 1000 };
}

function jobView(job: Job, state: JobView['state']): JobView {
  return {
    id: WhatIfJobs.is(job) ? job.id! : idOf(job.id!),
    state,
    priority: job.priority - LEAST_PRIORITY,
    attempts: job.attemptsMade,
    sinceSeconds: ((state === 'failed' ? job.finishedOn : job.timestamp) ?? job.timestamp) / 1000,
    error: job.failedReason,
  };
}

/** What can't be read is shown as it stands. */
function asJson(queue: BullRefitQueue<unknown>, id: string, text: string): unknown {
  try {
    return JSON.parse(queue.envelopeOf(id, text));
  } catch {
    return text;
  }
}
