import { parentPort, workerData } from 'node:worker_threads';
import { InputError, messageOf, WorldError } from '../../../core/errors.ts';
import { readPlayable } from '../../options/trace-input.ts';
import type { Flags } from './replay-options.ts';
import type { Answer, ThreadData, TraceJob } from './replay-pool.ts';
import { demandPodHours } from './replay-rows.ts';
import { playTrace, type ReplayWork, readReplayWork } from './replay-work.ts';

/** A thread of `prescale replay <several traces>`: a path in, its report and files out. */
const { flags, kind, reading } = workerData as ThreadData;
let common: Promise<ReplayWork> | undefined;
const encoder = new TextEncoder();

parentPort!.on('message', async (job: TraceJob) => {
  const answer = await replayed(job);
  const buffers = 'report' in answer ? answer.files.flatMap(({ pieces }) => pieces.map(({ buffer }) => buffer)) : [];
  parentPort!.postMessage(answer, buffers as ArrayBuffer[]);
});

function workOf(own: Flags | undefined): Promise<ReplayWork> {
  if (own !== undefined) return readReplayWork({ ...flags, ...own }, false);
  common ??= readReplayWork(flags, false);
  return common;
}

async function replayed({ path, flags: own }: TraceJob): Promise<Answer> {
  try {
    const work = await workOf(own);
    const trace = await readPlayable({ argument: path, prometheus: undefined, kind, reading });
    const played = playTrace(trace, work, (progress) => parentPort!.postMessage({ progress } satisfies Answer));
    const files = played.files.map(({ name, pieces }) => ({
      name,
      pieces: Array.from(pieces, (piece) => encoder.encode(piece)),
    }));
    return { report: played.report, demandPodHours: demandPodHours(played.result), files };
  } catch (error) {
    if (error instanceof InputError) return { refused: error.message };
    return { failed: error instanceof WorldError ? error.message : `${path}: unexpected: ${messageOf(error)} (a bug)` };
  }
}
