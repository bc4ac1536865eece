import { signal } from '@preact/signals';
import type { SparklinesAnswer } from '../api/answers.ts';
import { NOTHING, read } from './client.ts';
import { keyParts, linePath } from './sparkline-path.ts';

/** A scroll that goes on asks for nothing. */
const REST_MS = 200;
/** They are of half hours: older ones are asked for anew. */
const FRESH_MS = 900_000;
const WIDTH = 92;
const HEIGHT = 24;

interface Known {
  /** As it is drawn. */
  readonly path: string | undefined;
  readonly atMs: number;
}

const known = new Map<string, Known>();
/** Raised when lines came: who shows them looks again. */
const came = signal(0);
let timer = 0;
let abort: AbortController | undefined;

/** Asks for the lines of the rows in sight once the scroll rests. */
export function wantLines(keys: readonly string[]): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void fetchLines(keys), REST_MS);
}

async function fetchLines(keys: readonly string[]): Promise<void> {
  abort?.abort();
  abort = new AbortController();
  const { signal: aborted } = abort;
  const now = Date.now();
  const missing = keys.filter((key) => !(now - (known.get(key)?.atMs ?? 0) < FRESH_MS));
  for (const some of keyParts(missing)) {
    const path = `/sparklines?keys=${some.map(encodeURIComponent).join(',')}`;
    const { value } = await read<SparklinesAnswer>(path, NOTHING, aborted);
    if (aborted.aborted || !value) return;
    const lines = new Map(value.lines.map(({ key, values }) => [key, values]));
    for (const key of some) {
      const line = lines.get(key);
      known.set(key, { path: line && linePath(line, WIDTH, HEIGHT), atMs: now });
    }
    came.value++;
  }
}

/** The last 24 hours from 0 to their own largest; a gap is a gap. What it shows stands on the workload's page in numbers. */
export function Sparkline({ of }: { readonly of: string }) {
  // Read, so that it is drawn again.
  const path = came.value >= 0 ? known.get(of)?.path : undefined;
  if (path === undefined) return null;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
