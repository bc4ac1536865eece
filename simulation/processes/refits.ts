import { createHash } from 'node:crypto';
import { type RefitPool, type RefitRequest, type Refitted, refit } from '../../addon/refits/refit.ts';

/** Refits kept by what they were asked. */
const MOST_KEPT = 64;

/**
 * Refits in this thread, and the same request only once: a leader and its standby ask the same, and so do the scenarios that a failing
 * one is shrunk to. A refit answers the same request the same way, so that nothing but time is saved.
 */
export class KeptRefits implements RefitPool {
  private readonly kept = new Map<string, Refitted>();

  async run(request: RefitRequest): Promise<Refitted> {
    const key = keyOf(request);
    const known = this.kept.get(key);
    const refitted = known ?? refit(request);
    this.kept.delete(key);
    this.kept.set(key, refitted);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    // A learner goes on from it, and would change what is kept.
    return structuredClone(refitted);
  }

  async close(): Promise<void> {}
}

function keyOf({ history, ...rest }: RefitRequest): string {
  const { values, startSeconds, stepSeconds } = history;
  return createHash('sha1')
    .update(JSON.stringify([rest, startSeconds, stepSeconds]))
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('base64');
}
