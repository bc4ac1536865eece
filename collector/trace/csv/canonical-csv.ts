import { createHash } from 'node:crypto';
import type { Samples } from '../../../core/series.ts';

const ROWS_A_PIECE = 4096;

/**
 * The one way to write samples as a trace CSV: header, `\n`, epoch seconds and values in their shortest exact form.
 * Pieces of up to 4,096 rows, so that a long trace is never one string.
 */
export function* canonicalCsv(samples: Samples): Generator<string> {
  yield 'timestamp,value\n';
  for (let from = 0; from < samples.times.length; from += ROWS_A_PIECE) {
    const to = Math.min(from + ROWS_A_PIECE, samples.times.length);
    let piece = '';
    for (let i = from; i < to; i++) piece += `${samples.times[i]},${samples.values[i]}\n`;
    yield piece;
  }
}

/** SHA-256 (hex) of the canonical CSV: the identity of a trace that did not come from a file. */
export function samplesSha256(samples: Samples): string {
  const hash = createHash('sha256');
  for (const piece of canonicalCsv(samples)) hash.update(piece);
  return hash.digest('hex');
}
