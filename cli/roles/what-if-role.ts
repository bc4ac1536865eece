import type { ReplayRemotely } from '../../console/thread/remote-replays.ts';
import type { ReplayThread } from '../../console/thread/replay-thread.io.ts';
import { decodeTask, encodeTask } from '../../console/what-if/task-text.ts';
import { type MetricPlace, whatIfWork } from '../../console/what-if/what-if-task.ts';
import { WorldError } from '../../core/errors.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import type { AnswerWhatIf, WhatIfJobs } from '../../redis/queue/what-if-jobs.io.ts';

/** As much as the console shows of a past: a day of history and a week. */
const PAST_SECONDS = 8 * DAY_SECONDS;

/** The console's replays as jobs of the forecasters. */
export function replayByForecasters(jobs: Pick<WhatIfJobs, 'ask'>): ReplayRemotely {
  return async function* (task, signal) {
    // What reads an answer is large, and few ask.
    const { whatIfAnswer } = await import('../../console/api/what-if.ts');
    for await (const text of jobs.ask(encodeTask(task), signal)) {
      const { data, error } = whatIfAnswer.safeParse(JSON.parse(text));
      if (error) throw new WorldError('the forecaster answered in another way: are all roles of the same version?');
      yield data;
    }
  };
}

/** A forecaster's answer: a replay of what is recorded. @param read the history of a metric; undefined: there is none */
export function answerWhatIf(
  thread: Pick<ReplayThread, 'replay'>,
  read: (id: string) => Promise<Series | undefined>,
): AnswerWhatIf {
  return async function* (question, signal) {
    const task = decodeTask(question);
    const pasts = new Map<number, Series | undefined>();
    for (const { index } of [task.metric, ...(task.hpaMetric ? [task.hpaMetric] : [])]) {
      pasts.set(index, lately(await read(`${task.key}#${index}`)));
    }
    const work = whatIfWork(task, ({ index }: MetricPlace) => pasts.get(index));
    for await (const answer of thread.replay(work, signal)) yield JSON.stringify(answer);
  };
}

function lately(past: Series | undefined): Series | undefined {
  if (!past) return undefined;
  const { startSeconds, stepSeconds, values } = past;
  const first = Math.max(0, values.length - PAST_SECONDS / stepSeconds);
  return { startSeconds: startSeconds + first * stepSeconds, stepSeconds, values: values.subarray(first) };
}
