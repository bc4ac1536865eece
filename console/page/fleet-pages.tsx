import { useEffect, useState } from 'preact/hooks';
import type { FleetAnswer } from '../api/answers.ts';
import { asksForToken, NOTHING, type Read, read, token } from './client.ts';

const ROWS = 1_000;
const EVERY_MS = 15_000;

/** The whole fleet, page by page; it stays while another page of ours is looked at. */
let newest: Read<FleetAnswer> = NOTHING;

export function useFleet(): Read<FleetAnswer> {
  const [fleet, setFleet] = useState(newest);
  const owner = token.value;
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const take = (found: Read<FleetAnswer>) => {
      newest = found;
      setFleet(found);
    };
    const look = async () => {
      const first = await read<FleetAnswer>(`/fleet?limit=${ROWS}`, newest, abort.signal);
      if (abort.signal.aborted) return;
      if (first.status === 403) asksForToken.value = 'denied';
      // The first thousand at once where nothing is shown yet.
      if (first.problem !== undefined || newest.value === undefined) take(first);
      const all = first.problem === undefined ? await rest(first, abort.signal) : first;
      if (abort.signal.aborted) return;
      take(all);
      timer = window.setTimeout(soon, EVERY_MS);
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
  }, [owner]);
  return fleet;
}

/** What comes after the first page; where one fails, what was known stays. */
async function rest(first: Read<FleetAnswer>, abort: AbortSignal): Promise<Read<FleetAnswer>> {
  const rows = [...first.value!.rows];
  let { next } = first.value!;
  while (next !== null) {
    const page = await read<FleetAnswer>(`/fleet?limit=${ROWS}&cursor=${encodeURIComponent(next)}`, NOTHING, abort);
    if (!page.value) return { ...newest, problem: page.problem, status: page.status, failingSince: page.failingSince };
    rows.push(...page.value.rows);
    next = page.value.next;
  }
  return { ...first, value: { ...first.value!, rows, next: null } };
}
