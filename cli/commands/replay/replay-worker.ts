import { parentPort, workerData } from 'node:worker_threads';
import { InputError, messageOf, WorldError } from '../../../core/errors.ts';
import { readPlayable } from '../../options/trace-input.ts';
import type { Answer, ThreadData } from './replay-pool.ts';
import { demandPodHours } from './replay-rows.ts';
import { playTrace, readReplayWork } from './replay-work.ts';

/** A thread of `prescale replay <several traces>`: a path in, its report and files out. */
const { flags, kind, reading } = workerData as ThreadData;
const work = await readReplayWork(flags, false);
const encoder = new TextEncoder();

parentPort!.on('message', async (path: string) => {
  const answer = await replayed(path);
  const buffers = 'report' in answer ? answer.files.flatMap(({ pieces }) => pieces.map(({ buffer }) => buffer)) : [];
  parentPort!.postMessage(answer, buffers as ArrayBuffer[]);
});

async function replayed(path: string): Promise<Answer> {
  try {
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
