import { useEffect, useState } from 'preact/hooks';
import type { BoundAnswer, SavingsAnswer } from '../api/savings.ts';
import { NOTHING, type Read, read, token } from './client.ts';

const ROWS = 1_000;
/** They are made once a night; a first time may be under way. */
const EVERY_MS = 60_000;

let newest: Read<SavingsAnswer> = NOTHING;

/** What is known of all workloads of the cluster, opted in or not, page by page; it stays while another page of ours is looked at. */
export function useBounds(): Read<SavingsAnswer> {
  const [bounds, setBounds] = useState(newest);
  const owner = token.value;
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const look = async () => {
      const found = await allPages(abort.signal);
      if (abort.signal.aborted) return;
      newest = found;
      setBounds(found);
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
  return bounds;
}

/** What was known stays where one fails. */
async function allPages(abort: AbortSignal): Promise<Read<SavingsAnswer>> {
  const first = await read<SavingsAnswer>(`/savings?limit=${ROWS}`, newest, abort);
  if (first.problem !== undefined) return first;
  const rows = [...first.value!.rows];
  let { next } = first.value!;
  while (next !== null) {
    const page = await read<SavingsAnswer>(`/savings?limit=${ROWS}&cursor=${encodeURIComponent(next)}`, NOTHING, abort);
    if (!page.value) return { ...newest, problem: page.problem, status: page.status, failingSince: page.failingSince };
    rows.push(...page.value.rows);
    next = page.value.next;
  }
  return { ...first, value: { ...first.value!, rows, next: null } };
}

export function isBound(row: SavingsAnswer['rows'][number]): row is BoundAnswer {
  return 'podHours' in row;
}
