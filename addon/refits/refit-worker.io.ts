import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { type RefitRequest, refit } from './refit.ts';
import type { Answer } from './refit-pool.io.ts';

parentPort!.on('message', (request: RefitRequest) => parentPort!.postMessage(answerTo(request)));

function answerTo(request: RefitRequest): Answer {
  try {
    return { refitted: refit(request) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
