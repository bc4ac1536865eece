import { parentPort } from 'node:worker_threads';
import type { RefitRequest } from './refit.ts';
import { refit } from './refit.ts';

/** Numbered, so that an answer finds its question. */
export interface Asked {
  readonly number: number;
  readonly request: RefitRequest;
}

parentPort!.on('message', ({ number, request }: Asked) => {
  try {
    parentPort!.postMessage({ number, refitted: refit(request) });
  } catch (error) {
    parentPort!.postMessage({ number, error: error instanceof Error ? error.message : String(error) });
  }
});
