import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../core/errors.ts';
import type { RefitRequest } from './refit.ts';
import { refit } from './refit.ts';

/** Numbered, so that an answer finds its question. */
export interface Asked {
  readonly number: number;
  readonly request: RefitRequest;
}

/**
 * A refit leaves 5 MB of typed arrays behind; left to itself, the garbage collector lets 80 MB of them come together. A full
 * collection costs three times what a refit does (with helper threads, and caches that are cold after it): one in so many.
 */
const COLLECT_EACH = 50;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let refits = 0;

parentPort!.on('message', ({ number, request }: Asked) => {
  try {
    parentPort!.postMessage({ number, refitted: refit(request) });
  } catch (error) {
    parentPort!.postMessage({ number, error: messageOf(error) });
  }
  if (++refits % COLLECT_EACH === 0) collectGarbage();
});
