import { ApiError, type WatchEvent } from '../api.ts';
import { type StatusObject, statusError } from '../api-failure.ts';
import { JsonLines } from '../json-lines.ts';
import type { ApiLimits } from './api-limits.ts';
import type { ApiHttp, HttpRequest } from './http.io.ts';

export interface WatchRequest {
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  readonly timeoutSeconds: number;
  readonly limits: ApiLimits;
}

/** One watch request, to its end. See KubernetesApi.watch. */
export async function openWatch<T>(
  http: ApiHttp,
  { path, accept, timeoutSeconds, limits }: WatchRequest,
  onEvent: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const what: HttpRequest = { method: 'GET', path, accept };
  // Events may be rare, but the server ends the request at its time-out: a half-open socket can't outlive that by much.
  const deadlineSeconds = timeoutSeconds + limits.watchGraceSeconds;
  const ended = new AbortController();
  const stop = () => ended.abort();
  const timer = setTimeout(() => ended.abort(new SilentServer()), deadlineSeconds * 1000);
  signal.addEventListener('abort', stop);
  try {
    await stream(http, what, new JsonLines(limits.bodyBytes), onEvent, ended.signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof CallbackError) throw error.cause;
    if (ended.signal.reason instanceof SilentServer) {
      const words = `silent: the server did not end the watch within ${deadlineSeconds} s`;
      throw new ApiError(`${http.nameOf(what)}: ${words}`, 0, 'Silent', undefined, { cause: error });
    }
    throw http.failure(what, error, deadlineSeconds);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function stream<T>(
  http: ApiHttp,
  what: HttpRequest,
  lines: JsonLines,
  onEvent: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  const start = http.nowSeconds();
  let status = 0;
  try {
    const response = await http.open(what, signal);
    status = response.statusCode;
    if (status !== 200) throw await http.refusal(what, response);
    http.count(what, status, http.nowSeconds() - start);
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      for (const value of lines.push(piece)) handle(http.nameOf(what), value as WatchEvent<T>, onEvent);
    }
    lines.end();
  } catch (error) {
    if (status !== 200) http.count(what, status, http.nowSeconds() - start);
    throw error;
  }
}

function handle<T>(name: string, event: WatchEvent<T>, onEvent: (event: WatchEvent<T>) => void): void {
  if (event.type === 'ERROR') {
    const status = event.object as StatusObject;
    throw statusError(name, status.code ?? 500, status);
  }
  try {
    onEvent(event);
  } catch (error) {
    throw new CallbackError(error);
  }
}

class SilentServer extends Error {}

/** What the caller's own code threw: passed on as it is, not taken for a broken stream. */
class CallbackError extends Error {
  constructor(cause: unknown) {
    super('a watch callback threw', { cause });
  }
}
