import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../core/errors.ts';
import { type RefitRequest, refit } from './refit.ts';
import type { Answer } from './refit-pool.ts';

/**
 * A refit leaves 5 MB of typed arrays behind; left to itself, the garbage collector lets 80 MB of them come together. A full
 * collection costs three times what a refit does (with helper threads, and caches that are cold after it): one in so many.
 */
const COLLECT_EACH = 50;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let refits = 0;

parentPort!.on('message', (request: RefitRequest) => {
  parentPort!.postMessage(answerTo(request));
  if (++refits % COLLECT_EACH === 0) collectGarbage();
});

function answerTo(request: RefitRequest): Answer {
  try {
    return { refitted: refit(request) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
