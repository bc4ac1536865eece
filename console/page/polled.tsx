import { useEffect, useState } from 'preact/hooks';
import { NOTHING, type Read, read, token } from './client.ts';

/**
 * What is at a path of the API, read again each so many seconds while somebody looks at the tab. What another path had is not shown as this one's.
 * @param everySeconds 0: once
 */
export function usePolled<T>(path: string | undefined, everySeconds: number): Read<T> & { readonly again: () => void } {
  const [state, setState] = useState<{ readonly path: string | undefined; readonly read: Read<T> }>({
    path,
    read: NOTHING,
  });
  const [turn, setTurn] = useState(0);
  const owner = token.value;
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    let newest: Read<T> = state.path === path ? state.read : NOTHING;
    let timer = 0;
    const look = async () => {
      const found = await read<T>(path, newest, abort.signal);
      if (abort.signal.aborted) return;
      newest = found;
      setState({ path, read: found });
      if (everySeconds > 0) timer = window.setTimeout(soon, everySeconds * 1000);
    };
    const soon = () => {
      if (document.visibilityState === 'visible') void look();
      else document.addEventListener('visibilitychange', soon, { once: true });
    };
    void look();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', soon);
    };
  }, [path, everySeconds, turn, owner]);
  const shown = state.path === path ? state.read : NOTHING;
  return { ...shown, again: () => setTurn((before) => before + 1) };
}
