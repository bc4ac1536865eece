import { NOTHING, type Read } from './client.ts';

/** A source that is gone is asked again at once, then ever more rarely: twenty tabs must not be what keeps it down. */
const FIRST_RETRY_SECONDS = 2;
const MOST_RETRY_SECONDS = 120;

/** Until the next attempt. @param everySeconds while all is well; 0: no attempt but after a failure */
export function pauseSeconds(
  { failures, retryAfterSeconds }: Pick<Read<unknown>, 'failures' | 'retryAfterSeconds'>,
  everySeconds: number,
): number {
  if (failures === 0) return everySeconds;
  const most = Math.max(everySeconds, MOST_RETRY_SECONDS);
  return Math.max(retryAfterSeconds ?? 0, Math.min(most, FIRST_RETRY_SECONDS * 2 ** (failures - 1)));
}

/** Reads on from what came before. @param show a part of it, where all of it takes a while */
export type Look<T> = (before: Read<T>, abort: AbortSignal, show: (part: Read<T>) => void) => Promise<Read<T>>;

export interface Polling<T> {
  readonly look: Look<T>;
  readonly everySeconds: number;
  /** What is known already. */
  readonly before?: Read<T>;
  readonly show: (read: Read<T>) => void;
}

/** Reads again and again while somebody looks at the tab: the one way in which pages do. @returns what ends it */
export function poll<T>({ look, everySeconds, before = NOTHING, show }: Polling<T>): () => void {
  const abort = new AbortController();
  let newest: Read<T> = before;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const take = (read: Read<T>) => {
    if (abort.signal.aborted) return;
    newest = read;
    show(read);
  };
  const attempt = async () => {
    take(await look(newest, abort.signal, take));
    const pause = pauseSeconds(newest, everySeconds);
    if (!abort.signal.aborted && pause > 0) timer = setTimeout(soon, pause * 1000);
  };
  const soon = () => {
    if (document.visibilityState === 'visible') void attempt();
    else document.addEventListener('visibilitychange', soon, { once: true });
  };
  void attempt();
  return () => {
    abort.abort();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', soon);
  };
}
