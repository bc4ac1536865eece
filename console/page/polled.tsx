import { useEffect, useState } from 'preact/hooks';
import { NOTHING, type Read, read, token } from './client.ts';
import { type Look, poll } from './polling.ts';

/** What is kept while another page of ours is looked at, and what it is of. */
export interface Kept<T> {
  of: string | undefined;
  read: Read<T>;
}

/**
 * What is at a path of the API, read again each so many seconds while somebody looks at the tab. What another path had, or the owner of
 * another token saw, is not shown as this one's.
 * @param everySeconds 0: once
 * @param look reads it; by default the path in one go
 */
export function usePolled<T>(
  path: string | undefined,
  everySeconds: number,
  look: Look<T> | undefined = undefined,
  kept?: Kept<T>,
): Read<T> & { readonly again: () => void } {
  const [state, setState] = useState<Readonly<Kept<T>>>({ of: undefined, read: NOTHING, ...kept });
  const [turn, setTurn] = useState(0);
  const owner = token.value;
  const of = `${path} ${owner ?? ''}`;
  const shown = state.of === of ? state.read : NOTHING;
  useEffect(() => {
    if (path === undefined) return undefined;
    return poll<T>({
      look: look ?? ((before, abort) => read<T>(path, before, abort)),
      everySeconds,
      before: shown,
      show: (found) => {
        if (kept) Object.assign(kept, { of, read: found });
        setState({ of, read: found });
      },
    });
  }, [of, everySeconds, turn]);
  return { ...shown, again: () => setTurn((before) => before + 1) };
}
