import { signal } from '@preact/signals';
import { plainText } from '../../core/text/plain-text.ts';

/** What came of the newest attempt to read something; what came before stays, however long ago. */
export interface Read<T> {
  readonly value: T | undefined;
  /** Epoch seconds at which `value` came, by the server's clock. */
  readonly atSeconds: number;
  /** Why the newest attempt failed; undefined: it did not. */
  readonly problem: string | undefined;
  readonly status: number;
  /** Since when all attempts failed, epoch seconds, and how many these were. */
  readonly failingSince: number | undefined;
  readonly failures: number;
  /** When the server would be asked again; undefined: it says nothing of it. */
  readonly retryAfterSeconds: number | undefined;
}

export const NOTHING: Read<never> = {
  value: undefined,
  atSeconds: 0,
  problem: undefined,
  status: 0,
  failingSince: undefined,
  failures: 0,
  retryAfterSeconds: undefined,
};

/** A user's token, where the console asks for one: in this tab's memory and nowhere else. */
export const token = signal<string | undefined>(undefined);
/** The server asked for a token; `denied`: the one that it got has no right. */
export const asksForToken = signal<'no' | 'yes' | 'wrong' | 'denied'>('no');
/** Our clock − the server's, seconds. */
export const skewSeconds = signal(0);

export const nowSeconds = () => Date.now() / 1000 - skewSeconds.value;

const PATIENCE_MS = 15_000;

/** What stands in names and messages may have been written by anybody: what can't be seen, or turns a line around, is taken out in one place. */
function clean(_: string, value: unknown): unknown {
  return typeof value === 'string' ? plainText(value) : value;
}

/** GET of the API, under whatever path the page is. The browser keeps answers and asks by their ETag. */
export async function read<T>(
  path: string,
  before: Read<T> = NOTHING,
  abort?: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Read<T>> {
  const fail = (problem: string, status: number, retryAfter?: string | null): Read<T> => ({
    ...before,
    problem,
    status,
    failingSince: before.failingSince ?? nowSeconds(),
    failures: before.failures + 1,
    retryAfterSeconds: Number(retryAfter) > 0 ? Number(retryAfter) : undefined,
  });
  let answer: Response;
  let body: string;
  try {
    const headers: Record<string, string> = token.value === undefined ? {} : { authorization: `Bearer ${token.value}` };
    const signals = [AbortSignal.timeout(patienceMs), ...(abort ? [abort] : [])];
    answer = await fetch(`./api/v1${path}`, { headers, signal: AbortSignal.any(signals), credentials: 'same-origin' });
    // An answer that breaks off is none.
    body = await answer.text();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), 0);
  }
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (!Number.isNaN(date) && Math.abs(Date.now() - date) > 2_000) skewSeconds.value = (Date.now() - date) / 1000;
  if (answer.status === 401) asksForToken.value = token.value === undefined ? 'yes' : 'wrong';
  if (answer.ok) {
    return { ...NOTHING, value: JSON.parse(body, clean) as T, atSeconds: nowSeconds(), status: 200 };
  }
  let problem = `HTTP ${answer.status}`;
  try {
    problem = String((JSON.parse(body, clean) as { error?: unknown }).error ?? problem);
  } catch {
    // Somebody between us and the console answered in words of his own.
  }
  return fail(problem, answer.status, answer.headers.get('retry-after'));
}

/** Path of a workload's part of the API. */
export function workloadPath(key: string, part = ''): string {
  return `/workloads/${key.split('/').map(encodeURIComponent).join('/')}${part}`;
}

/** What is asked for as often as a hand passes over links. */
const PREPARED_MS = 30_000;
let preparedMs = Number.NEGATIVE_INFINITY;

/** Somebody is about to ask a what-if: whoever answers it gets ready. Nothing is lost where that fails. */
export function prepareWhatIf(): void {
  if (Date.now() - preparedMs < PREPARED_MS) return;
  preparedMs = Date.now();
  void read('/what-if');
}
